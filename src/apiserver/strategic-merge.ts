// Strategic merge patch: a merge patch that joins lists by the keys their schema names
// (apimachinery pkg/util/strategicpatch 0.36).

import { canonical, isObject, type JsonObject, member, setMember } from './json.ts';
import { PatchError } from './merge-patch.ts';
import { memberSchema, type Schema } from './schema-shape.ts';

const directive = '$patch';
const retainKeys = '$retainKeys';
const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/** `target` with `patch` merged in; neither is changed. Throws `PatchError` for directives that make no sense. */
export function strategicMerge(target: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  return mergeMap(structuredClone(target), structuredClone(patch), schema);
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  if (directive in patch) return replaceOrDelete(patch);
  retain(original, patch);
  const before = { ...original };
  for (const [key, value] of Object.entries(patch)) {
    if (key === retainKeys || key.startsWith(orderPrefix)) continue;
    if (key.startsWith(deletePrefix)) removeItems(original, key.slice(deletePrefix.length), value);
    else mergeMember(original, key, value, memberSchema(schema, key));
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    const field = key.slice(orderPrefix.length);
    reorder({ object: original, before, key: field, order, stated: member(patch, field), schema });
  }
  return original;
}

function replaceOrDelete({ [directive]: action, ...rest }: JsonObject): JsonObject {
  if (action === 'replace') return rest;
  if (action === 'delete') return {};
  throw new PatchError(422, `unknown patch type found: ${JSON.stringify(action)}`);
}

function retain(original: JsonObject, patch: JsonObject): void {
  const keys = patch[retainKeys];
  if (keys === undefined) return;
  const stated = Object.entries(patch).filter(([key, value]) => value !== null && !key.startsWith('$'));
  if (!Array.isArray(keys) || stated.some(([key]) => !keys.includes(key))) {
    throw new PatchError(400, 'invalid patch format of retainKeys');
  }
  for (const key of Object.keys(original)) if (!keys.includes(key)) delete original[key];
}

function removeItems(original: JsonObject, key: string, items: unknown): void {
  const list = member(original, key);
  if (!Array.isArray(items)) throw new PatchError(400, 'invalid patch format of primitive list');
  if (Array.isArray(list)) original[key] = list.filter((item) => !items.includes(item));
}

function mergeMember(original: JsonObject, key: string, value: unknown, schema: Schema | undefined): void {
  const old = member(original, key);
  const strategy = schema?.['x-kubernetes-patch-strategy']?.split(',') ?? [];
  if (value === null) delete original[key];
  else if (isObject(old) && isObject(value) && !strategy.includes('replace')) {
    setMember(original, key, mergeMap(old, value, schema));
  } else if (Array.isArray(old) && Array.isArray(value) && strategy.includes('merge')) {
    setMember(original, key, mergeList(old, value, schema ?? {}));
  } else {
    const plain = withoutDirectives(value);
    if (plain === undefined) delete original[key];
    else setMember(original, key, plain);
  }
}

/** A value that meets nothing to merge with; undefined when all it says is a directive. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (directive in value) return undefined;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    const plain = key.startsWith('$') ? undefined : withoutDirectives(inner);
    // Null deletes, and there is nothing to delete.
    if (plain !== undefined && plain !== null) setMember(result, key, plain);
  }
  return result;
}

function mergeList(original: unknown[], patch: unknown[], schema: Schema): unknown[] {
  const key = schema['x-kubernetes-patch-merge-key'];
  if (key === undefined) {
    const merged = [...new Set([...original, ...patch])];
    return inOrder(merged, patch, original, identity);
  }
  const keyOf = keyReader(key);
  const { kept, stated } = applyItemDirectives(original, patch, keyOf);
  const merged = [...kept];
  for (const item of stated) {
    const at = merged.findIndex((one) => keyOf(one) === keyOf(item));
    const old = merged[at];
    if (isObject(old) && isObject(item)) merged[at] = mergeMap(old, item, schema.items);
    else merged.push(withoutDirectives(item));
  }
  return inOrder(merged, stated, kept, keyOf);
}

const identity = (item: unknown) => canonical(item);

const keyReader = (key: string) => (item: unknown) => {
  if (!isObject(item) || !Object.hasOwn(item, key)) {
    throw new PatchError(422, `map: item does not contain declared merge key: ${key}`);
  }
  return canonical(item[key]);
};

type KeyOf = (item: unknown) => string;

function applyItemDirectives(original: unknown[], patch: unknown[], keyOf: KeyOf) {
  let kept = original;
  const stated: unknown[] = [];
  for (const item of patch) {
    const action = isObject(item) ? item[directive] : undefined;
    if (action === undefined) stated.push(item);
    else if (action === 'delete') kept = kept.filter((one) => keyOf(one) !== keyOf(item));
    else if (action !== 'replace') throw new PatchError(422, `unknown patch type found: ${JSON.stringify(action)}`);
  }
  const replaces = patch.some((item) => isObject(item) && item[directive] === 'replace');
  return { kept: replaces ? [] : kept, stated };
}

interface Order {
  object: JsonObject;
  before: JsonObject;
  key: string;
  order: unknown;
  stated: unknown;
  schema: Schema | undefined;
}

function reorder({ object, before, key, order, stated, schema }: Order): void {
  if (!Array.isArray(order)) throw new PatchError(400, 'invalid patch format of setElementOrder list');
  const list = member(object, key);
  if (!Array.isArray(list)) return;
  const mergeKey = memberSchema(schema, key)?.['x-kubernetes-patch-merge-key'];
  const keyOf = mergeKey === undefined ? identity : keyReader(mergeKey);
  const items = (Array.isArray(stated) ? stated : []).filter((item) => !(isObject(item) && directive in item));
  const wanted = order.map(keyOf);
  if (items.some((item) => !wanted.includes(keyOf(item)))) {
    throw new PatchError(422, "the order in patch list doesn't match the $setElementOrder list");
  }
  const old = member(before, key);
  object[key] = inOrder(list, order, Array.isArray(old) ? old : [], keyOf);
}

/** Items named in `order` follow it; the others keep their place relative to what they stood before on the server. */
function inOrder(list: unknown[], order: unknown[], server: unknown[], keyOf: KeyOf): unknown[] {
  const wanted = order.map(keyOf);
  const known = server.map(keyOf);
  const by = (keys: string[]) => (a: unknown, b: unknown) => keys.indexOf(keyOf(a)) - keys.indexOf(keyOf(b));
  const ordered = list.filter((item) => wanted.includes(keyOf(item))).sort(by(wanted));
  const others = list.filter((item) => !wanted.includes(keyOf(item))).sort(by(known));
  const result: unknown[] = [];
  for (const item of ordered) {
    const place = known.indexOf(keyOf(item));
    while (others.length > 0 && place >= 0 && isBefore(known, keyOf(others[0]), place)) result.push(others.shift());
    result.push(item);
  }
  return [...result, ...others];
}

function isBefore(known: string[], key: string, place: number): boolean {
  const at = known.indexOf(key);
  return at >= 0 && at < place;
}
