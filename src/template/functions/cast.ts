// How sprig makes numbers of anything (spf13/cast 1.7.0, over Go's strconv): what is no number is zero.

import type { Text } from '../bytes.ts';
import { byKind, type Value } from '../values.ts';

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;

/** An int64, wrapped around as Go's arithmetic does. */
export function wrapped(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** cast.ToInt64: integers, floats cut off, texts by Go's syntax of integers, booleans; zero for the rest. */
export function toInt64(given: Value): bigint {
  const value = byKind(given);
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') return parseInteger(withoutZeroDecimal(value)) ?? 0n;
  return typeof value === 'number' ? truncatedFloat(value) : 0n;
}

/** Go's int64(f) on amd64: what does not fit is the least of all. */
function truncatedFloat(value: number): bigint {
  return Number.isFinite(value) && value >= -(2 ** 63) && value < 2 ** 63 ? BigInt(Math.trunc(value)) : least;
}

/** cast.ToFloat64. */
export function toFloat64(given: Value): number {
  const value = byKind(given);
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? (parseFloat64(value) ?? 0) : 0;
}

/** cast's trimZeroDecimal: "12.00" is "12". */
function withoutZeroDecimal(text: Text): Text {
  return text.replace(/\.0+$/, '');
}

const digitsOf: Record<number, RegExp> = { 2: /^[01]+$/, 8: /^[0-7]+$/, 10: /^[0-9]+$/, 16: /^[0-9a-fA-F]+$/ };
const prefixes: Record<number, string> = { 2: '0b', 8: '0o', 10: '', 16: '0x' };

/** strconv.ParseInt with base 0, or with the base given; `undefined` for wrong syntax and what does not fit. */
export function parseInteger(text: Text, base = 0): bigint | undefined {
  const value = anyInteger(text, base);
  return value === undefined || value < least || value > most ? undefined : value;
}

/** strconv.Atoi without its error, which leaves the nearest integer there is. */
export function atoi(text: Text): bigint {
  const value = anyInteger(text, 10) ?? 0n;
  return value < least ? least : value > most ? most : value;
}

function anyInteger(text: Text, base: number): bigint | undefined {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const { radix, digits } = base === 0 ? byPrefix(body) : { radix: base, digits: body };
  // More digits than fit are only worth their size: BigInt takes quadratic time for them.
  const significant = digits.replace(/^0+(?=.)/, '').slice(0, 70);
  if (!digitsOf[radix]?.test(digits)) return undefined;
  const magnitude = BigInt((prefixes[radix] ?? '') + significant);
  return sign === '-' ? -magnitude : magnitude;
}

/** Go's prefixes, and underscores where Go allows them. */
function byPrefix(body: Text): { radix: number; digits: Text } {
  const [, mark = '', rest = ''] = /^(0[xX]|0[bB]|0[oO]|0(?=.)|)(.*)$/s.exec(body) ?? [];
  const radix = { x: 16, b: 2, o: 8, '0': 8 }[mark.slice(-1).toLowerCase()] ?? 10;
  const isSpaced = mark === '' ? /^[^_]+(_[^_]+)*$/.test(rest) : /^_?[^_]+(_[^_]+)*$/.test(rest);
  return { radix, digits: isSpaced ? rest.replaceAll('_', '') : 'wrong' };
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const hexadecimal = /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d{1,9})$/;

/** strconv.ParseFloat for 64 bits; `undefined` where it fails, which is also where the number is too large. */
export function parseFloat64(text: Text): number | undefined {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const between = /^[+-]?0[xX]/.test(text) ? /(?<=[xX\da-fA-F])_(?=[\da-fA-F])/g : /(?<=\d)_(?=\d)/g;
  const plain = text.replace(between, '');
  const value = decimal.test(plain) ? Number(plain) : parseHexFloat(plain);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function parseHexFloat(text: Text): number | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = hexadecimal.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  // 14 digits are exact; more would have to be rounded once, not twice.
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits.length > 13) return undefined;
  const value = Number.parseInt(`0${digits}`, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}
