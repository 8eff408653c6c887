// What a plain scalar means to go-yaml 2.4 (resolve.go), which sigs.k8s.io/yaml reads and writes with.

import { parseFloat64, parseInteger } from './cast.ts';

/** A scalar's meaning. A timestamp is a text, but has to be quoted to be one elsewhere. */
export type Resolved =
  | { kind: 'null' }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'number'; value: number }
  | { kind: 'timestamp' }
  | { kind: 'text' };

const words: Readonly<Record<string, Resolved>> = Object.assign(
  Object.create(null),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(named(true)),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(named(false)),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => ({ [word]: { kind: 'null' } })),
  ...['.nan', '.NaN', '.NAN'].map((word) => ({ [word]: { kind: 'number', value: Number.NaN } })),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => ({
    [word]: { kind: 'number', value: Infinity },
  })),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => ({ [word]: { kind: 'number', value: -Infinity } })),
);

function named(value: boolean) {
  return (word: string) => ({ [word]: { kind: 'boolean', value } });
}

const yamlFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** What a plain scalar is taken for. */
export function resolveScalar(text: string): Resolved {
  const word = words[text];
  if (word !== undefined) return word;
  if (text.startsWith('.')) return numberOr(parseFloat64(text));
  if (!/^[-+0-9]/.test(text)) return { kind: 'text' };
  if (isTimestamp(text)) return { kind: 'timestamp' };
  const plain = text.replaceAll('_', '');
  return numberOr(integerOf(plain) ?? (yamlFloat.test(plain) ? parseFloat64(plain) : undefined));
}

function numberOr(value: number | undefined): Resolved {
  return value === undefined ? { kind: 'text' } : { kind: 'number', value };
}

/** An int64 or uint64 in Go's syntax. */
function integerOf(plain: string): number | undefined {
  const signed = parseInteger(plain);
  if (signed !== undefined) return Number(signed);
  // Beyond int64 there are unsigned integers, which have no sign.
  const isUnsigned = /^(?:[1-9]\d{0,19}|0[xX][\da-fA-F]{1,16}|0[bB][01]{1,64}|0[oO]?[0-7]{1,22})$/.test(plain);
  if (!isUnsigned) return undefined;
  const value = BigInt(/^0[0-7]/.test(plain) ? `0o${plain.slice(1)}` : plain);
  return value < 2n ** 64n ? Number(value) : undefined;
}

const timestamp =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d{2}:\d{2}))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?))?$/;

function isTimestamp(text: string): boolean {
  const match = timestamp.exec(text);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, ...clock] = match.slice(1).map((part) => Number(part ?? 0));
  const [hours = 0, minutes = 0, seconds = 0] = clock.slice(match[4] === undefined ? 3 : 0);
  const daysInMonth = month >= 1 && month <= 12 ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() : 0;
  return day >= 1 && day <= daysInMonth && hours < 24 && minutes < 60 && seconds < 60;
}

/** Whether a text may stand without quotes and still be a text; base-60 floats of YAML 1.1 may not. */
export function isPlainText(text: string): boolean {
  return resolveScalar(text).kind === 'text' && !/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text);
}
