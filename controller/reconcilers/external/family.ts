// The family of external-secrets.io put together.

import type { SecretStore } from '../../../src/kube/external-secrets.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { Workers } from '../../engine/worker.ts';
import { createdBy } from '../../secret/eso.ts';
import { keepsStatusOf } from '../../status/room.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import { crewOf } from '../crew.ts';
import type { Family, StoreFamilyOptions } from '../family.ts';
import { isOfClass } from '../kept.ts';
import { Memories, sizeOfNamed } from '../memory.ts';
import { removingOf } from '../removing.ts';
import { storeToolsOf } from '../store-tools.ts';
import { staleSeconds } from '../trouble.ts';
import { StoreBackends } from './backends.ts';
import { type ClusterExternalSecretTools, clusterExternalSecret } from './cluster-external-secret.ts';
import { externalSecret } from './external-secret.ts';
import { Generators } from './generators.ts';
import {
  childrenOf,
  dueSoon,
  isForUs,
  isStoreOfClass,
  namespacesOf,
  outgrownOf,
  rivalOf,
  sourcesDigest,
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
    staleSeconds: () => staleSeconds(watched.secretsOf.cache, options.clock.now()),
    deletions: () => crews.removals.counts,
    close: () => backends.close(),
  };
}

function crewsOf(parts: Parts) {
  const { options, watched, backends } = parts;
  const { kube, random, controllerClass } = options;
  const room = { keeps: undefined as boolean | undefined };
  const shared = { ...options, statusRoom: room };
  const again: Again = (key, lane) => external.queue.add(key, lane);
  const external: Workers = crewOf(
    {
      reconciler: externalSecret,
      cache: watched.secretsOf.cache,
      isServed: (object) => isOfClass(object, controllerClass) && isForUs(object, parts),
      tools: externalToolsOf(parts, again),
      isHeldUp,
    },
    shared,
  );
  const ofStores = {
    tools: { kube, backends, usable: (storeKey: string) => wakeFailing(storeKey, parts, external), random },
    isServed: (object: SecretStore) => isStoreOfClass(object, parts),
  };
  const stores = crewOf(
    { ...ofStores, reconciler: secretStore(resources.secretStore), cache: watched.stores.cache },
    shared,
  );
  const clusterStores =
    watched.clusterStores &&
    crewOf(
      { ...ofStores, reconciler: secretStore(resources.clusterSecretStore), cache: watched.clusterStores.cache },
      shared,
    );
  const clusterSecrets =
    watched.clusterSecrets &&
    crewOf(
      {
        reconciler: clusterExternalSecret,
        cache: watched.clusterSecrets.cache,
        isServed: (object) => isOfClass(object, controllerClass),
        tools: clusterToolsOf(parts, again),
      },
      shared,
    );
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

type Again = ExternalSecretTools['again'];

function externalToolsOf(parts: Parts, again: Again): ExternalSecretTools {
  const { options, watched, backends, fetcher, memories } = parts;
  const { kube } = options;
  return {
    ...storeToolsOf(options),
    directory: {
      secretStore: (key) => watched.stores.cache.get(key)?.object,
      clusterStore: watched.clusterStores && ((name) => watched.clusterStores?.cache.get(name)?.object),
      namespaceLabels: (name) => watched.namespaces?.cache.get(name)?.labels,
    },
    backends,
    fetcher,
    generators: new Generators(kube),
    memories,
    sourcesIn: (namespace, signal) => sourcesFrom(kube, namespace, signal),
    sourcesDigest: (object) => sourcesDigest(object, parts),
    rivalOf: (object, target) => rivalOf(object, target, parts),
    outgrown: (target) => outgrownOf(target, parts),
    bringForward: (object) => {
      for (const key of dueSoon(object, parts)) again(key, 'later');
    },
    again,
    fingerprintKey: () => parts.fingerprintKey,
  };
}

function clusterToolsOf(parts: Parts, again: Again): ClusterExternalSecretTools {
  const { cache } = parts.watched.secretsOf;
  return {
    kube: parts.options.kube,
    namespaces: () => namespacesOf(parts),
    children: (object) => childrenOf(object, parts),
    get: (key) => cache.get(key)?.object,
    write: (key, write) =>
      cache.whileCalling(key, async ({ absorb }) => {
        const object = await write();
        absorb(object);
        // The watch does not tell again what was absorbed.
        index(parts, key, object);
        again(key, 'now');
      }),
  };
}
