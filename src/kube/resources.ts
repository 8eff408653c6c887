// The one table of API resources that we name.

/** How a kind is addressed: `group` is empty for the core group. */
export interface Resource {
  group: string;
  version: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}

/** Every resource that we ask for. */
export const resources = {
  secret: { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  configMap: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  namespace: { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  service: { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  serviceAccount: { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
  event: { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true },
  deployment: { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  statefulSet: { group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true },
  daemonSet: { group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true },
  rollout: { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', plural: 'rollouts', namespaced: true },
  lease: { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true },
  customResourceDefinition: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
  sealedSecret: {
    group: 'bitnami.com',
    version: 'v1alpha1',
    kind: 'SealedSecret',
    plural: 'sealedsecrets',
    namespaced: true,
  },
  externalSecret: {
    group: 'external-secrets.io',
    version: 'v1',
    kind: 'ExternalSecret',
    plural: 'externalsecrets',
    namespaced: true,
  },
  secretStore: {
    group: 'external-secrets.io',
    version: 'v1',
    kind: 'SecretStore',
    plural: 'secretstores',
    namespaced: true,
  },
  clusterSecretStore: {
    group: 'external-secrets.io',
    version: 'v1',
    kind: 'ClusterSecretStore',
    plural: 'clustersecretstores',
    namespaced: false,
  },
  clusterExternalSecret: {
    group: 'external-secrets.io',
    version: 'v1',
    kind: 'ClusterExternalSecret',
    plural: 'clusterexternalsecrets',
    namespaced: false,
  },
  passwordGenerator: {
    group: 'generators.external-secrets.io',
    version: 'v1alpha1',
    kind: 'Password',
    plural: 'passwords',
    namespaced: true,
  },
  vaultConnection: {
    group: 'secrets.hashicorp.com',
    version: 'v1beta1',
    kind: 'VaultConnection',
    plural: 'vaultconnections',
    namespaced: true,
  },
  vaultAuth: {
    group: 'secrets.hashicorp.com',
    version: 'v1beta1',
    kind: 'VaultAuth',
    plural: 'vaultauths',
    namespaced: true,
  },
  vaultAuthGlobal: {
    group: 'secrets.hashicorp.com',
    version: 'v1beta1',
    kind: 'VaultAuthGlobal',
    plural: 'vaultauthglobals',
    namespaced: true,
  },
  vaultStaticSecret: {
    group: 'secrets.hashicorp.com',
    version: 'v1beta1',
    kind: 'VaultStaticSecret',
    plural: 'vaultstaticsecrets',
    namespaced: true,
  },
  secretTransformation: {
    group: 'secrets.hashicorp.com',
    version: 'v1beta1',
    kind: 'SecretTransformation',
    plural: 'secrettransformations',
    namespaced: true,
  },
} as const satisfies Record<string, Resource>;

/** `v1`, or `group/version`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path of a collection, an object or a subresource below the API server's root. */
export function resourcePath(
  resource: Resource,
  at: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined } = {},
): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && at.namespace ? `/namespaces/${encodeURIComponent(at.namespace)}` : '';
  const name = at.name ? `/${encodeURIComponent(at.name)}` : '';
  return `${root}${scope}/${resource.plural}${name}${at.subresource ? `/${at.subresource}` : ''}`;
}
