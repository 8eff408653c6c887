// When periodic refreshes may happen: inside or outside of windows that cron schedules open.

import { Cron } from 'croner';
import { durationMs } from '../../../src/kube/duration.ts';
import type { SyncWindows } from '../../../src/kube/external-secrets.ts';

/** Milliseconds until a periodic refresh may happen; 0 is now. Windows that make no sense are left out, as in the reference. */
export function untilOpenMs({ kind = 'allow', windows = [] }: SyncWindows, now: Date): number {
  const all = windows.flatMap(({ schedule = '', duration = '' }) => windowAt(schedule, durationMs(duration), now));
  if (all.length === 0) return 0;
  const inside = all.filter(({ endsMs }) => endsMs > 0);
  if (kind === 'allow') return inside.length > 0 ? 0 : Math.min(...all.map(({ opensMs }) => opensMs));
  // Looked at again then: another window may have opened meanwhile.
  return Math.max(0, ...inside.map(({ endsMs }) => endsMs));
}

interface Window {
  /** Until the next one opens. */
  opensMs: number;
  /** Until the one that is open now ends; 0 when none is. */
  endsMs: number;
}

function windowAt(schedule: string, lengthMs: number | undefined, now: Date): Window[] {
  if (lengthMs === undefined || lengthMs <= 0) return [];
  const cron = cronOf(schedule);
  const next = cron?.nextRun(now);
  if (!cron || !next) return [];
  // The last window that can still be open began within its length before now.
  const began = cron.nextRun(new Date(now.getTime() - lengthMs));
  const isOpen = began !== null && began.getTime() <= now.getTime();
  return [
    {
      opensMs: next.getTime() - now.getTime(),
      endsMs: isOpen ? began.getTime() + lengthMs - now.getTime() : 0,
    },
  ];
}

function cronOf(schedule: string): Cron | undefined {
  // Five fields as in the reference; croner would take seconds and years as well.
  if (!schedule.startsWith('@') && schedule.trim().split(/\s+/).length !== 5) return undefined;
  try {
    return new Cron(schedule, { timezone: 'UTC', paused: true });
  } catch {
    return undefined;
  }
}
