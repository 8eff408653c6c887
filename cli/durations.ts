// Spans of time as people read and write them.

import { UsageError } from '../src/errors.ts';
import { durationMs } from '../src/kube/duration.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `45s`, `12m`, `3h20m`, `2d4h`, `41d`: as kubectl shows ages. Below zero counts as nothing. */
export function spanText(ms: number): string {
  const at = Math.max(0, ms);
  if (at < 2 * minuteMs) return `${Math.floor(at / 1000)}s`;
  if (at < 3 * hourMs) return `${Math.floor(at / minuteMs)}m`;
  if (at < 2 * dayMs) return two(at, hourMs, 'h', minuteMs, 'm');
  if (at < 8 * dayMs) return two(at, dayMs, 'd', hourMs, 'h');
  return `${Math.floor(at / dayMs)}d`;
}

// Timers of 2^31 ms and more would fire at once.
const longestMs = 2 ** 31 - 1;

/** How long an option lets something take, in milliseconds: `90s`, `10m`. Throws `UsageError` for what is no such time. */
export function timeLimitOf(option: string, given: string | undefined, standardMs: number): number {
  const ms = given === undefined ? standardMs : durationMs(given);
  if (ms !== undefined && ms > 0 && ms <= longestMs) return ms;
  throw new UsageError(`${option} cannot be "${given}"`, { hint: 'a duration with its unit: 90s, 10m, 1h30m' });
}

function two(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeUnit}${rest > 0 ? `${rest}${smallUnit}` : ''}`;
}

/** The moment in RFC 3339 text; undefined for what is none. */
export function momentOf(text: unknown): Date | undefined {
  if (typeof text !== 'string') return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
