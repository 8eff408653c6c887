// When an ExternalSecret's values are to be read again: pure.

import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import { externalIntervalMs } from '../../../src/kube/refresh-interval.ts';
import type { Due } from '../outlook.ts';
import { versionOf } from './kept.ts';
import { untilOpenMs } from './sync-windows.ts';

const hourMs = 3_600_000;
// Timers of 2^31 ms and more would fire at once.
const longestWaitMs = 7 * 24 * hourMs;

/** How much earlier than its interval a refresh comes, by chance, so that many do not come together; answers this old are shared. */
const spreadShare = 0.1;
/** And at most so much: the fetch layer keeps answers no longer. */
const longestSpreadMs = 300_000;

/** How far refreshes are spread. */
export const spreadOf = (intervalMs: number) => sharedAgeOf(intervalMs) * 0.9;

/** How old an answer of a periodic refresh may be: all who were read together are due within it, with a moment to spare. */
export const sharedAgeOf = (intervalMs: number) => Math.min(intervalMs * spreadShare, longestSpreadMs);

/** What is known of the refreshes so far. */
export interface LastRefresh {
  /** When the last successful refresh began. */
  at: Date | undefined;
  /** How much earlier than its interval the next one comes. */
  earlierMs: number;
  now: Date;
}

/** What has to happen to the values now; otherwise after how long to ask again. */
export function refreshDue(object: ExternalSecret, { at, earlierMs, now }: LastRefresh): Due {
  const { spec, status } = object;
  const policy = spec.refreshPolicy || 'Periodic';
  if (!status?.syncedResourceVersion || !at) return 'first';
  if (policy === 'CreatedOnce') return { afterMs: undefined };
  if (status.syncedResourceVersion !== versionOf(object)) return 'changed';
  const intervalMs = externalIntervalMs(object);
  if (policy === 'OnChange' || intervalMs === 0) return { afterMs: undefined };
  const ageMs = now.getTime() - at.getTime();
  // A clock that was ahead must not keep values for ever.
  const dueInMs = ageMs < -1000 ? 0 : Math.max(0, intervalMs - earlierMs - ageMs);
  const closedMs = spec.syncWindows ? untilOpenMs(spec.syncWindows, new Date(now.getTime() + dueInMs)) : 0;
  const afterMs = dueInMs + closedMs;
  return afterMs <= 0 ? 'elapsed' : { afterMs: Math.min(afterMs, longestWaitMs) };
}
