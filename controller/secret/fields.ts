// Who wrote which part of a Secret, read from its managedFields: it tells our own writes from foreign ones without a look at the data.

import { createHash } from 'node:crypto';
import type { ManagedFieldsEntry, ObjectMeta } from '../../src/kube/objects.ts';
import { isEsoFieldManager, objectHash } from './eso.ts';
import { isVaultWrite } from './vso.ts';

/** The parts of a Secret that a writer can own, by name; `owners` are UIDs of ownerReferences. */
export interface Parts {
  data: Set<string>;
  labels: Set<string>;
  annotations: Set<string>;
  owners: Set<string>;
}

/** Parts by who wrote them. A part that two writers hold stands under both. */
export interface Writers {
  /** Written by us, under any of our field managers. */
  ours: Parts;
  /** Written by the Sealed Secrets controller, External Secrets Operator or Vault Secrets Operator. */
  reference: Parts;
  others: Parts;
}

/** Our field manager wherever the whole Secret is ours. */
export const wholeManager = 'sealwright';

/** Our field manager where we own the data of a Secret that someone else made. */
export const fillManager = 'sealwright-fill';

/** Our field manager where we only merge our items into a Secret of someone else. */
export const mergeManager = 'sealwright-merge';

// What the Sealed Secrets controller is called: client-go names an Update by the program (0.36: cmd/controller), older images by their file.
const referenceManagers = ['controller', 'sealed-secrets-controller', 'sealed-secrets'];

/** Our field manager for the items that the ExternalSecret called `name` merges into a Secret: several may merge into one. */
export const mergeManagerOf = (name: string) => `${mergeManager}/${name.length > 100 ? objectHash(name) : name}`;

const isOurManager = (manager = '') =>
  [wholeManager, fillManager, mergeManager].includes(manager) || manager.startsWith(`${mergeManager}/`);

/** The field managers of those ExternalSecrets that merged into the Secret. */
export function mergersOf(managedFields: readonly ManagedFieldsEntry[] = []): readonly string[] {
  const mergers = managedFields.flatMap(({ manager = '' }) =>
    manager.startsWith(`${mergeManager}/`) ? [manager] : [],
  );
  return mergers.length > 0 ? [...new Set(mergers)] : nobody;
}

// Shared, because nearly all Secrets have none.
const nobody: readonly string[] = [];

/** Whether the Secret is one that we wrote as wholly ours, and did not merely fill or merge into. */
export const isProduced = ({ managedFields = [] }: Pick<ObjectMeta, 'managedFields'>) =>
  managedFields.some(({ manager }) => manager === wholeManager);

/** Whether an entry is a reference controller's. Sealed Secrets' writes data, and many other programs are called "controller". */
const isReferenceWrite = (entry: ManagedFieldsEntry) => {
  const { manager = '', fieldsV1 = {} } = entry;
  const isSealedSecrets = referenceManagers.includes(manager) && 'f:data' in fieldsV1;
  return isSealedSecrets || isEsoFieldManager(manager) || (!isOurManager(manager) && isVaultWrite(entry));
};

const emptyParts = (): Parts => ({ data: new Set(), labels: new Set(), annotations: new Set(), owners: new Set() });

/** Reads managedFields (FieldsV1, structured-merge-diff v6). Fields of other paths are left out. */
export function writersOf(managedFields: readonly ManagedFieldsEntry[] = []): Writers {
  const writers: Writers = { ours: emptyParts(), reference: emptyParts(), others: emptyParts() };
  for (const entry of managedFields) {
    const { manager, fieldsV1 } = entry;
    if (!fieldsV1) continue;
    const whose = isOurManager(manager) ? 'ours' : isReferenceWrite(entry) ? 'reference' : 'others';
    addParts(writers[whose], fieldsV1);
  }
  return writers;
}

/** What was written under these field managers alone. */
export function partsBy(managers: readonly string[], managedFields: readonly ManagedFieldsEntry[] = []): Parts {
  const parts = emptyParts();
  for (const { manager = '', fieldsV1 } of managedFields) {
    if (fieldsV1 && managers.includes(manager)) addParts(parts, fieldsV1);
  }
  return parts;
}

/** The latest `time` of our own entries: RFC 3339 in whole seconds, which text order follows. A server moves it with no one else's write. */
export function lastWriteAt(managedFields: readonly ManagedFieldsEntry[] = []): string | undefined {
  let last: string | undefined;
  for (const { manager, time } of managedFields) {
    if (isOurManager(manager) && time !== undefined && (last === undefined || time > last)) last = time;
  }
  return last;
}

function addParts(parts: Parts, fields: Record<string, unknown>): void {
  const metadata = below(fields, 'f:metadata');
  for (const name of namesOf(below(fields, 'f:data'))) parts.data.add(name);
  for (const name of namesOf(below(metadata, 'f:labels'))) parts.labels.add(name);
  for (const name of namesOf(below(metadata, 'f:annotations'))) parts.annotations.add(name);
  for (const uid of uidsOf(below(metadata, 'f:ownerReferences'))) parts.owners.add(uid);
}

function below(fields: Record<string, unknown>, name: string): Record<string, unknown> {
  const inner = fields[name];
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
}

const namesOf = (fields: Record<string, unknown>) =>
  Object.keys(fields).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []));

// Elements of a list are named by their key: k:{"uid":"…"}.
function uidsOf(fields: Record<string, unknown>): string[] {
  return Object.keys(fields).flatMap((key) => {
    const uid = /^k:\{"uid":"([^"]+)"\}$/.exec(key)?.[1];
    return uid === undefined ? [] : [uid];
  });
}

/** A short digest of parts, the same for the same names in whatever order. */
export function digestOf(parts: { [K in keyof Parts]: Iterable<string> }): string {
  const sorted = [parts.data, parts.labels, parts.annotations, parts.owners].map((names) => [...names].sort());
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 22);
}

/** Whether `parts` holds nothing. */
export const isEmpty = (parts: Parts) => Object.values(parts).every((names) => names.size === 0);

/**
 * managedFields with everything that the reference and our own POSTs wrote by Update put under one Apply entry of `ourManager`, as
 * client-go's csaupgrade does it; undefined when there is nothing to move. Without it server-side apply never lets go of them.
 */
export function takenOver(
  managedFields: readonly ManagedFieldsEntry[] = [],
  ourManager: string = wholeManager,
): ManagedFieldsEntry[] | undefined {
  const isMoved = (entry: ManagedFieldsEntry) =>
    !entry.subresource && entry.operation === 'Update' && (entry.manager === ourManager || isReferenceWrite(entry));
  const isOurs = ({ manager, operation }: ManagedFieldsEntry) => manager === ourManager && operation === 'Apply';
  const moved = managedFields.filter(isMoved);
  if (moved.length === 0) return undefined;
  const applied = managedFields.find(isOurs);
  const fieldsV1 = [...(applied ? [applied] : []), ...moved].reduce<Record<string, unknown>>(
    (all, { fieldsV1: some = {} }) => union(all, some),
    {},
  );
  const { time } = moved[0] ?? {};
  const ours: ManagedFieldsEntry = {
    manager: ourManager,
    operation: 'Apply',
    apiVersion: 'v1',
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1,
  };
  return [ours, ...managedFields.filter((entry) => !isMoved(entry) && !isOurs(entry))];
}

function union(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const all = { ...a };
  for (const name of Object.keys(b)) all[name] = union(below(a, name), below(b, name));
  return all;
}
