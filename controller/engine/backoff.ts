// How long to wait before trying again: from one second to five minutes, never the same for two at once.

/** Chance in [0, 1). */
export type Random = () => number;

const firstMs = 1_000;
const longestMs = 300_000;

/** Milliseconds to wait after `failures` (≥ 1) failures in a row: doubling, capped at five minutes, up to a fifth less by chance. */
export function backoffMs(failures: number, random: Random): number {
  const full = Math.min(firstMs * 2 ** Math.min(failures - 1, 20), longestMs);
  return Math.round(full * (1 - random() * 0.2));
}
