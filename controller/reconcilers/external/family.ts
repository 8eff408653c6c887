// The family of external-secrets.io put together: what is watched, who works, and what wakes which object.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import type { ClusterExternalSecret, ExternalSecret, SecretStore } from '../../../src/kube/external-secrets.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { type Resource, resources } from '../../../src/kube/resources.ts';
import type { RestartReason } from '../../../src/kube/watch.ts';
import { version } from '../../../src/version.ts';
import type { Cache, Change } from '../../engine/cache.ts';
import { Informer } from '../../engine/informer.ts';
import { Workers } from '../../engine/worker.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { objectAnnotations } from '../../secret/desired.ts';
import type { SeenSecret } from '../../secret/seen.ts';
import { SecretWriter } from '../../secret/writer.ts';
import { findCondition } from '../../status/conditions.ts';
import type { EventRecorder } from '../../status/events.ts';
import { keepsStatusOf } from '../../status/room.ts';
import type { WithStatus } from '../../status/status.ts';
import { AwsConnections } from '../../stores/aws/connections.ts';
import { awsIdentity } from '../../stores/aws/identity.ts';
import { createFetcher } from '../../stores/fetch/fetcher.ts';
import type { Environment } from '../../stores/proxy.ts';
import type { Fetcher } from '../../stores/store.ts';
import { VaultConnections } from '../../stores/vault/connections.ts';
import { type KeptObject, keptObject, laneOf } from '../kept.ts';
import { lookWith, type Reconciler, type ShellTools } from '../shell.ts';
import { StoreBackends, storeKeyOf } from './backends.ts';
import { clusterExternalSecret } from './cluster-external-secret.ts';
import { storeKeyFor } from './directory.ts';
import { externalSecret } from './external-secret.ts';
import { Generators } from './generators.ts';
import { type KeptNamespace, keptNamespace, keptVersion } from './kept.ts';
import { Memories } from './memory.ts';
import { NameIndex } from './name-index.ts';
import { secretStore } from './secret-store.ts';
import { sourcesFrom } from './sources.ts';
import { type Target, targetOf } from './target.ts';
import { sourcesOf } from './templates.ts';

export interface ExternalFamilyOptions {
  kube: KubeApi;
  clock: Clock;
  random: () => number;
  log: Log;
  metrics: Metrics;
  events: EventRecorder;
  /** Every Secret, as metadata. */
  secrets: Cache<SeenSecret>;
  /** Proxies and endpoints. */
  environment: Environment;
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
  start(signal: AbortSignal): Promise<void>;
  workers: readonly Workers[];
  /** Since when the longest failing refresh fails, in seconds. */
  staleSeconds(): number;
  /** Ends what is open towards stores; after the workers. */
  close(): Promise<void>;
}

const ownTokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Nothing is watched before `run`, nothing written before `start`. */
export function externalSecretFamily(options: ExternalFamilyOptions): Family {
  const watched = informersOf(options);
  const providers = providersOf(options);
  const parts = { options, watched, ...providers, indexes: indexesOf(), memories: new Memories() };
  const crews = crewsOf(parts);
  connect(parts, crews);
  const all = Object.values(watched).filter((one) => one !== undefined);
  return {
    run: async (signal) => {
      await Promise.all(all.map((one) => one.run(signal)));
    },
    synced: Promise.all(all.map((one) => one.synced)),
    waitingFor: () => (all.every((one) => one.isSynced) ? [] : ['ExternalSecrets and their stores']),
    async start(signal) {
      await crews.learn(signal);
      enqueueAll(parts, crews);
      for (const one of crews.all) one.start();
    },
    workers: crews.all,
    staleSeconds: () => staleSeconds(parts),
    async close() {
      providers.fetcher.close();
      await providers.backends.close();
      await providers.aws.close();
    },
  };
}

