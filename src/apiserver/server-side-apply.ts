// Server-side apply: merging an applied configuration, removing what its manager no longer states, and refusing to take
// another manager's field without force (structured-merge-diff v6 merge.Updater).

import { parseJson } from '../encoding/json.ts';
import { difference, type FieldSet, intersection, paths, printPath, union, without } from './field-set.ts';
import { compare, fieldsOf, itemElement, merge, remove, withNamedParents } from './field-tree.ts';
import { canonical, equal, isObject, type JsonObject, objectOr } from './json.ts';
import {
  changesOf,
  claimsOn,
  type FieldWriter,
  type Owner,
  type Owners,
  ownable,
  ownerId,
  ownerOf,
  parseOwners,
  recordUpdate,
  release,
  serializeOwners,
  unreachable,
  withoutManagedFields,
} from './managed-fields.ts';
import { memberSchema, type Schema } from './schema-shape.ts';
import type { Cause } from './status.ts';
import { withTypeAndMetadata } from './types.ts';

export interface ApplyRequest extends FieldWriter {
  /** Undefined when the apply creates the object. */
  live: JsonObject | undefined;
  applied: JsonObject;
  /** Take fields from other managers instead of refusing. */
  force: boolean;
}

/** `changed` is false when nothing would be written; a conflict is a 409, a problem has its own HTTP status. */
export type ApplyResult =
  | { object: JsonObject; changed: boolean }
  | { conflicts: Cause[]; message: string }
  | { problem: string; code: 400 | 500 };

/** Applies a configuration. `object` carries its new managedFields; the server's own metadata is left as in `live`. */
export function serverSideApply(request: ApplyRequest): ApplyResult {
  const schema = withTypeAndMetadata(request.schema);
  const applied = withoutEmptyTimestamp(request.applied);
  if (objectOr(applied.metadata).managedFields != null)
    return { problem: 'metadata.managedFields must be nil', code: 400 };
  const untyped = undeclared(applied, schema, '');
  if (untyped.length > 0) return { problem: describeUntyped(applied, untyped), code: 500 };

  const live = withoutManagedFields(request.live ?? {});
  const owners = ownersOf(request, live);
  const before = serializeOwners(owners);
  const mine = ownerOf(request, 'Apply', without(fieldsOf(applied, schema), unreachable(request)));
  const self = ownerId(mine);
  const last = owners.get(self);
  owners.set(self, mine);

  const object = dropForgotten(merge(live, applied, schema) as JsonObject, last?.fields, owners, schema);
  const changes = changesOf(live, object, request);
  const claims = claimsOn(changes, owners, self);
  const disputed = request.force ? new Map() : withoutClientSideApplied(claims, live, request, schema);
  if (disputed.size > 0) return conflict(disputed);
  release(changes, owners, self);

  const isNew = !equal(live, object);
  owners.set(self, { ...mine, time: isNew ? mine.time : last?.time, fields: ownable(mine.fields) });
  const managedFields = serializeOwners(owners);
  const result = withLastApplied(object, applied, request.manager);
  const changed = request.live === undefined || isNew || !equal(withoutTimes(before), withoutTimes(managedFields));
  const ownership = managedFields.length > 0 ? { managedFields } : {};
  return { object: { ...result, metadata: { ...objectOr(result.metadata), ...ownership } }, changed };
}

function withoutTimes(entries: ReturnType<typeof serializeOwners>) {
  return entries.map(({ time: _time, ...entry }) => entry);
}

// Manifests printed by `kubectl create --dry-run` say `creationTimestamp: null`.
function withoutEmptyTimestamp(applied: JsonObject): JsonObject {
  if (!isObject(applied.metadata) || applied.metadata.creationTimestamp !== null) return applied;
  const { creationTimestamp: _creationTimestamp, ...metadata } = applied.metadata;
  return { ...applied, metadata };
}

/** Fields of an object that nobody tracked so far belong to `before-first-apply`. */
function ownersOf(request: ApplyRequest, live: JsonObject): Owners {
  const owners = parseOwners(objectOr(request.live?.metadata).managedFields) ?? new Map();
  if (request.live === undefined || owners.size > 0) return owners;
  return recordUpdate({}, live, owners, { ...request, manager: 'before-first-apply' });
}

/** Removes what this manager applied last time, does not apply now, and nobody else holds. */
function dropForgotten(merged: JsonObject, last: FieldSet | undefined, owners: Owners, schema: Schema): JsonObject {
  if (last === undefined || last.size === 0) return merged;
  const named = (set: FieldSet) => withNamedParents(set, schema);
  const lastNamed = named(last);
  const mergedFields = named(fieldsOf(merged, schema));
  const stripped = objectOr(remove(merged, lastNamed, schema));
  const held = [...owners.values()].reduce((set: FieldSet, owner) => union(set, owner.fields), new Map());
  const kept = union(named(fieldsOf(stripped, schema)), named(held));
  const restored = objectOr(remove(merged, difference(mergedFields, kept), schema));
  const gone = difference(mergedFields, named(fieldsOf(restored, schema)));
  return objectOr(remove(merged, intersection(gone, lastNamed), schema));
}

/**
 * `kubectl apply --server-side` may take over what `kubectl apply` wrote: fields that still are as the last-applied
 * annotation has them are not in dispute.
 */
