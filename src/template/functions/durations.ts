// Go's time.Duration, in nanoseconds: read, and written.

import type { Text } from '../bytes.ts';

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\xc2\xb5s': 1_000n,
  '\xce\xbcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** time.ParseDuration; `undefined` for wrong syntax and what does not fit into 64 bits. */
export function parseDuration(text: Text): bigint | undefined {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0n;
  const part = /(\d*)(?:\.(\d*))?([^\d.]+)/y;
  let total = 0n;
  for (let at = 0; at < body.length; at = part.lastIndex) {
    part.lastIndex = at;
    const [, whole = '', fraction = '', name = ''] = part.exec(body) ?? [];
    const unit = Object.hasOwn(units, name) ? units[name] : undefined;
    if (unit === undefined || whole + fraction === '' || whole.length > 19) return undefined;
    const digits = fraction.slice(0, 18);
    total += BigInt(whole || '0') * unit + (BigInt(digits || '0') * unit) / 10n ** BigInt(digits.length);
    if (total > 2n ** 63n) return undefined;
  }
  if (body === '' || (total === 2n ** 63n && sign !== '-')) return undefined;
  return sign === '-' ? -total : total;
}

/** Duration.String of whole seconds, as sprig's `duration` makes them. */
export function durationText(nanoseconds: bigint): Text {
  const isNegative = nanoseconds < 0n;
  const seconds = (isNegative ? -nanoseconds : nanoseconds) / 1_000_000_000n;
  const [hours, minutes] = [seconds / 3600n, (seconds / 60n) % 60n];
  const start = (hours > 0n ? `${hours}h` : '') + (hours > 0n || minutes > 0n ? `${minutes}m` : '');
  const fraction = ((isNegative ? -nanoseconds : nanoseconds) % 1_000_000_000n)
    .toString()
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${isNegative ? '-' : ''}${start}${seconds % 60n}${fraction && `.${fraction}`}s`;
}

const steps: readonly [bigint, string][] = [
  [8_760n * 3_600_000_000_000n, 'y'],
  [720n * 3_600_000_000_000n, 'mo'],
  [24n * 3_600_000_000_000n, 'd'],
  [3_600_000_000_000n, 'h'],
  [60_000_000_000n, 'm'],
  [1_000_000_000n, 's'],
];

/** sprig's durationRound: the largest unit that it is more than one of. */
export function roundedDuration(nanoseconds: bigint): Text {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const found = steps.find(([unit]) => size > unit);
  return found === undefined ? '0s' : `${size / found[0]}${found[1]}`;
}
