// Objects as trees of owned fields: which paths they have, what changed between two, merging one into another and taking
// paths out, all by the list and map types of a schema (structured-merge-diff v6 typed).

import { type FieldSet, insert } from './field-set.ts';
import { canonical, equal, isObject, type JsonObject, member, objectOr, setMember } from './json.ts';
import { memberSchema, type Schema } from './schema-shape.ts';

type Shape = 'leaf' | 'map' | 'list';

/** How a value is owned: as a whole, by member, or by item. Lists of unknown type are owned as a whole. */
function shapeOf(value: unknown, schema: Schema | undefined): Shape | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) {
    const type = schema?.['x-kubernetes-list-type'];
    return type === 'map' || type === 'set' ? 'list' : 'leaf';
  }
  return isObject(value) && schema?.['x-kubernetes-map-type'] !== 'atomic' ? 'map' : 'leaf';
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

const fieldElement = (key: string) => `f:${key}`;

/** What an item of a keyed list or a set is called; undefined when it has no key. */
export function itemElement(item: unknown, schema: Schema): string | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') {
    return item === null || typeof item === 'object' ? undefined : `v:${JSON.stringify(item)}`;
  }
  if (!isObject(item)) return undefined;
  const keys: JsonObject = {};
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const value = member(item, key) ?? schema.items?.properties?.[key]?.default;
    if (value !== undefined) setMember(keys, key, value);
  }
  return isEmpty(keys) ? undefined : `k:${canonical(keys)}`;
}

interface Child {
  element: string;
  value: unknown;
  schema: Schema | undefined;
  /** Struct fields are owned through their leaves, keys of maps and items by themselves. */
  named: boolean;
}

function childrenOf(value: unknown, schema: Schema | undefined): Child[] {
  if (Array.isArray(value)) {
    return value.map((item, index) => ({
      element: itemElement(item, schema ?? {}) ?? `i:${index}`,
      value: item,
      schema: schema?.items,
      named: false,
    }));
  }
  return Object.entries(objectOr(value)).map(([key, inner]) => ({
    element: fieldElement(key),
    value: inner,
    schema: memberSchema(schema, key),
    named: schema?.properties !== undefined && Object.hasOwn(schema.properties, key),
  }));
}

/** Every field that an applied object states an opinion on. */
export function fieldsOf(object: unknown, schema: Schema, path: string[] = [], set: FieldSet = new Map()): FieldSet {
  for (const child of childrenOf(object, schema)) {
    const inner = [...path, child.element];
    const shape = shapeOf(child.value, child.schema);
    const empty = shape !== 'list' && isEmpty(child.value);
    if (shape === 'leaf' || empty || !child.named) insert(set, inner);
    if (shape === 'map' || shape === 'list') fieldsOf(child.value, child.schema ?? {}, inner, set);
  }
  return set;
}

/** What differs between two states. A field that came or went is listed with everything below it. */
export interface Comparison {
  added: FieldSet;
  removed: FieldSet;
  modified: FieldSet;
}

export function compare(before: unknown, after: unknown, schema: Schema): Comparison {
  const found: Comparison = { added: new Map(), removed: new Map(), modified: new Map() };
  compareAt(before, after, schema, [], found);
  return found;
}

function compareAt(
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  path: string[],
  found: Comparison,
): void {
  const [was, is] = [shapeOf(before, schema), shapeOf(after, schema)];
  if (before === undefined) insert(found.added, path);
  if (after === undefined) insert(found.removed, path);
  const both = before !== undefined && after !== undefined;
  const leaf = was === 'leaf' || is === 'leaf' || (isEmpty(before) && isEmpty(after));
  if (both && leaf && !equal(before, after)) insert(found.modified, path);
  const left = was === 'leaf' ? new Map<string, Child>() : byElement(before, schema);
  const right = is === 'leaf' ? new Map<string, Child>() : byElement(after, schema);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const [one, other] = [left.get(element), right.get(element)];
    compareAt(one?.value, other?.value, one?.schema ?? other?.schema, [...path, element], found);
  }
}

