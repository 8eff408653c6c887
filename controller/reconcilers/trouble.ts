// Which objects have not got what they ask for, or not lately.

import { findCondition } from '../../src/kube/conditions.ts';
import type { Cache } from '../engine/cache.ts';
import type { WithStatus } from '../status/status.ts';
import type { KeptObject } from './kept.ts';

type Objects<T extends WithStatus> = Pick<Cache<KeptObject<T>>, 'get' | 'entries'>;

/** Whether the object has not got what it asks for, or not lately. */
export function isFailing({ status }: WithStatus): boolean {
  const conditions = status?.conditions;
  return findCondition(conditions, 'Ready')?.status !== 'True' || findCondition(conditions, 'Stale') !== undefined;
}

/** Those of `keys`, by default of all, whose objects are there and failing. */
export function failingOf<T extends WithStatus>(
  objects: Objects<T>,
  keys: Iterable<string> = Array.from(objects.entries(), ([key]) => key),
): string[] {
  return [...keys].filter((key) => {
    const kept = objects.get(key);
    return kept !== undefined && isFailing(kept.object);
  });
}

/** Since when the longest failing refresh fails, in seconds. */
export function staleSeconds<T extends WithStatus>(objects: Objects<T>, now: Date): number {
  let longestMs = 0;
  for (const [, { object }] of objects.entries()) {
    const since = findCondition(object.status?.conditions, 'Stale')?.lastTransitionTime;
    if (since) longestMs = Math.max(longestMs, now.getTime() - new Date(since).getTime());
  }
  return longestMs / 1000;
}