function withoutClientSideApplied(
  claims: Map<Owner, FieldSet>,
  live: JsonObject,
  { manager, apiVersion }: ApplyRequest,
  schema: Schema,
): Map<Owner, FieldSet> {
  const text = objectOr(objectOr(live.metadata).annotations)[lastApplied];
  const applied = manager === 'kubectl' && typeof text === 'string' ? parseJson(text) : undefined;
  if (!isObject(applied) || applied.apiVersion !== apiVersion) return claims;
  // What does not fit the schema cannot be compared.
  if (undeclared(applied, schema, '').length > 0) return claims;
  const { added, modified, removed } = compare(applied, live, schema);
  const same = [added, modified, removed].reduce(difference, fieldsOf(applied, schema));
  const rest = [...claims].map(([owner, fields]) => [owner, difference(fields, same)] as const);
  return new Map(rest.filter(([, fields]) => fields.size > 0));
}

function conflict(claims: Map<Owner, FieldSet>): ApplyResult {
  const sorted = [...claims].sort(([a], [b]) => (describeOwner(a) < describeOwner(b) ? -1 : 1));
  const conflicts = sorted.flatMap(([owner, fields]) =>
    paths(fields).map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${describeOwner(owner)}`,
      field: printPath(path),
    })),
  );
  const [first] = conflicts;
  if (conflicts.length === 1 && first) {
    return { conflicts, message: `Apply failed with 1 conflict: ${first.message}: ${first.field}` };
  }
  const lines = sorted.flatMap(([owner, fields]) => [
    `conflicts with ${describeOwner(owner)}:`,
    ...paths(fields).map((path) => `- ${printPath(path)}`),
  ]);
  return { conflicts, message: `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}` };
}

function describeOwner({ manager, operation, apiVersion, subresource }: Owner): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Keeps the annotation of client-side apply true when `kubectl apply --server-side` takes over. */
function withLastApplied(object: JsonObject, applied: JsonObject, manager: string): JsonObject {
  const metadata = objectOr(object.metadata);
  const annotations = objectOr(metadata.annotations);
  if (manager !== 'kubectl' || !annotations[lastApplied]) return object;
  const { annotations: stated, ...rest } = objectOr(applied.metadata);
  const { [lastApplied]: _annotation, ...others } = objectOr(stated);
  const kept = Object.keys(others).length > 0 ? { annotations: others } : {};
  const configuration = { ...applied, metadata: { ...rest, ...kept } };
  const text = `${canonical(configuration)}\n`;
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [lastApplied]: text } } };
}

function describeUntyped({ apiVersion, kind, metadata }: JsonObject, problems: string[]): string {
  const { namespace = '', name = '' } = objectOr(metadata);
  const version = String(apiVersion).includes('/') ? apiVersion : `/${apiVersion}`;
  const list = problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  return `failed to create typed patch object (${namespace}/${name}; ${version}, Kind=${kind}): ${list}`;
}

const typeNames: Partial<Record<string, string>> = {
  object: 'map',
  array: 'list',
  integer: 'numeric',
  number: 'numeric',
};

/** Where an applied object does not fit its schema's structure, so that ownership cannot be told. */
function undeclared(value: unknown, schema: Schema | undefined, path: string): string[] {
  if (schema === undefined || value === null) return [];
  const { type } = schema;
  const actual = Array.isArray(value) ? 'array' : typeof value === 'number' ? 'number' : typeof value;
  const expected = type && (typeNames[type] ?? type);
  // The value itself may be a secret.
  if (expected && expected !== (typeNames[actual] ?? actual)) return [`${path}: expected ${expected}, got ${actual}`];
  if (Array.isArray(value)) return undeclaredItems(value, schema, path);
  return isObject(value) ? undeclaredMembers(value, schema, path) : [];
}

function undeclaredMembers(value: JsonObject, schema: Schema, path: string): string[] {
  const open = schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties === true;
  const typeFields = schema['x-kubernetes-embedded-resource'] ? ['apiVersion', 'kind', 'metadata'] : [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = memberSchema(schema, key);
    if (known !== undefined) return undeclared(inner, known, `${path}.${key}`);
    return open || typeFields.includes(key) ? [] : [`${path}.${key}: field not declared in schema`];
  });
}

function undeclaredItems(items: unknown[], schema: Schema, path: string): string[] {
  const type = schema['x-kubernetes-list-type'];
  const associative = type === 'map' || type === 'set';
  const elements = items.map((item) => (associative ? itemElement(item, schema) : undefined));
  const keys = (schema['x-kubernetes-list-map-keys'] ?? []).map((key) => JSON.stringify(key)).join(' ');
  return items.flatMap((item, index) => {
    const element = elements[index];
    const inner = undeclared(item, schema.items, `${path}${element ? printPath([element]) : `[${index}]`}`);
    if (!associative) return inner;
    if (element !== undefined) {
      const repeated = elements.indexOf(element) < index;
      return repeated ? [`${path}: duplicate entries for key ${printPath([element])}`] : inner;
    }
    const why =
      type === 'set'
        ? 'associative list without keys has an element that is not a scalar'
        : `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
    return [`${path}: element ${index}: ${why}`];
  });
}