function informersOf({ kube, clock, random, namespaces, selector, onRestart, onBug }: ExternalFamilyOptions) {
  const shared = { kube, clock, random, onBug };
  const isEverywhere = namespaces.length === 0;
  const objects = <T extends WithStatus>(resource: Resource, labelSelector?: string) =>
    new Informer<KeptObject<T>>({
      ...shared,
      resource,
      namespaces: resource.namespaced ? namespaces : undefined,
      labelSelector,
      project: (object) => keptObject<T>(object),
      onRestart: onRestart(resource.plural),
    });
  return {
    secretsOf: objects<ExternalSecret>(resources.externalSecret, selector || undefined),
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
  };
}

function providersOf({ kube, clock, random, environment, metrics }: ExternalFamilyOptions) {
  const observe = metrics.providerCall;
  const fetcher = createFetcher({
    clock,
    random,
    onAnswered: (provider, from) => metrics.storeAnswers.inc({ provider, from }),
  });
  const aws = new AwsConnections({ clock, random, environment, observe });
  const vault = new VaultConnections({
    clock,
    random,
    environment,
    observe,
    userAgent: `sealwright/${version}`,
    ownToken: () => readFile(ownTokenFile, 'utf8'),
    awsIdentity: awsIdentity(aws),
  });
  return { fetcher, aws, backends: new StoreBackends({ kube, clock, fetcher, vault, aws }) };
}

const indexesOf = () => ({
  /** `namespace/name` of the Secret → who makes it. */
  targets: new NameIndex(),
  /** `kind namespace/name` → whose templates stand there. */
  sources: new NameIndex(),
  /** Key of a store → who uses it. */
  stores: new NameIndex(),
  /** Digest in the `created-by` label → Secrets. */
  created: new NameIndex(),
});

interface Parts {
  options: ExternalFamilyOptions;
  watched: ReturnType<typeof informersOf>;
  fetcher: Fetcher;
  backends: StoreBackends;
  indexes: ReturnType<typeof indexesOf>;
  memories: Memories;
}

type Crews = ReturnType<typeof crewsOf>;

function crewsOf(parts: Parts) {
  const { options, watched, backends, memories, fetcher } = parts;
  const { kube, clock, random, secrets, allowedTypes, drift, events, metrics, maxStalenessMs } = options;
  const room = { keeps: undefined as boolean | undefined };
  const crew = <T extends WithStatus, Tools>(
    reconciler: Reconciler<T, Tools>,
    cache: Cache<KeptObject<T>>,
    isServed: (object: T) => boolean,
    tools: Tools,
  ) => workersFor(reconciler, { ...options, statusRoom: room, objects: viewOf(cache, isServed) }, tools, options);
  const directory = {
    secretStore: (key: string) => watched.stores.cache.get(key)?.object,
    clusterStore: watched.clusterStores && ((name: string) => watched.clusterStores?.cache.get(name)?.object),
    namespaceLabels: (name: string) => watched.namespaces?.cache.get(name)?.labels ?? {},
  };
  const isServed = (object: ExternalSecret) => isOfClass(object, parts) && isForUs(object, parts);
  const writer = new SecretWriter(kube, secrets);
  const external: Workers = crew(externalSecret, watched.secretsOf.cache, isServed, {
    kube,
    secrets: writer,
    directory,
    backends,
    fetcher,
    generators: new Generators(kube),
    memories,
    sourcesIn: (namespace, signal) => sourcesFrom(kube, namespace, signal),
    sourcesDigest: (object) => sourcesDigest(object, parts),
    rivalOf: (object, target) => rivalOf(object, target, parts),
    outgrown: (target) => outgrownOf(target, parts),
    again: (key) => external.queue.add(key, 'now'),
    events,
    metrics,
    allowedTypes: allowedTypes.length > 0 ? allowedTypes : undefined,
    drift,
    maxStalenessMs,
    random,
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
  });
  const storeTools = { backends, usable: (storeKey: string) => wakeFailing(storeKey, parts, external), random };
  const isOurStore = (object: SecretStore) => isStoreOfClass(object, parts);
  const stores = crew(secretStore(resources.secretStore), watched.stores.cache, isOurStore, storeTools);
  const clusterStores =
    watched.clusterStores &&
    crew(secretStore(resources.clusterSecretStore), watched.clusterStores.cache, isOurStore, storeTools);
  const clusterSecrets =
    watched.clusterSecrets &&
    crew(clusterExternalSecret, watched.clusterSecrets.cache, (object) => isOfClass(object, parts), {
      kube,
      namespaces: () => namespacesOf(parts),
      children: (object) => childrenOf(object, parts),
      get: (key) => watched.secretsOf.cache.get(key)?.object,
      // The watch does not tell again what was absorbed.
      absorb: (object) => {
        watched.secretsOf.cache.absorb(object);
        index(parts, objectKey(object), object);
        external.queue.add(objectKey(object), 'now');
      },
    });
  const all = [external, stores, clusterStores, clusterSecrets].filter((one) => one !== undefined);
  const learn = async (signal: AbortSignal) => {
    room.keeps = await keepsStatusOf(kube, resources.externalSecret, signal);
  };
  return { external, stores, clusterStores, clusterSecrets, all, learn };
}

