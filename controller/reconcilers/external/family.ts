// The family of external-secrets.io put together.

import type { ExternalSecret, SecretStore } from '../../../src/kube/external-secrets.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { Cache } from '../../engine/cache.ts';
import { Workers } from '../../engine/worker.ts';
import { Restarter } from '../../restarts/restarter.ts';
import { SecretWriter } from '../../secret/writer.ts';
import { keepsStatusOf } from '../../status/room.ts';
import type { WithStatus } from '../../status/status.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import type { Family } from '../family.ts';
import type { KeptObject } from '../kept.ts';
import { Memories, sizeOfNamed } from '../memory.ts';
import { lookWith, type Reconciler, type ShellTools } from '../shell.ts';
import { StoreBackends } from './backends.ts';
import { clusterExternalSecret } from './cluster-external-secret.ts';
import { externalSecret } from './external-secret.ts';
import { Generators } from './generators.ts';
import {
  childrenOf,
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
import { type ExternalFamilyOptions, indexesOf, informersOf, type Parts } from './parts.ts';
import { secretStore } from './secret-store.ts';
import { sourcesFrom } from './sources.ts';
import { connect, enqueueAll, index } from './wakes.ts';

/** Nothing is watched before `run`, nothing written before `start`. */
export function externalSecretFamily(options: ExternalFamilyOptions): Family {
  const watched = informersOf(options);
  const { fetcher, aws, vault } = options.providers;
  const { kube, clock } = options;
  const parts: Parts = {
    options,
    watched,
    fetcher,
    backends: new StoreBackends({ kube, clock, fetcher, vault, aws }),
    indexes: indexesOf(),
    memories: new Memories<NamedValues>(sizeOfNamed),
    fingerprintKey: new Uint8Array(),
  };
  const crews = crewsOf(parts);
  connect(parts, crews);
  const all = Object.values(watched).filter((one) => one !== undefined);
  return {
    run: async (signal) => {
      await Promise.all(all.map((one) => one.run(signal)));
    },
    synced: Promise.all(all.map((one) => one.synced)),
    waitingFor: () => (all.every((one) => one.isSynced) ? [] : ['ExternalSecrets and their stores']),
    async start(signal, fingerprintKey) {
      parts.fingerprintKey = fingerprintKey;
      await crews.learn(signal);
      enqueueAll(parts, crews);
      for (const one of crews.all) one.start();
    },
    workers: crews.all,
    staleSeconds: () => staleSeconds(parts),
    close: () => parts.backends.close(),
  };
}

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
    restarts: new Restarter({ ...options, windowMs: options.restartWindowMs }),
    fingerprintKey: () => parts.fingerprintKey,
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
