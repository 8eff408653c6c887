// Comparing what documents mean, and saying what they would mean with one object changed.

import { isJsonObject } from './kinds.ts';

/** Whether two plain values are the same. The order of keys is not. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, index) => isEqual(each, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  );
}

/** `value` with the object at `path` (indices into `items`, outermost first) replaced. */
export function withObjectAt(value: unknown, [index, ...rest]: readonly number[], by: unknown): unknown {
  if (index === undefined || !isJsonObject(value) || !Array.isArray(value.items)) return by;
  return { ...value, items: value.items.with(index, withObjectAt(value.items[index], rest, by)) };
}

/** The object at `path` of a document's plain value. */
export function objectAt(value: unknown, [index, ...rest]: readonly number[]): unknown {
  if (index === undefined) return value;
  return isJsonObject(value) && Array.isArray(value.items) ? objectAt(value.items[index], rest) : undefined;
}
