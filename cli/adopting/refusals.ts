// Which live Secrets may become SealedSecrets: those that nobody else makes; and why not, with the way on: pure.

import { keyLabel } from '../../keys/storage.ts';
import { FormatError } from '../../src/errors.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { deniedSecretTypes } from '../../src/kube/secret-rules.ts';

interface Refusal {
  /** What it is, in words that follow "Secret shop/db". */
  why: string;
  /** The way on. */
  hint: string;
}

type Rule = (secret: Secret) => Refusal | undefined;

const label = ({ metadata }: Secret, name: string) => metadata.labels?.[name];
const annotation = ({ metadata }: Secret, name: string) => metadata.annotations?.[name];

const wayOf: Readonly<Record<string, string>> = {
  SealedSecret: 'it is sealed already: change its values with seal set FILE KEY',
  ExternalSecret:
    'its values come from a store; delete the ExternalSecret with deletionPolicy Retain and creationPolicy Orphan first',
  VaultStaticSecret:
    'its values come from Vault; annotate the VaultStaticSecret sealwright.dev/deletion-policy=retain and delete it first',
  Certificate: 'cert-manager renews it: keep the Certificate, and seal the credentials of its issuer instead',
};

// In this order: the first that answers is told.
const rules: readonly Rule[] = [
  ({ metadata }) =>
    metadata.deletionTimestamp
      ? { why: 'is being deleted', hint: 'wait until it is gone, or take its finalizers away' }
      : undefined,
  ({ type = '' }) =>
    deniedSecretTypes.includes(type)
      ? {
          why: `is of type ${type}: the cluster makes it, and it is worth nothing in another`,
          hint: 'create a new token where it is needed',
        }
      : undefined,
  ({ type = '' }) =>
    type.startsWith('helm.sh/release.')
      ? { why: 'is the record of a Helm release', hint: 'it belongs to Helm alone' }
      : undefined,
  (secret) =>
    label(secret, keyLabel) === undefined
      ? undefined
      : { why: 'holds a private key that opens sealed values', hint: 'back it up outside of the repository' },
  ({ metadata }) => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    return (
      owner && {
        why: `belongs to ${owner.kind} ${owner.name}`,
        hint: wayOf[owner.kind] ?? `let ${owner.kind} ${owner.name} go first, or seal under another name`,
      }
    );
  },
  (secret) => {
    const release = annotation(secret, 'meta.helm.sh/release-name');
    if (release === undefined && label(secret, 'app.kubernetes.io/managed-by') !== 'Helm') return undefined;
    return {
      why: `belongs to ${release === undefined ? 'a Helm release' : `Helm release ${release}`}, which writes it at every upgrade`,
      hint: 'annotate it helm.sh/resource-policy=keep in the chart, take it out of the chart, upgrade, and remove the label app.kubernetes.io/managed-by and the annotations meta.helm.sh/* from it',
    };
  },
  (secret) =>
    label(secret, 'reconcile.external-secrets.io/managed') === 'true'
      ? { why: 'is filled by an ExternalSecret', hint: wayOf.ExternalSecret ?? '' }
      : undefined,
  (secret) =>
    label(secret, 'app.kubernetes.io/managed-by') === 'hashicorp-vso'
      ? { why: 'is filled by Vault Secrets Operator', hint: wayOf.VaultStaticSecret ?? '' }
      : undefined,
  (secret) => {
    const certificate = annotation(secret, 'cert-manager.io/certificate-name');
    if (certificate === undefined) return undefined;
    return { why: `is renewed by cert-manager for Certificate ${certificate}`, hint: wayOf.Certificate ?? '' };
  },
  (secret) => copied(secret),
  (secret) => pruned(secret),
];

const originals = [
  'reflector.v1.k8s.emberstack.com/reflects',
  'replicator.v1.mittwald.de/replicated-from-version',
  'kubed.appscode.com/origin',
];

function copied(secret: Secret): Refusal | undefined {
  const mark = originals.find((name) => annotation(secret, name) !== undefined);
  return mark === undefined
    ? undefined
    : { why: `is a copy of another Secret (${mark})`, hint: 'adopt the one that it is copied from' };
}

/**
 * Flux and Argo CD delete what is no longer in Git unless the live object says otherwise, and the plain manifest goes when the
 * sealed one comes: there would be a moment without the Secret.
 */
function pruned(secret: Secret): Refusal | undefined {
  const flux = label(secret, 'kustomize.toolkit.fluxcd.io/name');
  if (flux !== undefined && !keptByFlux(secret)) {
    return {
      why: `is applied by Flux (Kustomization ${flux}), which deletes it when its plain manifest goes`,
      hint: 'annotate it first, and adopt it then: kustomize.toolkit.fluxcd.io/prune=disabled',
    };
  }
  const isArgo = annotation(secret, 'argocd.argoproj.io/tracking-id') ?? label(secret, 'argocd.argoproj.io/instance');
  if (isArgo !== undefined && !keptByArgo(secret)) {
    return {
      why: 'is applied by Argo CD, which deletes it when its plain manifest goes',
      hint: 'annotate it first, and adopt it then: argocd.argoproj.io/sync-options=Prune=false',
    };
  }
  return undefined;
}

const fluxPrune = 'kustomize.toolkit.fluxcd.io/prune';
const keptByFlux = (secret: Secret) =>
  annotation(secret, fluxPrune) === 'disabled' || label(secret, fluxPrune) === 'disabled';

const keptByArgo = (secret: Secret) =>
  (annotation(secret, 'argocd.argoproj.io/sync-options') ?? '')
    .split(',')
    .some((option) => option.trim() === 'Prune=false');

/** Throws `FormatError` (`NOT_ADOPTABLE`) for a Secret that somebody else makes, or that would be gone for a moment. */
export function checkAdoptable(secret: Secret): void {
  const { namespace, name } = secret.metadata;
  for (const rule of rules) {
    const refusal = rule(secret);
    if (refusal)
      throw new FormatError('NOT_ADOPTABLE', `Secret ${namespace}/${name} ${refusal.why}`, { hint: refusal.hint });
  }
}
