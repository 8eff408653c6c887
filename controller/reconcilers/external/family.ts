// The family of external-secrets.io put together.

import type { ExternalSecret, SecretStore } from '../../../src/kube/external-secrets.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { Cache } from '../../engine/cache.ts';
import { Workers } from '../../engine/worker.ts';
import { Restarter } from '../../restarts/restarter.ts';
import { createdBy } from '../../secret/eso.ts';
import { SecretWriter } from '../../secret/writer.ts';
import { keepsStatusOf } from '../../status/room.ts';
import type { WithStatus } from '../../status/status.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import type { Family, StoreFamilyOptions } from '../family.ts';
import { type KeptObject, viewOf } from '../kept.ts';
import { Memories, sizeOfNamed } from '../memory.ts';
import { removingOf } from '../removing.ts';
import { type Look, lookWith, type Reconciler, type ShellTools } from '../shell.ts';
import { StoreBackends } from './backends.ts';
import { clusterExternalSecret } from './cluster-external-secret.ts';
import { externalSecret } from './external-secret.ts';
import { Generators } from './generators.ts';
import {
  childrenOf,
  dueSoon,
  isForUs,
  isOfClass,
  isStoreOfClass,
  namespacesOf,
  outgrownOf,
  rivalOf,
  sourcesDigest,
  staleSeconds,
  wakeFailing,
} from './lookups.ts';
import { indexesOf, informersOf, type Parts } from './parts.ts';
import { isHeldUp } from './reading.ts';
import { secretStore } from './secret-store.ts';
import { sourcesFrom } from './sources.ts';
import type { ExternalSecretTools } from './tools.ts';
import type { Reading } from './values.ts';
import { connect, enqueueAll, index } from './wakes.ts';

/** Nothing is watched before `run`, nothing written before `start`. */
export function externalSecretFamily(options: StoreFamilyOptions): Family {
  const watched = informersOf(options);
  const { fetcher, vault, aws } = options.providers;
  const backends = new StoreBackends({ kube: options.kube, clock: options.clock, fetcher, vault, aws });
  const parts: Parts = {
    options,
    watched,
    fetcher,
    backends,
    indexes: indexesOf(),
    memories: new Memories<NamedValues, Reading>(sizeOfNamed),
    fingerprintKey: new Uint8Array(),
  };
  const crews = crewsOf(parts);
  connect(parts, crews);
  const all = Object.values(watched).filter((one) => one !== undefined);
  // Service accounts only wake: nothing is taken for missing because they are not there yet.
  const needed = all.filter((one) => one !== watched.serviceAccounts);
  return {
    run: async (signal) => {
      await Promise.all(all.map((one) => one.run(signal)));
    },
    synced: Promise.all(needed.map((one) => one.synced)),
    waitingFor: () => (needed.every((one) => one.isSynced) ? [] : ['ExternalSecrets and their stores']),
    async start(signal, fingerprintKey) {
      parts.fingerprintKey = fingerprintKey;
      await crews.learn(signal);
      enqueueAll(parts, crews);
      for (const one of crews.all) one.start();
    },
    workers: crews.all,
    staleSeconds: () => staleSeconds(parts),
    deletions: () => crews.removals.counts,
    close: () => backends.close(),
  };
}

function crewsOf(parts: Parts) {
  const { options, watched, backends, memories, fetcher } = parts;
  const { kube, clock, random, secrets, allowedTypes, drift, events, metrics, maxStalenessMs, deletionGraceMs } =
    options;
  const room = { keeps: undefined as boolean | undefined };
  const crew = <T extends WithStatus, Tools>(
    reconciler: Reconciler<T, Tools>,
    cache: Cache<KeptObject<T>>,
    isServed: (object: T) => boolean,
    tools: Tools,
    isHeldUp?: IsHeldUp<T, Tools>,
  ) => {
    const shell = { ...options, statusRoom: room, objects: viewOf(cache, isServed) };
    return workersFor(reconciler, shell, { tools, isHeldUp }, options);
  };
  const directory = {
    secretStore: (key: string) => watched.stores.cache.get(key)?.object,
    clusterStore: watched.clusterStores && ((name: string) => watched.clusterStores?.cache.get(name)?.object),
    namespaceLabels: (name: string) => watched.namespaces?.cache.get(name)?.labels,
  };
  const isServed = (object: ExternalSecret) => isOfClass(object, parts) && isForUs(object, parts);
  const writer = new SecretWriter(kube, secrets);
  const externalTools: ExternalSecretTools = {
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
    bringForward: (object) => {
      for (const key of dueSoon(object, parts)) external.queue.add(key, 'later');
    },
    again: (key, lane) => external.queue.add(key, lane),
    events,
    metrics,
    restarts: new Restarter({ ...options, windowMs: options.restartWindowMs }),
    fingerprintKey: () => parts.fingerprintKey,
    allowedTypes: allowedTypes.length > 0 ? allowedTypes : undefined,
    drift,
    collection: deletionGraceMs > 0 ? 'grace' : 'ownerReference',
    maxStalenessMs,
    random,
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
  };
  const external = crew(externalSecret, watched.secretsOf.cache, isServed, externalTools, isHeldUp);
  const storeTools = { kube, backends, usable: (storeKey: string) => wakeFailing(storeKey, parts, external), random };
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
  const { removing, removals } = removingOf(options, resources.externalSecret, {
    has: (_, { createdBy: maker = '' }) => parts.indexes.makers.keysOf(maker).length > 0,
    size: () => watched.secretsOf.cache.size,
    isOf: (secret, metadata) => createdBy(metadata) === secret.createdBy,
  });
  const all = [external, stores, clusterStores, clusterSecrets, removing].filter((one) => one !== undefined);
  const learn = async (signal: AbortSignal) => {
    room.keeps = await keepsStatusOf(kube, resources.externalSecret, signal);
  };
  return { external, stores, clusterStores, clusterSecrets, removing, removals, all, learn };
}

/** Whether an object is not to be looked at yet, since something it needs was asked for and is to come. */
type IsHeldUp<T, Tools> = (object: T, tools: Tools, signal: AbortSignal) => boolean;

function workersFor<T extends WithStatus, Tools>(
  reconciler: Reconciler<T, Tools>,
  shell: ShellTools<T>,
  { tools, isHeldUp }: { tools: Tools; isHeldUp: IsHeldUp<T, Tools> | undefined },
  { clock, random, concurrency, log }: StoreFamilyOptions,
): Workers {
  const look = lookWith(reconciler, shell, tools);
  const lookOrHold: Look = async (key, turn) => {
    const object = shell.objects.get(key);
    const isHeld = object && !object.metadata.deletionTimestamp && isHeldUp?.(object, tools, turn.signal);
    return isHeld ? { next: 'held' } : await look(key, turn);
  };
  const onBug = (key: string, error: unknown) => log.error({ object: key, error }, 'reconciler failed');
  return new Workers({ clock, random, concurrency, look: lookOrHold, onBug });
}
