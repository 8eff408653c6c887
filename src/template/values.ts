// The values a template works on, in Go's terms, and the few questions the language asks of any of them.

import type { Text } from './bytes.ts';
import { FunctionFailure } from './errors.ts';

/**
 * A Go value. Text is a string of bytes, bigint an integer, number a float64, `null` a nil interface,
 * `undefined` no value at all (a missing map key reached by a field).
 */
export type Value =
  | Text
  | bigint
  | number
  | boolean
  | null
  | undefined
  | readonly Value[]
  | GoMap
  | GoStruct
  | GoNumber;

/** A nil slice: empty like any other, but JSON and YAML write it as `null`. */
export const nilList: readonly Value[] = Object.freeze([]);

/** A Go value with a type of its own, such as a time or a version: templates print it and read its fields. */
export class GoStruct {
  /** As `%T` has it. */
  readonly type: string;
  /** What `%v` prints, and JSON writes as a string. */
  readonly text: Text;
  readonly json: Text;
  /** Fields, and methods that take nothing. */
  readonly fields: ReadonlyMap<string, Value>;

  constructor(one: { type: string; text: Text; json?: Text; fields?: Iterable<readonly [string, Value]> }) {
    this.type = one.type;
    this.text = one.text;
    this.json = one.json ?? one.text;
    this.fields = new Map(one.fields ?? []);
  }
}

/** Go's json.Number, which keeps a number as it was written: a string in kind, but no `string` to functions that want one. */
export class GoNumber {
  readonly type = 'json.Number';
  readonly text: Text;

  constructor(text: Text) {
    this.text = text;
  }
}

/** What comparisons and lengths see: the text of a json.Number, and anything else as it is. */
export function byKind(value: Value): Exclude<Value, GoNumber> {
  return value instanceof GoNumber ? value.text : value;
}

/** A Go struct of plain exported fields: printed in braces, and an object in JSON and YAML. */
export class GoRecord extends GoStruct {
  constructor(type: string, fields: readonly (readonly [string, Text])[]) {
    super({ type, text: `{${fields.map(([, value]) => value).join(' ')}}`, fields });
  }
}

/** A Go map with string keys. */
export class GoMap {
  readonly entries: Map<Text, Value>;
  /** What `index` gives for a missing key: `''` for map[string]string, `null` for map[string]any. */
  readonly zero: Value;

  constructor(entries: Iterable<readonly [Text, Value]>, zero: Value = null) {
    this.entries = new Map(entries);
    this.zero = zero;
  }

  /** Keys in the order in which Go prints and ranges: by bytes. */
  sortedKeys(): Text[] {
    return [...this.entries.keys()].sort(compareText);
  }
}

/** Byte order, as Go compares strings. */
export function compareText(a: Text, b: Text): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether Go sees a slice. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The Go type's name, for messages and `%T`. Never the value. */
export function typeName(value: Value): string {
  if (value === undefined || value === null) return '<nil>';
  if (isList(value)) return '[]interface {}';
  if (value instanceof GoStruct || value instanceof GoNumber) return value.type;
  if (value instanceof GoMap) return value.zero === '' ? 'map[string]string' : 'map[string]interface {}';
  return { string: 'string', bigint: 'int', number: 'float64', boolean: 'bool' }[typeof value as 'string'] ?? 'unknown';
}

/** text/template's truth: everything but the zero value of its type. */
export function isTrue(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  if (value instanceof GoMap) return value.entries.size > 0;
  return Boolean(value);
}

/** The value as Text, or a failure that says which type came instead. */
export function expectText(value: Value, what = 'value'): Text {
  if (typeof value !== 'string') throw new FunctionFailure(`${what} has type ${typeName(value)}; expected string`);
  return value;
}

/** A Go int within the range in which arithmetic on lengths is exact here. */
export function expectInt(value: Value, what = 'value'): number {
  if (typeof value !== 'bigint') throw new FunctionFailure(`${what} has type ${typeName(value)}; expected integer`);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
    throw new FunctionFailure(`${what} is out of range`);
  }
  return Number(value);
}