function workersFor<T extends WithStatus, Tools>(
  reconciler: Reconciler<T, Tools>,
  shell: ShellTools<T>,
  tools: Tools,
  { clock, random, concurrency, log }: ExternalFamilyOptions,
): Workers {
  const look = lookWith(reconciler, shell, tools);
  const onBug = (key: string, error: unknown) => log.error({ object: key, error }, 'reconciler failed');
  return new Workers({ clock, random, concurrency, look, onBug });
}

const viewOf = <T extends WithStatus>(cache: Cache<KeptObject<T>>, isServed: (object: T) => boolean) => ({
  get: (key: string) => {
    const object = cache.get(key)?.object;
    return object && isServed(object) ? object : undefined;
  },
  absorb: (object: T) => cache.absorb(object),
});

const isOfClass = ({ metadata }: WithStatus, { options: { controllerClass } }: Parts) =>
  (metadata.annotations?.[objectAnnotations.controllerClass] ?? '') === controllerClass;

// `default` is the class of the reference where none is set.
const isStoreOfClass = ({ spec: { controller = '' } }: SecretStore, { options: { controllerClass } }: Parts) =>
  controller === '' || controller === (controllerClass || 'default');

// An object whose store is for another controller is that controller's.
function isForUs(object: ExternalSecret, parts: Parts): boolean {
  const { stores, clusterStores } = parts.watched;
  return storesOf(object).every((key) => {
    const [kind, name = ''] = key.split(' ', 2);
    const store = (kind === 'ClusterSecretStore' ? clusterStores : stores)?.cache.get(name)?.object;
    return !store || isStoreOfClass(store, parts);
  });
}

function storesOf({ metadata: { namespace = '' }, spec }: ExternalSecret): string[] {
  const entries = [...(spec.data ?? []), ...(spec.dataFrom ?? [])];
  const refs = [spec.secretStoreRef, ...entries.map(({ sourceRef }) => sourceRef?.storeRef)];
  return refs.flatMap((ref) => (ref?.name ? [storeKeyFor(ref, namespace)] : []));
}

// By uid and version, as the watches show them: any write to a source is looked at.
function sourcesDigest(object: ExternalSecret, { watched, options }: Parts): string | undefined {
  const sources = sourcesOf(object);
  if (sources.length === 0) return undefined;
  const versions = sources.map((source) => {
    const [kind, key = ''] = source.split(' ', 2);
    const kept = (kind === 'Secret' ? options.secrets : watched.configMaps.cache).get(key);
    return [source, kept?.uid, kept?.resourceVersion];
  });
  return createHash('sha256').update(JSON.stringify(versions)).digest('base64url').slice(0, 16);
}

// The oldest has it; of the same age, the first by name.
function rivalOf(object: ExternalSecret, { namespace, name }: Target, { indexes, watched }: Parts): string | undefined {
  const rank = ({ metadata }: ExternalSecret) => `${metadata.creationTimestamp} ${metadata.name}`;
  const rivals = indexes.targets.keysOf(`${namespace}/${name}`).flatMap((key) => {
    const other = watched.secretsOf.cache.get(key)?.object;
    if (!other || key === objectKey(object) || other.metadata.deletionTimestamp) return [];
    const { creation } = targetOf(other);
    return (creation === 'Owner' || creation === 'Orphan') && rank(other) < rank(object) ? [other] : [];
  });
  return rivals[0]?.metadata.name;
}