// Of items with the same key only the first counts; validation refuses the others.
function byElement(value: unknown, schema: Schema | undefined): Map<string, Child> {
  return new Map(
    childrenOf(value, schema)
      .reverse()
      .map((child) => [child.element, child]),
  );
}

/** `applied` merged over `live`: members and keyed items are joined, everything else is taken from `applied`. */
export function merge(live: unknown, applied: unknown, schema: Schema | undefined): unknown {
  if (applied === undefined) return live;
  // Null says nothing about what is inside a map or a keyed list.
  if (applied === null && !isEmpty(live) && shapeOf(live, schema) !== 'leaf') return live;
  if (live === undefined || applied === null) return applied;
  const shape = shapeOf(applied, schema);
  if (shape === 'leaf' || shape !== shapeOf(live, schema) || (isEmpty(live) && isEmpty(applied))) return applied;
  if (Array.isArray(applied) && Array.isArray(live)) return mergeItems(live, applied, schema ?? {});
  const result: JsonObject = {};
  for (const key of new Set([...Object.keys(objectOr(live)), ...Object.keys(objectOr(applied))])) {
    setMember(
      result,
      key,
      merge(member(objectOr(live), key), member(objectOr(applied), key), memberSchema(schema, key)),
    );
  }
  return result;
}

// The order of typed/merge.go: shared items follow `applied`, items of `live` alone stay before the shared item they preceded.
function mergeItems(live: unknown[], applied: unknown[], schema: Schema): unknown[] {
  const [left, right] = [byElement(live, schema), byElement(applied, schema)];
  const own = childrenOf(live, schema);
  const wanted = childrenOf(applied, schema).map(({ element }) => element);
  const shared = wanted.filter((element) => left.has(element));
  const result = new Map<string, unknown>();
  const take = (element: string) => {
    result.set(element, merge(left.get(element)?.value, right.get(element)?.value, schema.items));
    if (shared[0] === element) shared.shift();
  };
  let next = 0;
  for (const { element, value } of own) {
    if (!right.has(element)) result.set(element, value);
    else if (!result.has(element) && shared[0] === element) {
      while (wanted[next] !== element) take(wanted[next++] ?? element);
      take(wanted[next++] ?? element);
    }
  }
  for (const element of wanted.slice(next)) take(element);
  return [...result.values()];
}

/** `value` without the fields of `set`; what is emptied by that goes too. */
export function remove(value: unknown, set: FieldSet, schema: Schema | undefined): unknown {
  const shape = shapeOf(value, schema);
  if (set.size === 0 || isEmpty(value)) return value;
  if (shape !== 'map' && shape !== 'list') return shape === 'leaf' && typeof value === 'object' ? undefined : value;
  const kept = childrenOf(value, schema)
    .filter(({ element }) => !set.get(element)?.member)
    .map((child) => ({
      ...child,
      value: remove(child.value, set.get(child.element)?.children ?? new Map(), child.schema),
    }))
    .filter((child) => child.value !== undefined);
  if (kept.length === 0) return undefined;
  if (Array.isArray(value)) return kept.map((child) => child.value);
  const result: JsonObject = {};
  for (const child of kept) setMember(result, child.element.slice(2), child.value);
  return result;
}

/** `set` with the struct fields above its paths in it as well. */
export function withNamedParents(set: FieldSet, schema: Schema | undefined): FieldSet {
  return new Map(
    [...set].map(([element, { member, children }]) => {
      const key = element.slice(2);
      const isField = element.startsWith('f:');
      const inner = isField ? memberSchema(schema, key) : schema?.items;
      const named = isField && schema?.properties !== undefined && Object.hasOwn(schema.properties, key);
      return [element, { member: member || named, children: withNamedParents(children, inner) }];
    }),
  );
}
