// The family of secrets.hashicorp.com put together.

import { objectKey } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { backoffMs } from '../../engine/backoff.ts';
import type { Cache } from '../../engine/cache.ts';
import { Workers } from '../../engine/worker.ts';
import { Restarter } from '../../restarts/restarter.ts';
import { SecretWriter } from '../../secret/writer.ts';
import { keepsStatusOf } from '../../status/room.ts';
import type { WithStatus } from '../../status/status.ts';
import type { RemoteValue } from '../../stores/store.ts';
import { referredKey } from '../backend-shelf.ts';
import type { Family } from '../family.ts';
import { loadMacKey } from '../fingerprint-key.ts';
import { type KeptObject, viewOf } from '../kept.ts';
import { Memories } from '../memory.ts';
import { Patience } from '../patience.ts';
import { removingOf } from '../removing.ts';
import { type Look, lookWith, type Reconciler } from '../shell.ts';
import { isHeldUp } from './ahead.ts';
import { VaultBackends } from './backends.ts';
import { Followers } from './followers.ts';
import { identityOf } from './identity.ts';
import { isOfClass, outgrownOf, rivalOf, sourcesDigest, staleSeconds } from './lookups.ts';
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
    staleSeconds: () => staleSeconds(parts),
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
  const { options, watched, directory, backends, memories, indexes } = parts;
  const { kube, clock, random, log, concurrency, allowedTypes, providers } = options;
  const crew = <T extends WithStatus, Tools>(
    reconciler: Reconciler<T, Tools>,
    cache: Cache<KeptObject<T>>,
    tools: Tools,
    isHeld: (object: T, signal: AbortSignal) => boolean = () => false,
  ): Workers => {
    const objects = viewOf(cache, (object) => isOfClass(object, parts));
    const work = lookWith(reconciler, { ...options, statusRoom, objects }, tools);
    const look: Look = async (key, turn) => {
      const object = objects.get(key);
      const waits = object && !object.metadata.deletionTimestamp && isHeld(object, turn.signal);
      return waits ? { next: 'held' } : await work(key, turn);
    };
    const onBug = (key: string, error: unknown) => log.error({ object: key, error }, 'reconciler failed');
    return new Workers({ clock, random, concurrency, look, onBug });
  };
  const staticTools: StaticSecretTools = {
    ...options,
    secrets: new SecretWriter(kube, options.secrets),
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
    fetcher: providers.fetcher,
    followers: new Followers(),
    memories,
    sourcesDigest: (object) => sourcesDigest(object, parts),
    rivalOf: (object, target) => rivalOf(object, target, parts),
    outgrown: (object, target) => outgrownOf(object, target, parts),
    again: (key, lane) => secrets.queue.add(key, lane),
    restarts: new Restarter({ ...options, windowMs: options.restartWindowMs }),
    patience: new Patience(clock),
    collection: options.deletionGraceMs > 0 ? 'grace' : 'ownerReference',
    fingerprintKey: () => parts.keys.fingerprint,
    macKey: () => parts.keys.mac,
    allowedTypes: allowedTypes.length > 0 ? allowedTypes : undefined,
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
  };
  const secrets: Workers = crew(vaultStaticSecret, watched.secretsOf.cache, staticTools, (object, signal) =>
    isHeldUp(object, staticTools, signal),
  );
  const tools = validityTools(parts);
  return {
    secrets,
    connections: crew(vaultConnection, watched.connections.cache, tools),
    auths: crew(vaultAuth, watched.auths.cache, tools),
    globals: crew(vaultAuthGlobal, watched.globals.cache, tools),
    transformations: crew(secretTransformation, watched.transformations.cache, tools),
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
