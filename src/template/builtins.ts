// The functions that Go's text/template itself provides (funcs.go); `and` and `or` are in the evaluator, which short-circuits them; `slice` is sprig's.

import { decodeRune, isPrintRune, type Text } from './bytes.ts';
import { FunctionFailure } from './errors.ts';
import { sprint, sprintf, sprintln } from './format.ts';
import { deep, type FunctionTable, fn } from './functions.ts';
import { byKind, compareText, expectInt, expectText, GoMap, isList, isTrue, typeName, type Value } from './values.ts';

/** Everything text/template defines, but `call`, for which there are no function values here. */
export const builtins: FunctionTable = {
  not: fn(['any'], ([value]) => !isTrue(value)),
  len: fn(['any'], ([value]) => BigInt(lengthOf(value))),
  index: fn(['any'], ([item, ...indexes]) => indexes.reduce<Value>(elementOf, known(item, 'index')), 'any'),
  print: deep(fn([], (values) => sprint(values), 'any')),
  println: deep(fn([], (values) => sprintln(values), 'any')),
  printf: deep(
    fn(['string'], ([format, ...values], budget) => sprintf(format, values, (w) => budget.checkBytes(w)), 'any'),
  ),
  html: deep(fn([], (values) => escapeHtml(joined(values)), 'any')),
  js: deep(fn([], (values) => escapeJs(joined(values)), 'any')),
  urlquery: deep(fn([], (values) => escapeQuery(joined(values)), 'any')),
  eq: fn(['any'], ([first, ...others]) => isAnyEqual(first, others), 'any'),
  ne: fn(['any', 'any'], ([a, b]) => !isAnyEqual(a, [b])),
  lt: fn(['any', 'any'], ([a, b]) => order(a, b) < 0),
  le: fn(['any', 'any'], ([a, b]) => order(a, b) <= 0),
  gt: fn(['any', 'any'], ([a, b]) => order(a, b) > 0),
  ge: fn(['any', 'any'], ([a, b]) => order(a, b) >= 0),
};

/** What the `html`, `js` and `urlquery` functions work on. */
function joined(values: readonly Value[]): Text {
  return values.length === 1 && typeof values[0] === 'string'
    ? values[0]
    : sprint(values.map((one) => one ?? '<no value>'));
}

function known(item: Value, name: string): Value {
  if (item === undefined || item === null) throw new FunctionFailure(`${name} of untyped nil`);
  return item;
}

function lengthOf(given: Value): number {
  const value = byKind(given);
  if (typeof value === 'string' || isList(value)) return value.length;
  if (value instanceof GoMap) return value.entries.size;
  throw new FunctionFailure(
    value === undefined || value === null ? 'len of nil pointer' : `len of type ${typeName(value)}`,
  );
}

function elementOf(of: Value, index: Value): Value {
  const item = byKind(of);
  if (item instanceof GoMap) {
    const key = expectText(index, 'map key');
    return item.entries.has(key) ? item.entries.get(key) : item.zero;
  }
  if (typeof item === 'string') return BigInt(item.charCodeAt(position(index, item.length - 1)));
  if (isList(item)) return item[position(index, item.length - 1)];
  throw new FunctionFailure(isKnown(item) ? `can't index item of type ${typeName(item)}` : 'index of nil pointer');
}

function isKnown(value: Value): boolean {
  return value !== undefined && value !== null;
}

function position(index: Value, last: number): number {
  const at = expectInt(index, 'index');
  if (at < 0 || at > last) throw new FunctionFailure('index out of range');
  return at;
}

const basic = new Set(['string', 'bigint', 'number', 'boolean']);

function isAnyEqual(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new FunctionFailure('missing argument for comparison');
  return others.some((other) => isEqual(first, other));
}

function isEqual(left: Value, right: Value): boolean {
  const [a, b] = [byKind(left), byKind(right)];
  if (!isKnown(a) || !isKnown(b)) return !isKnown(a) && !isKnown(b);
  if (!basic.has(typeof a) || !basic.has(typeof b)) throw new FunctionFailure('uncomparable types for comparison');
  if (typeof a !== typeof b) throw new FunctionFailure('incompatible types for comparison');
  return a === b;
}

function order(left: Value, right: Value): number {
  const [a, b] = [byKind(left), byKind(right)];
  if (!basic.has(typeof a) || !basic.has(typeof b) || typeof a === 'boolean') {
    throw new FunctionFailure('invalid type for comparison');
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a !== typeof b) throw new FunctionFailure('incompatible types for comparison');
  const [x, y] = [a as bigint, b as bigint];
  // Every comparison with NaN is false, so `order` must be neither sign nor zero.
  if (x === y) return 0;
  return x < y ? -1 : x > y ? 1 : Number.NaN;
}

const htmlEscapes: Record<string, string> = {
  '\0': '\xef\xbf\xbd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

function escapeHtml(text: Text): Text {
  return text.replace(/[\0"'&<>]/g, (one) => htmlEscapes[one] ?? one);
}

const jsEscapes: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

function escapeJs(text: Text): Text {
  let result = '';
  for (let at = 0; at < text.length; ) {
    const { rune, size } = decodeRune(text, at);
    const piece = text.slice(at, at + size);
    if (rune < 0x80) result += jsEscapes[piece] ?? (rune < 0x20 ? `\\u00${hex(rune, 2)}` : piece);
    else result += isPrintRune(rune) ? piece : `\\u${hex(rune, 4)}`;
    at += size;
  }
  return result;
}

/** net/url.QueryEscape. */
function escapeQuery(text: Text): Text {
  return text.replace(/[^A-Za-z0-9_.~-]/g, (byte) => (byte === ' ' ? '+' : `%${hex(byte.charCodeAt(0), 2)}`));
}

function hex(value: number, width: number): string {
  return value.toString(16).toUpperCase().padStart(width, '0');
}
