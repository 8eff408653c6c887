// How a look that went well ends: what Ready says, and when the next one comes; the same for everything that is read from stores.

import { findCondition } from '../../src/kube/conditions.ts';
import { shortestIntervalMs } from '../../src/kube/refresh-interval.ts';
import type { Settled } from '../engine/outcome.ts';
import type { Due, Outlook } from './outlook.ts';
import { remembered } from './remembered.ts';

/** Nothing was due, and nothing differs. `message`: what Ready says where it does not say anything yet. */
export function asItStands(job: Outlook, message: string, now: Date): Settled {
  const { object, memory, due } = job;
  memory.sources = job.sources;
  const afterMs = typeof due === 'object' ? due.afterMs : (memory.notBefore?.getTime() ?? 0) - now.getTime();
  const stale = findCondition(object.status?.conditions, 'Stale')?.message;
  return {
    ...wordsBefore(job, message),
    // Only a read that succeeds says that values are fresh again.
    ...(stale && { notes: { Stale: stale } }),
    ...(afterMs !== undefined && { againAfterMs: Math.max(afterMs, 1) }),
    ...remembered(job),
  };
}

/** What Ready=True says stays, also where a reference controller said it: words alone are no reason to write. */
export function wordsBefore({ object }: Outlook, message: string): Pick<Settled, 'message' | 'reason'> {
  const before = findCondition(object.status?.conditions, 'Ready');
  if (before?.status !== 'True') return { message };
  return { message: before.message || message, ...(before.reason && { reason: before.reason }) };
}

/** When the next look comes. One may take longer than the interval: then the next is due already. */
export function againAfter(next: Due): Pick<Settled, 'againAfterMs'> {
  const afterMs = typeof next === 'object' ? next.afterMs : shortestIntervalMs;
  return afterMs === undefined ? {} : { againAfterMs: afterMs };
}