function outgrownOf({ namespace, name, claim }: Target, { indexes, options }: Parts): string[] {
  const mine = claim.external?.createdBy ?? '';
  return indexes.created.keysOf(mine).flatMap((key) => {
    const other = key.slice(namespace.length + 1);
    const isThere = key.startsWith(`${namespace}/`) && options.secrets.get(key)?.createdBy === mine;
    return isThere && other !== name ? [other] : [];
  });
}

const namespacesOf = ({ watched }: Parts) =>
  [...(watched.namespaces?.cache.entries() ?? [])].map(([name, { labels, isLeaving }]) => ({
    name,
    labels,
    isLeaving,
  }));

function childrenOf({ kind, metadata }: ClusterExternalSecret, { watched }: Parts): ExternalSecret[] {
  return [...watched.secretsOf.cache.entries()].flatMap(([, { object }]) => {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
    return owner?.kind === kind && owner.name === metadata.name ? [object] : [];
  });
}

function staleSeconds({ watched, options: { clock } }: Parts): number {
  const now = clock.now().getTime();
  let longestMs = 0;
  for (const [, { object }] of watched.secretsOf.cache.entries()) {
    const since = findCondition(object.status?.conditions, 'Stale')?.lastTransitionTime;
    if (since) longestMs = Math.max(longestMs, now - new Date(since).getTime());
  }
  return longestMs / 1000;
}

function isFailing({ status }: ExternalSecret): boolean {
  const conditions = status?.conditions;
  return findCondition(conditions, 'Ready')?.status !== 'True' || findCondition(conditions, 'Stale') !== undefined;
}

function wakeFailing(storeKey: string | undefined, { indexes, watched }: Parts, { queue }: Workers): void {
  const { cache } = watched.secretsOf;
  const keys = storeKey === undefined ? [...cache.entries()].map(([key]) => key) : indexes.stores.keysOf(storeKey);
  for (const key of keys) {
    const kept = cache.get(key);
    if (kept && isFailing(kept.object)) queue.add(key, 'now');
  }
}

function connect(parts: Parts, crews: Crews): void {
  const { options, watched, indexes, backends, fetcher } = parts;
  const { external } = crews;
  const wake = (keys: readonly string[]) => {
    for (const key of keys) external.queue.add(key, 'now');
  };
  const revalidate = (storeKeys: readonly string[]) => {
    for (const storeKey of storeKeys) {
      const [kind, name = ''] = storeKey.split(' ', 2);
      (kind === 'ClusterSecretStore' ? crews.clusterStores : crews.stores)?.queue.add(name, 'now');
      wakeFailing(storeKey, parts, external);
    }
  };
  watched.secretsOf.cache.onChange((change) => {
    const { key, before, after } = change;
    const left = before && targetKey(before.object);
    index(parts, key, after?.object);
    external.queue.add(key, laneOf(change));
    // Whoever stood behind it for the same Secret is next.
    if (left && (!after || targetKey(after.object) !== left)) wake(indexes.targets.keysOf(left));
    for (const { object } of [before, after].filter((one) => one !== undefined)) wakeParent(object, crews);
  });
  const secretMoved = ({ key, after }: Change<SeenSecret>) => {
    indexes.created.set(key, after?.createdBy === undefined ? [] : [after.createdBy]);
    wake(indexes.sources.keysOf(`Secret ${key}`));
    revalidate(backends.changed(`Secret ${key}`));
  };
  options.secrets.onChange((change) => {
    wake(indexes.targets.keysOf(change.key));
    secretMoved(change);
  });
  // What another of our objects made may be what a store or a template has waited for.
  options.secrets.onOwnChange(secretMoved);
  watched.configMaps.cache.onChange(({ key }) => {
    wake(indexes.sources.keysOf(`ConfigMap ${key}`));
    revalidate(backends.changed(`ConfigMap ${key}`));
  });
  connectStores(watched.stores.cache, crews.stores, parts, wake);
  if (watched.clusterStores && crews.clusterStores) {
    connectStores(watched.clusterStores.cache, crews.clusterStores, parts, wake);
  }
  const { clusterSecrets } = crews;
  watched.clusterSecrets?.cache.onChange((change) => clusterSecrets?.queue.add(change.key, laneOf(change)));
  watched.namespaces?.cache.onChange(({ key, before, after }) => {
    if (before && after && isDeepStrictEqual({ ...before, resourceVersion: '' }, { ...after, resourceVersion: '' }))
      return;
    for (const [name] of watched.clusterSecrets?.cache.entries() ?? []) clusterSecrets?.queue.add(name, 'later');
    // A label may open a cluster store to the namespace.
    for (const [name, { object }] of watched.secretsOf.cache.entries()) {
      if (object.metadata.namespace === key && isFailing(object)) external.queue.add(name, 'later');
    }
  });
  fetcher.onRecovered(() => {
    wakeFailing(undefined, parts, external);
    for (const crew of [crews.stores, crews.clusterStores]) if (crew) wakeUnready(crew, parts);
  });
}

