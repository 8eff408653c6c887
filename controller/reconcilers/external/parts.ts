// What the family of external-secrets.io is made of: what it is told, what it watches, and what leads to the stores.

import type { KubeApi } from '../../../src/kube/api.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import type { ClusterExternalSecret, ExternalSecret, SecretStore } from '../../../src/kube/external-secrets.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { type Resource, resources } from '../../../src/kube/resources.ts';
import type { RestartReason } from '../../../src/kube/watch.ts';
import type { Cache } from '../../engine/cache.ts';
import { Informer } from '../../engine/informer.ts';
import type { Workers } from '../../engine/worker.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Removals } from '../../secret/removal.ts';
import type { SeenSecret } from '../../secret/seen.ts';
import type { EventRecorder } from '../../status/events.ts';
import type { WithStatus } from '../../status/status.ts';
import type { Providers } from '../../stores/providers.ts';
import type { Fetcher } from '../../stores/store.ts';
import { type KeptObject, keptObject } from '../kept.ts';
import type { StoreBackends } from './backends.ts';
import { type KeptNamespace, keptExternal, keptNamespace, keptVersion } from './kept.ts';
import type { Memories } from './memory.ts';
import { NameIndex } from './name-index.ts';

export interface ExternalFamilyOptions {
  kube: KubeApi;
  clock: Clock;
  random: () => number;
  log: Log;
  metrics: Metrics;
  events: EventRecorder;
  /** Every Secret, as metadata. */
  secrets: Cache<SeenSecret>;
  /** What leads to the stores; closed by who made them. */
  providers: Providers;
  /** Served namespaces; empty: all, and cluster-scoped kinds with them. */
  namespaces: readonly string[];
  selector: string;
  concurrency: number;
  drift: 'correct' | 'detect';
  /** Empty: all but those that hand out credentials of the cluster. */
  allowedTypes: readonly string[];
  labelledNamespaces: readonly string[];
  controllerClass: string;
  maxStalenessMs: number;
  /** How long after a change of values workloads are restarted. */
  restartWindowMs: number;
  /** How long Secrets stay when their object is gone; 0: the garbage collector removes them. */
  deletionGraceMs: number;
  onRestart: (resource: string) => (reason: RestartReason, error: unknown) => void;
  onBug: (error: unknown) => void;
}

/** A family as the manager runs it. */
export interface Family {
  /** Follows what it watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  synced: Promise<unknown>;
  /** What is not in sync yet, in words. */
  waitingFor(): string[];
  /** From now on objects are worked on. */
  start(signal: AbortSignal, fingerprintKey: Uint8Array): Promise<void>;
  workers: readonly Workers[];
  /** Since when the longest failing refresh fails, in seconds. */
  staleSeconds(): number;
  /** Secrets whose object is gone. */
  deletions(): Removals['counts'];
  /** Gives the logins of its stores back; after the workers. */
  close(): Promise<void>;
}

/** What the family watches. */
export function informersOf({ kube, clock, random, namespaces, selector, onRestart, onBug }: ExternalFamilyOptions) {
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
  options: ExternalFamilyOptions;
  watched: ReturnType<typeof informersOf>;
  fetcher: Fetcher;
  backends: StoreBackends;
  indexes: ReturnType<typeof indexesOf>;
  memories: Memories;
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
