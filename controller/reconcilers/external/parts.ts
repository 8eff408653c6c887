// What the family of external-secrets.io is made of: what it is told, what it watches, and what leads to the stores.

import type { ClusterExternalSecret, ExternalSecret, SecretStore } from '../../../src/kube/external-secrets.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { type Resource, resources } from '../../../src/kube/resources.ts';
import { Informer } from '../../engine/informer.ts';
import type { Workers } from '../../engine/worker.ts';
import type { Removals } from '../../secret/removal.ts';
import type { WithStatus } from '../../status/status.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import type { Fetcher } from '../../stores/store.ts';
import type { StoreFamilyOptions } from '../family.ts';
import { type KeptObject, keptObject, keptVersion } from '../kept.ts';
import type { Memories } from '../memory.ts';
import { NameIndex } from '../name-index.ts';
import type { StoreBackends } from './backends.ts';
import { type KeptNamespace, keptExternal, keptNamespace } from './kept.ts';
import type { Reading } from './values.ts';

/** What the family watches. */
export function informersOf({ kube, clock, random, namespaces, selector, onRestart, onBug }: StoreFamilyOptions) {
  const shared = { kube, clock, random, onBug };
  const isEverywhere = namespaces.length === 0;
  const objects = <T extends WithStatus>(
    resource: Resource,
    {
      labelSelector,
      project = keptObject,
    }: { labelSelector?: string; project?: (object: KubeObject) => KeptObject<T> } = {},
  ) =>
    new Informer<KeptObject<T>>({
      ...shared,
      resource,
      namespaces: resource.namespaced ? namespaces : undefined,
      labelSelector,
      project,
      onRestart: onRestart(resource.plural),
    });
  return {
    secretsOf: objects<ExternalSecret>(resources.externalSecret, {
      ...(selector && { labelSelector: selector }),
      project: keptExternal,
    }),
    stores: objects<SecretStore>(resources.secretStore),
    clusterStores: isEverywhere ? objects<SecretStore>(resources.clusterSecretStore) : undefined,
    clusterSecrets: isEverywhere ? objects<ClusterExternalSecret>(resources.clusterExternalSecret) : undefined,
    namespaces: isEverywhere
      ? new Informer<KeptNamespace>({
          ...shared,
          resource: resources.namespace,
          metadataOnly: true,
          project: keptNamespace,
          onRestart: onRestart('namespaces'),
        })
      : undefined,
    configMaps: new Informer({
      ...shared,
      resource: resources.configMap,
      namespaces,
      metadataOnly: true,
      project: keptVersion,
      onRestart: onRestart('configmaps'),
    }),
    serviceAccounts: new Informer({
      ...shared,
      resource: resources.serviceAccount,
      namespaces,
      metadataOnly: true,
      project: keptVersion,
      onRestart: onRestart('serviceaccounts'),
    }),
  };
}

/** Who is to be looked at when something changes. */
export const indexesOf = () => ({
  /** `namespace/name` of the Secret → who makes it. */
  targets: new NameIndex(),
  /** `kind namespace/name` → whose templates stand there. */
  sources: new NameIndex(),
  /** Key of a store → who uses it. */
  stores: new NameIndex(),
  /** Digest in the `created-by` label → Secrets. */
  created: new NameIndex(),
  /** The same digest → the ExternalSecret that it is of. */
  makers: new NameIndex(),
});

/** What the family works with. */
export interface Parts {
  options: StoreFamilyOptions;
  watched: ReturnType<typeof informersOf>;
  fetcher: Fetcher;
  backends: StoreBackends;
  indexes: ReturnType<typeof indexesOf>;
  memories: Memories<NamedValues, Reading>;
  /** Known from `start` on. */
  fingerprintKey: Uint8Array;
}

/** Its workers, one crew for each kind; those of cluster-scoped kinds are missing where only some namespaces are served. */
export interface Crews {
  external: Workers;
  stores: Workers;
  clusterStores: Workers | undefined;
  clusterSecrets: Workers | undefined;
  /** By `namespace/name` of Secrets whose ExternalSecret is gone. */
  removing: Workers;
  removals: Removals;
}