function connectStores(
  cache: Cache<KeptObject<SecretStore>>,
  { queue }: Workers,
  parts: Parts,
  wake: (keys: readonly string[]) => void,
): void {
  cache.onChange((change: Change<KeptObject<SecretStore>>) => {
    const { key, before, after } = change;
    queue.add(key, laneOf(change));
    const store = after ?? before;
    if (!store) return;
    const storeKey = storeKeyOf(store.object);
    if (!after || after.uid !== before?.uid) parts.backends.forget(storeKey);
    const isNews =
      before?.object.metadata.generation !== after?.object.metadata.generation || before?.uid !== after?.uid;
    // Only those in trouble: values that are there are refreshed when their time comes, whatever the store is now.
    if (isNews) wake(parts.indexes.stores.keysOf(storeKey).filter((name) => isFailingAt(name, parts)));
  });
}

const isFailingAt = (key: string, { watched }: Parts) => {
  const kept = watched.secretsOf.cache.get(key);
  return kept !== undefined && isFailing(kept.object);
};

function wakeUnready({ queue }: Workers, { watched }: Parts): void {
  for (const informer of [watched.stores, watched.clusterStores]) {
    for (const [key, { object }] of informer?.cache.entries() ?? []) {
      if (findCondition(object.status?.conditions, 'Ready')?.status !== 'True') queue.add(key, 'now');
    }
  }
}

function wakeParent({ metadata }: ExternalSecret, { clusterSecrets }: Crews): void {
  for (const { kind, name } of metadata.ownerReferences ?? []) {
    if (kind === resources.clusterExternalSecret.kind) clusterSecrets?.queue.add(name, 'later');
  }
}

const targetKey = (object: ExternalSecret) => {
  const { namespace, name, creation } = targetOf(object);
  return creation === 'None' ? undefined : `${namespace}/${name}`;
};

function index({ indexes }: Parts, key: string, object: ExternalSecret | undefined): void {
  const target = object && targetKey(object);
  indexes.targets.set(key, target ? [target] : []);
  indexes.sources.set(key, object ? sourcesOf(object) : []);
  indexes.stores.set(key, object ? storesOf(object) : []);
}

function enqueueAll({ watched }: Parts, crews: Crews): void {
  const fill = <T extends WithStatus>(informer: { cache: Cache<KeptObject<T>> } | undefined, crew?: Workers) => {
    for (const [key, after] of informer?.cache.entries() ?? []) {
      crew?.queue.add(key, laneOf({ key, before: undefined, after }));
    }
  };
  // Stores first: those who use them find their sessions open.
  fill(watched.clusterStores, crews.clusterStores);
  fill(watched.stores, crews.stores);
  fill(watched.secretsOf, crews.external);
  fill(watched.clusterSecrets, crews.clusterSecrets);
}
