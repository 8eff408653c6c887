// The family of secrets.hashicorp.com put together.

import { objectKey } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { backoffMs } from '../../engine/backoff.ts';
import type { Workers } from '../../engine/worker.ts';
import { keepsStatusOf } from '../../status/room.ts';
import type { WithStatus } from '../../status/status.ts';
import type { RemoteValue } from '../../stores/store.ts';
import { referredKey } from '../backend-shelf.ts';
import { crewOf } from '../crew.ts';
import type { Family } from '../family.ts';
import { loadMacKey } from '../fingerprint-key.ts';
import { isOfClass } from '../kept.ts';
import { Memories } from '../memory.ts';
import { Patience } from '../patience.ts';
import { removingOf } from '../removing.ts';
import { storeToolsOf } from '../store-tools.ts';
import { staleSeconds } from '../trouble.ts';
import { isHeldUp } from './ahead.ts';
import { VaultBackends } from './backends.ts';
import { Followers } from './followers.ts';
import { identityOf } from './identity.ts';
import { outgrownOf, rivalOf, sourcesDigest } from './lookups.ts';
import { type Crews, directoryOf, indexesOf, informersOf, type Parts, type VaultFamilyOptions } from './parts.ts';
import { vaultStaticSecret } from './static-secret.ts';
import type { Reading, StaticSecretTools } from './tools.ts';
import { secretTransformation, type ValidityTools, vaultAuth, vaultAuthGlobal, vaultConnection } from './validity.ts';
import { connect, enqueueAll } from './wakes.ts';

/** Nothing is watched before `run`, nothing written before `start`. */
export function vaultSecretFamily(options: VaultFamilyOptions): Family {
  const watched = informersOf(options);
  const { fetcher, vault } = options.providers;
  const parts: Parts = {
    options,
    watched,
    directory: directoryOf(watched, options.home),
    backends: new VaultBackends({ ...options, fetcher, vault }),
    indexes: indexesOf(),
    memories: new Memories<RemoteValue, Reading>(({ bytes }) => bytes.byteLength),
    keys: { fingerprint: new Uint8Array(), mac: new Uint8Array() },
  };
  const room = { keeps: undefined as boolean | undefined };
  const { removing, removals } = removingOf(options, resources.vaultStaticSecret, {
    has: (_, { vaultOwner = '' }) => parts.indexes.uids.keysOf(vaultOwner).length > 0,
    size: () => watched.secretsOf.cache.size,
    isOf: (secret, { uid }) => uid === secret.vaultOwner,
  });
  const crews = { ...crewsOf(parts, room), removing };
  connect(parts, crews, removals);
  const all = Object.values(watched);
  // Service accounts only wake: nothing is taken for missing because they are not there yet.
  const needed = all.filter((one) => one !== watched.serviceAccounts);
  const workers = Object.values(crews);
  return {
    run: async (signal) => {
      await Promise.all(all.map((one) => one.run(signal)));
    },
    synced: Promise.all(needed.map((one) => one.synced)),
    waitingFor: () => (needed.every((one) => one.isSynced) ? [] : ['VaultStaticSecrets and what they refer to']),
    async start(signal, fingerprintKey) {
      room.keeps = await keepsStatusOf(options.kube, resources.vaultStaticSecret, signal);
      const mac = await macKeyForSure(options, signal);
      if (!mac) return;
      parts.keys = { fingerprint: fingerprintKey, mac };
      enqueueAll(parts, crews, removals);
      for (const one of workers) one.start();
    },
    workers,
    staleSeconds: () => staleSeconds(watched.secretsOf.cache, options.clock.now()),
    deletions: () => removals.counts,
    close: () => parts.backends.close(),
  };
}

// Without it no MAC of the status can be compared or made.
async function macKeyForSure(
  { kube, home, clock, random, log }: VaultFamilyOptions,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await loadMacKey(kube, home, signal);
    } catch (error) {
      if (signal.aborted) break;
      log.error({ error }, 'key of MACs not loaded');
      await clock.sleep(backoffMs(failures, random), signal).catch(() => {});
    }
  }
  return undefined;
}

function crewsOf(parts: Parts, statusRoom: { keeps: boolean | undefined }): Omit<Crews, 'removing'> {
  const { options, watched } = parts;
  const shared = { ...options, statusRoom };
  const isServed = (object: WithStatus) => isOfClass(object, options.controllerClass);
  const tools = staticToolsOf(parts, (key, lane) => secrets.queue.add(key, lane));
  const secrets: Workers = crewOf(
    { reconciler: vaultStaticSecret, cache: watched.secretsOf.cache, isServed, tools, isHeldUp },
    shared,
  );
  const rest = { isServed, tools: validityTools(parts) };
  return {
    secrets,
    connections: crewOf({ ...rest, reconciler: vaultConnection, cache: watched.connections.cache }, shared),
    auths: crewOf({ ...rest, reconciler: vaultAuth, cache: watched.auths.cache }, shared),
    globals: crewOf({ ...rest, reconciler: vaultAuthGlobal, cache: watched.globals.cache }, shared),
    transformations: crewOf(
      { ...rest, reconciler: secretTransformation, cache: watched.transformations.cache },
      shared,
    ),
  };
}

function staticToolsOf(parts: Parts, again: StaticSecretTools['again']): StaticSecretTools {
  const { options, directory, backends, memories, indexes } = parts;
  return {
    ...storeToolsOf(options),
    directory,
    identityOf: (object) => {
      const names = new Set<string>();
      try {
        return identityOf(object, directory, (name) => names.add(name));
      } finally {
        indexes.identities.set(objectKey(object), names);
      }
    },
    backends,
    fetcher: options.providers.fetcher,
    followers: new Followers(),
    memories,
    sourcesDigest: (object) => sourcesDigest(object, parts),
    rivalOf: (object, target) => rivalOf(object, target, parts),
    outgrown: (object, target) => outgrownOf(object, target, parts),
    again,
    patience: new Patience(options.clock),
    fingerprintKey: () => parts.keys.fingerprint,
    macKey: () => parts.keys.mac,
  };
}

function validityTools({ options: { kube, providers }, directory, indexes }: Parts): ValidityTools {
  return {
    kube,
    directory,
    vault: providers.vault,
    dependsOn(key) {
      const names = new Set<string>();
      return (name) => indexes.auths.set(key, names.add(name));
    },
    trusts(key) {
      const names = new Set<string>();
      return (referred) => indexes.trusts.set(key, names.add(referredKey(referred)));
    },
  };
}
