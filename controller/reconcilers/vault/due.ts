// When a VaultStaticSecret's value is to be read again: pure.

import { vaultIntervalMs } from '../../../src/kube/refresh-interval.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import type { Due } from '../outlook.ts';

// Timers of 2^31 ms and more would fire at once.
const longestWaitMs = 7 * 24 * 3_600_000;
// The fetch layer keeps answers no longer.
const longestSharedMs = 300_000;

/** How old an answer may be that serves a periodic read: what is read at 90 % of the interval is no older than the interval then. */
export const sharedAgeMs = (intervalMs: number) => Math.min(intervalMs / 10, longestSharedMs);

/** The generation that there is now was synced once, by whichever controller. */
export function wasSynced({ metadata: { generation }, status }: VaultStaticSecret): boolean {
  return status?.lastGeneration !== undefined && status.lastGeneration === generation;
}

/** What is known of the reads so far. */
export interface LastRead {
  /** When the last successful read of this process began. */
  at: Date | undefined;
  /** How much earlier than its interval the next one comes. */
  earlierMs: number;
  /** The state of the object at the last success, where it is known. */
  version: string | undefined;
  /** What the server told since then. */
  told?: 'changed' | 'missed' | undefined;
  now: Date;
}

/** What has to happen now to an object in state `version`; otherwise after how long to ask again. */
export function readDue(object: VaultStaticSecret, version: string, last: LastRead): Due {
  const { lastGeneration } = object.status ?? {};
  if (!lastGeneration) return 'first';
  if (!wasSynced(object) || (last.version !== undefined && last.version !== version)) return 'changed';
  if (last.told) return last.told === 'changed' ? 'changed' : 'elapsed';
  const intervalMs = vaultIntervalMs(object);
  if (intervalMs === undefined) return { afterMs: undefined };
  if (!last.at) return 'elapsed';
  const ageMs = last.now.getTime() - last.at.getTime();
  // A clock that was ahead must not keep values for ever.
  const afterMs = ageMs < -1000 ? 0 : intervalMs - last.earlierMs - ageMs;
  return afterMs <= 0 ? 'elapsed' : { afterMs: Math.min(afterMs, longestWaitMs) };
}
