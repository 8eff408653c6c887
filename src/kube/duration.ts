// Durations as Go writes them and Kubernetes stores them: `1h30m`, `300ms`, `0`.

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's durations are 64-bit nanoseconds: some 292 years. */
const longestMs = 2 ** 63 / 1e6;

/** Go's time.ParseDuration in milliseconds, fractions included; undefined for what is no duration. May be negative. */
export function durationMs(text: string): number | undefined {
  const [, sign, amount = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const direction = sign === '-' ? -1 : 1;
  if (amount === '0') return 0;
  const part = /([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  while (part.lastIndex < amount.length || amount === '') {
    const [, number, unit = ''] = part.exec(amount) ?? [];
    if (number === undefined) return undefined;
    total += Number(number) * (unitMs[unit] ?? 0);
  }
  return total > longestMs ? undefined : total * direction;
}
