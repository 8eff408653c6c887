// What holds of Secrets for every kind: annotations that change what becomes of them, metadata of deployment tools, types that nobody makes.

/** Annotations on our objects that change what happens to their Secret. Only the named value counts. */
export const objectAnnotations = {
  /** Which controller serves the object: the one with this `--controller-class`. */
  controllerClass: 'sealwright.dev/controller-class',
  /** `"true"`: take over a Secret that nobody owns. */
  adopt: 'sealwright.dev/adopt',
  /** `retain`: the Secret stays when the object goes. */
  deletionPolicy: 'sealwright.dev/deletion-policy',
  /** `"true"`: leave this object alone. */
  paused: 'sealwright.dev/paused',
} as const;

// Metadata by which deployment tools know their own objects: on a Secret that they never applied it would make them prune or fight.
const tracking = [
  /^argocd\.argoproj\.io\/(tracking-id|instance|installation-id)$/,
  /^(kustomize|helm)\.toolkit\.fluxcd\.io\/(name|namespace|checksum)$/,
  /^meta\.helm\.sh\//,
  /^([^/]+\.)?hnc\.x-k8s\.io\//,
  /^kubectl\.kubernetes\.io\/last-applied-configuration$/,
  /^sealwright\.dev\/(fingerprint|sealed|owned-by|made-for|deletion)$/,
];
// On our object the rest of theirs is said about our object: sync waves, sync options, hooks.
const aboutTheObject = [/^argocd\.argoproj\.io\//, /^(kustomize|helm)\.toolkit\.fluxcd\.io\//];

/** Whether a label or annotation is one by which a deployment tool knows its objects, which must not reach a Secret from anywhere. */
export const isTracking = (name: string) => tracking.some((one) => one.test(name));

/** Whether a label or annotation of our object must not reach its Secret. */
export const isNeverCopied = (name: string) => isTracking(name) || aboutTheObject.some((one) => one.test(name));

/** Types that would hand out credentials of the cluster itself. */
export const deniedSecretTypes: readonly string[] = [
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
];
