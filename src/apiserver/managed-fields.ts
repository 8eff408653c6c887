// Who owns which field: reading and writing `metadata.managedFields`, and what a write does to it
// (apimachinery pkg/util/managedfields 0.36).

import type { ManagedFieldsEntry } from '../kube/objects.ts';
import {
  difference,
  type FieldSet,
  insert,
  intersection,
  parseFieldSet,
  serializeFieldSet,
  union,
  without,
} from './field-set.ts';
import { type Comparison, compare } from './field-tree.ts';
import { equal, isObject, type JsonObject, objectOr } from './json.ts';
import type { Schema } from './schema-shape.ts';
import { withTypeAndMetadata } from './types.ts';

/** Who writes, and to which part of which kind. */
export interface FieldWriter {
  /** `fieldManager` of the request; empty counts as `unknown`. */
  manager: string;
  /** In which the object was written. */
  apiVersion: string;
  subresource?: string | undefined;
  /** Whether the kind has a status subresource: status then cannot be owned through the object itself. */
  hasStatus: boolean;
  now: Date;
  /** The kind's own schema; type fields and metadata are added here. */
  schema: Schema;
}

/** One entry of managedFields, its fields parsed. */
export interface Owner {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string | undefined;
  time?: string | undefined;
  fields: FieldSet;
}

/** Owners by identity. */
export type Owners = Map<string, Owner>;

/** Applying in another version is still the same manager; updating is not. */
export function ownerId({ manager, operation, apiVersion, subresource = '' }: Omit<Owner, 'fields'>): string {
  return JSON.stringify([manager, operation, subresource, operation === 'Apply' ? '' : apiVersion]);
}

/** Owner of a write that happens now. */
export function ownerOf(writer: FieldWriter, operation: Owner['operation'], fields: FieldSet): Owner {
  const { manager, apiVersion, subresource, now } = writer;
  return { manager: manager || 'unknown', operation, apiVersion, subresource, time: timestamp(now), fields };
}

/** RFC 3339 with whole seconds. */
export function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/** Reads managedFields; undefined when any entry is not understood. */
export function parseOwners(managedFields: unknown): Owners | undefined {
  const owners: Owners = new Map();
  for (const entry of Array.isArray(managedFields) ? managedFields : []) {
    const owner = parseOwner(objectOr(entry));
    if (owner === undefined) return undefined;
    owners.set(ownerId(owner), owner);
  }
  return owners;
}

function parseOwner(entry: JsonObject): Owner | undefined {
  const { manager, operation, apiVersion, subresource, time } = entry as ManagedFieldsEntry;
  const fields = parseFieldSet(entry.fieldsV1 ?? {});
  if ((operation !== 'Apply' && operation !== 'Update') || fields === undefined) return undefined;
  if (entry.fieldsType !== 'FieldsV1' || typeof apiVersion !== 'string') return undefined;
  return { manager: manager ?? '', operation, apiVersion, subresource, time, fields };
}

/** Writes managedFields: Apply before Update, then the oldest first. */
export function serializeOwners(owners: Owners): ManagedFieldsEntry[] {
  const order = ({ operation, time = '', manager, apiVersion, subresource = '' }: Owner) =>
    [operation, time, manager, apiVersion, subresource].join('\0');
  return [...owners.values()]
    .filter(({ fields }) => fields.size > 0)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1' as const,
      fieldsV1: serializeFieldSet(fields),
      ...(subresource ? { subresource } : {}),
    }));
}

/** Metadata that nobody owns: the server's, and what names the object. */
const unowned: FieldSet = new Map();
for (const field of ['apiVersion', 'kind', 'metadata']) insert(unowned, [`f:${field}`]);
for (const field of [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]) {
  insert(unowned, ['f:metadata', `f:${field}`]);
}

export function ownable(fields: FieldSet): FieldSet {
  return difference(fields, unowned);
}

/** Top-level fields that a write through this (sub)resource does not reach. */
export function unreachable({ subresource, hasStatus }: FieldWriter): string[] {
  if (subresource === 'status') return ['f:metadata', 'f:spec'];
  return hasStatus ? ['f:status'] : [];
}

/** What a write through `writer` changed, as far as it reaches. */
export function changesOf(before: JsonObject, after: JsonObject, writer: FieldWriter): Comparison {
  const { added, removed, modified } = compare(before, after, withTypeAndMetadata(writer.schema));
  const reach = (set: FieldSet) => without(set, unreachable(writer));
  return { added: reach(added), removed: reach(removed), modified: reach(modified) };
}

/** What each owner other than `self` holds of the fields that a write sets. */
export function claimsOn(changes: Comparison, owners: Owners, self: string): Map<Owner, FieldSet> {
  const set = union(changes.modified, changes.added);
  const others = [...owners].filter(([id]) => id !== self).map(([, owner]) => owner);
  const claims = others.map((owner) => [owner, intersection(owner.fields, set)] as const);
  return new Map(claims.filter(([, fields]) => fields.size > 0));
}

/** Takes from every owner but `self` what a write set or removed. */
export function release(changes: Comparison, owners: Owners, self: string): void {
  const gone = union(changes.removed, union(changes.modified, changes.added));
  for (const [id, owner] of owners) {
    if (id !== self) owners.set(id, { ...owner, fields: difference(owner.fields, gone) });
  }
}

/** The object without managedFields; the rest is shared with the original. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  if (!isObject(object.metadata)) return object;
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What a create, update or patch writes and where it found the object. */
export interface TrackedUpdate extends FieldWriter {
  /** Undefined for a create. */
  before: JsonObject | undefined;
  /** Its managedFields, where given and valid, replace those of `before`; `[]` and `[{}]` clear them. */
  after: JsonObject;
}

/** The managedFields of `after`: who wrote takes what it set or changed, and nobody keeps what is gone. */
export function trackUpdate(update: TrackedUpdate): ManagedFieldsEntry[] {
  const { before, after } = update;
  const owners = ownersBefore(update);
  // An object whose fields were never tracked stays so until it is first applied.
  if (before !== undefined && owners.size === 0) return [];
  return serializeOwners(recordUpdate(before ?? emptyObject(update.schema), after, owners, update));
}

/** What a create is compared with: built-in structs are there even when empty, so that nobody owns them themselves. */
function emptyObject({ properties = {} }: Schema): JsonObject {
  const structs = Object.entries(properties).filter(
    ([, { properties, default: value }]) => properties && equal(value, {}),
  );
  return Object.fromEntries(structs.map(([key, schema]) => [key, emptyObject(schema)]));
}

/** The owners after `writer` changed `before` into `after`. */
export function recordUpdate(before: JsonObject, after: JsonObject, owners: Owners, writer: FieldWriter): Owners {
  const changes = changesOf(withoutManagedFields(before), withoutManagedFields(after), writer);
  release(changes, owners, '');
  const taken = ownable(union(changes.modified, changes.added));
  if (taken.size === 0) return owners;
  const owner = ownerOf(writer, 'Update', taken);
  const previous = owners.get(ownerId(owner));
  owners.set(ownerId(owner), previous ? { ...owner, fields: union(previous.fields, taken) } : owner);
  return owners;
}

function ownersBefore({ before, after, subresource }: TrackedUpdate): Owners {
  const given = objectOr(after.metadata).managedFields;
  const live = () => parseOwners(objectOr(before?.metadata).managedFields) ?? new Map();
  if (subresource !== undefined) return live();
  if (Array.isArray(given) && given.every((entry) => isObject(entry) && Object.keys(entry).length === 0))
    return new Map();
  const owners = parseOwners(given);
  return owners === undefined || owners.size === 0 ? live() : owners;
}
