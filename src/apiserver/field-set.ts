// Sets of field paths, and their FieldsV1 form as `metadata.managedFields` carries it (structured-merge-diff v6 fieldpath).

import { isObject, type JsonObject, setMember } from './json.ts';

/** Path element (`f:name`, `k:{"name":"x"}`, `v:"x"`) → whether it is in the set itself, and what is below it. */
export type FieldSet = Map<string, FieldNode>;

interface FieldNode {
  member: boolean;
  children: FieldSet;
}

/** Adds a path; the empty path, which would be the whole object, is never tracked. */
export function insert(set: FieldSet, path: readonly string[]): void {
  let level = set;
  path.forEach((element, index) => {
    const node = level.get(element) ?? { member: false, children: new Map() };
    level.set(element, node);
    if (index === path.length - 1) node.member = true;
    level = node.children;
  });
}

function combine(a: FieldSet, b: FieldSet, keep: (inA: boolean, inB: boolean) => boolean): FieldSet {
  const result: FieldSet = new Map();
  for (const element of new Set([...a.keys(), ...b.keys()])) {
    const [one, other] = [a.get(element), b.get(element)];
    const member = keep(one?.member ?? false, other?.member ?? false);
    const children = combine(one?.children ?? new Map(), other?.children ?? new Map(), keep);
    if (member || children.size > 0) result.set(element, { member, children });
  }
  return result;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA || inB);
}

/** What is in `a` and not in `b`. Taking a parent away leaves its children. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB);
}

/** `set` without these top-level fields and everything below them. */
export function without(set: FieldSet, fields: readonly string[]): FieldSet {
  return new Map([...set].filter(([element]) => !fields.includes(element)));
}

/** Every path of the set, in the order of its text form. */
export function paths(set: FieldSet, parent: readonly string[] = []): string[][] {
  return [...set].sort(byElement).flatMap(([element, { member, children }]) => {
    const path = [...parent, element];
    return [...(member ? [path] : []), ...paths(children, path)];
  });
}

function byElement([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** The FieldsV1 form: a node that is in the set and has children says so with `.`. */
export function serializeFieldSet(set: FieldSet): JsonObject {
  const result: JsonObject = {};
  for (const [element, { member, children }] of [...set].sort(byElement)) {
    const self = member && children.size > 0 ? { '.': {} } : {};
    setMember(result, element, { ...self, ...serializeFieldSet(children) });
  }
  return result;
}

/** Reads FieldsV1; undefined when it is not. */
export function parseFieldSet(fields: unknown): FieldSet | undefined {
  if (!isObject(fields)) return undefined;
  const set: FieldSet = new Map();
  for (const [element, below] of Object.entries(fields)) {
    if (element === '.') continue;
    const children = /^[fkvi]:/.test(element) ? parseFieldSet(below) : undefined;
    if (children === undefined || !isObject(below)) return undefined;
    set.set(element, { member: children.size === 0 || Object.hasOwn(below, '.'), children });
  }
  return set;
}

/** `.spec.containers[name="web"].image`, as conflicts name a field. */
export function printPath(path: readonly string[]): string {
  return path.map(printElement).join('');
}

function printElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('v:')) return `[=${text}]`;
  if (element.startsWith('i:')) return `[${text}]`;
  const keys = Object.entries(JSON.parse(text)).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}
