// Numbers from samples, as the table shows them.

/** The value below which the share `q` (0 to 1) of the samples lies. @param {number[]} samples @param {number} q */
export function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1));
  return sorted[at] ?? Number.NaN;
}

/** @param {number[]} samples */
export const median = (samples) => quantile(samples, 0.5);

/** Milliseconds for people: `4.2 ms`, `37 ms`, `12.3 s`. @param {number} value */
export function ms(value) {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** @param {number} bytes */
export const mb = (bytes) => `${Math.round(bytes / 1e6)} MB`;

/** `a` in units of `b`. @param {number} a @param {number} b */
export const times = (a, b) => `${(a / b).toFixed(2)} ×`;

/** Median and 99th percentile of milliseconds. @param {number[]} samples */
export const spread = (samples) =>
  `p50 ${ms(median(samples))}, p99 ${ms(quantile(samples, 0.99))} (n=${samples.length})`;

/** Milliseconds since `since`, a `performance.now()`. @param {number} since */
export const elapsed = (since) => performance.now() - since;
