// What is done about Secrets whose object is gone: removed after --deletion-grace, and told when they are many.

import type { Resource } from '../../src/kube/resources.ts';
import { Workers } from '../engine/worker.ts';
import { Vanished } from '../secret/brake.ts';
import { type RemovalObjects, Removals } from '../secret/removal.ts';
import type { FamilyOptions } from './family.ts';
import type { Look } from './shell.ts';

type RemovingOptions = Pick<
  FamilyOptions,
  'kube' | 'clock' | 'random' | 'log' | 'metrics' | 'events' | 'secrets' | 'concurrency' | 'deletionGraceMs'
>;

/** Who removes the Secrets of `resource`, by the key of the Secret; for kinds whose Secrets have names of their own. */
export function removingOf(options: RemovingOptions, resource: Resource, objects: RemovalObjects) {
  const { clock, random, log, concurrency, deletionGraceMs } = options;
  const removals = new Removals({
    ...options,
    resource,
    objects,
    graceMs: deletionGraceMs,
    wake: (key) => removing.queue.add(key, 'now'),
  });
  const look: Look = async (key, { signal }) => {
    try {
      return await removals.settle(key, signal);
    } catch (error) {
      if (signal.aborted) return { next: 'rest' };
      log.warn({ object: key, error }, 'not cleared away');
      return { next: 'retry' };
    }
  };
  const onBug = (key: string, error: unknown) => log.error({ object: key, error }, 'reconciler failed');
  const removing: Workers = new Workers({ clock, random, concurrency, look, onBug });
  return { removing, removals };
}

/** Counts objects of a kind as they go, and tells when they are many. */
export function vanishedFrom(
  { clock, metrics, log }: Pick<RemovingOptions, 'clock' | 'metrics' | 'log'>,
  { kind }: Resource,
  objects: { readonly size: number },
): Vanished {
  return new Vanished({
    monotonicMs: () => clock.monotonicMs(),
    count: () => objects.size,
    onMass: (vanished) => {
      metrics.massDeletions.inc({ kind });
      log.error({ kind, vanished }, 'many objects were deleted within five minutes');
    },
  });
}
