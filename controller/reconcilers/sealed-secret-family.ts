// The SealedSecret family put together: what its workers work with, and what wakes which object.

import { OpenedMemory } from '../../keys/memory.ts';
import type { KeyRegistry } from '../../keys/registry.ts';
import { findCondition } from '../../src/kube/conditions.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { Barrier } from '../engine/barrier.ts';
import type { Cache } from '../engine/cache.ts';
import type { Workers } from '../engine/worker.ts';
import { Restarter } from '../restarts/restarter.ts';
import { Removals } from '../secret/removal.ts';
import { SecretWriter } from '../secret/writer.ts';
import { crewOf, enqueueEach } from './crew.ts';
import type { FamilyOptions } from './family.ts';
import { isOfClass, laneOf } from './kept.ts';
import { type KeptSealedSecret, withCiphertext } from './kept-sealed-secret.ts';
import type { KeyRing } from './key-ring.ts';
import type { KeyUsage } from './key-usage.ts';
import { Patience } from './patience.ts';
import { vanishedFrom } from './removing.ts';
import { type SealedSecretTools, sealedSecret } from './sealed-secret.ts';

export interface SealedSecretFamilyOptions extends FamilyOptions {
  objects: Cache<KeptSealedSecret>;
  registry: KeyRegistry;
  ring: KeyRing;
  usage: KeyUsage;
  statusRoom: { keeps: boolean | undefined };
  fingerprintKey: Uint8Array;
}

const memoryBytes = 64 * 1024 * 1024;

/** Workers that are not started yet, with every object of the cache in their queue, and what they remove. */
export function sealedSecretFamily(options: SealedSecretFamilyOptions): { workers: Workers; removals: Removals } {
  const { kube, clock, objects, secrets, registry, allowedTypes, controllerClass, concurrency } = options;
  let wake: (key: string) => void = () => {};
  const removals = new Removals({
    ...options,
    resource: resources.sealedSecret,
    objects: { has: (key) => objects.get(key) !== undefined, size: () => objects.size },
    graceMs: options.deletionGraceMs,
    wake: (key) => wake(key),
  });
  const tools: SealedSecretTools = {
    ...options,
    whole: (object, signal) => withCiphertext(object, kube, signal),
    secrets: new SecretWriter(kube, secrets),
    restarts: new Restarter({ ...options, windowMs: options.restartWindowMs }),
    removals,
    collection: options.deletionGraceMs > 0 ? 'grace' : 'ownerReference',
    keys: registry,
    memory: new OpenedMemory(memoryBytes),
    allowedTypes: allowedTypes.length > 0 ? allowedTypes : undefined,
    records: new Map(),
    patience: new Patience(clock),
    // Half of the workers: the others open meanwhile.
    volley: new Barrier({ clock, size: Math.floor(concurrency / 2), isPressed: () => workers.queue.isPressed }),
    now: () => clock.now(),
  };
  const isServed = (object: SealedSecret) => isOfClass(object, controllerClass);
  const workers = crewOf({ reconciler: sealedSecret, cache: objects, isServed, tools }, options);
  wake = (key) => workers.queue.add(key, 'now');
  connect(options, workers, removals);
  return { workers, removals };
}

function connect(options: SealedSecretFamilyOptions, workers: Workers, removals: Removals): void {
  const { queue } = workers;
  const { objects, secrets, ring } = options;
  const vanished = vanishedFrom(options, resources.sealedSecret, objects);
  objects.onChange((change) => {
    queue.add(change.key, laneOf(change));
    removals.note(change.key);
    if (!change.after) vanished.add();
  });
  // A Secret has the name of its SealedSecret: produced, blocking or foreign, any change of it is that one's business.
  secrets.onChange(({ key }) => {
    if (objects.get(key) || removals.note(key)) queue.add(key, 'now');
  });
  ring.onChange(() => {
    for (const [key, { object }] of objects.entries()) {
      if (findCondition(object.status?.conditions, 'Ready')?.status !== 'True') queue.add(key, 'backlog');
    }
  });
  enqueueEach(objects, workers);
  // What went while no controller ran.
  for (const [key] of secrets.entries()) if (removals.note(key)) queue.add(key, 'later');
}
