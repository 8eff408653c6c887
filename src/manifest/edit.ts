// Editing a SealedSecret where it stands: items set and removed, the seal record kept, and every other byte untouched.

import type { ParsedNode } from 'yaml';
import { FormatError, isSealError } from '../errors.ts';
import { editRecord, type RecordLine, recordAnnotation } from '../seal/record.ts';
import { type ManifestDocument, parseManifest } from './documents.ts';
import {
  type Entry,
  entriesByName,
  entryOf,
  insertEntries,
  type NewEntries,
  removeEntries,
  setEntry,
} from './entries.ts';
import { isEqual, objectAt, withObjectAt } from './equal.ts';
import { isJsonObject, isSealedSecret, type JsonObject } from './kinds.ts';
import { type ManifestObject, objectsOf, problemOf } from './objects.ts';
import { applySplices, type Splice } from './splice.ts';

/** What is done to the items of one SealedSecret. */
export interface ItemEdits {
  /** Item name → sealed value. An item that is there keeps its place, a new one comes last. */
  set: ReadonlyMap<string, string>;
  unset: readonly string[];
  /** Lines for what was sealed now. Items that are set without one, and those that are gone, have none afterwards. */
  record: readonly RecordLine[];
  /** Labels and annotations of the Secret that are set in `spec.template.metadata`. Default: none. */
  template?: Readonly<Record<'labels' | 'annotations', Readonly<Record<string, string>>>> | undefined;
  /** Another sealed value for `spec.data`, the first form of SealedSecrets. Default: it stays. */
  whole?: string | undefined;
}

/** The edits of one SealedSecret of several. */
export interface ObjectEdits extends ItemEdits {
  object: ManifestObject;
}

/** An edited document. */
export interface EditedItems {
  /** In the manifest's text: the whole document, equal but for the edit. */
  splice: Splice;
  /** The record could not be kept: annotations come from an alias or a merge key. */
  recordLeftOut: boolean;
}

const itemsPath = ['spec', 'encryptedData'] as const;
const annotationsPath = ['metadata', 'annotations'] as const;

/**
 * Edits one SealedSecret. What comes out is read again and compared with what it should mean: throws `FormatError` `CANNOT_EDIT`
 * where a change would reach anything else, as when another item refers to the value by an alias.
 */
export function editItems(object: ManifestObject, edits: ItemEdits): EditedItems {
  return editObjects(object.document, [{ object, ...edits }]);
}

/** Edits several SealedSecrets of one document, as `editItems` each. */
export function editObjects(document: ManifestDocument, edits: readonly ObjectEdits[]): EditedItems {
  const targets = edits.map((each) => ({ ...each, path: each.object.path, origin: each.object }));
  const removals = targets.flatMap(({ unset, ...target }) =>
    unset.map((name) => ({ ...target, at: itemsPath, name, value: undefined })),
  );
  const values = targets.flatMap(({ set, whole, template = {}, ...target }) => [
    ...[...set].map(([name, value]) => ({ ...target, at: itemsPath, name, value })),
    ...Object.entries(template).flatMap(([field, entries]) => {
      const at = ['spec', 'template', 'metadata', field];
      return Object.entries(entries).map(([name, value]) => ({ ...target, at, name, value }));
    }),
    ...(whole === undefined ? [] : [{ ...target, at: ['spec'], name: 'data', value: whole }]),
  ]);
  const changed = changeAll(changeAll(alone(document), removals), values);
  const { recorded, recordLeftOut } = withRecords(changed, targets);
  return { splice: { ...document.range, text: recorded.source }, recordLeftOut };
}

/** Which object of a document is meant. */
interface Target {
  path: readonly number[];
  /** Where it came from, for messages. */
  origin: ManifestObject;
}

interface Change extends Target {
  /** The way to the mapping that holds the entry. Its first part is there; the others are begun where they are not. */
  at: readonly string[];
  name: string;
  /** Undefined: take it away. */
  value: string | undefined;
}

function alone({ source, range, file }: ManifestDocument): ManifestDocument {
  return only(source.slice(range.from, range.to), file);
}

function only(text: string, file: string): ManifestDocument {
  const [document, ...others] = parseManifest(text, { file }).documents;
  if (!document || others.length > 0) throw new TypeError('one document, cut out of a manifest that was split');
  return document;
}

function withRecords(document: ManifestDocument, edits: readonly (Target & ItemEdits)[]) {
  const objects = sealedIn(document);
  const changes = edits.flatMap((each) => recordChange(objectAmong(objects, each), each));
  try {
    return { recorded: changeAll(document, changes), recordLeftOut: false };
  } catch (error) {
    if (!isCannotEdit(error)) throw error;
  }
  // The values matter, and the record is a hint: it must not be in their way.
  let [recorded, recordLeftOut] = [document, false];
  for (const change of changes) {
    try {
      recorded = changeOne(recorded, change);
    } catch (error) {
      if (!isCannotEdit(error)) throw error;
      recordLeftOut = true;
    }
  }
  return { recorded, recordLeftOut };
}

function recordChange({ value }: ManifestObject, { set, unset, record, path, origin }: Target & ItemEdits): Change[] {
  const old = fieldOf(value, annotationsPath)?.[recordAnnotation];
  const recorded = new Set(record.map(({ item }) => item));
  const drop = [...unset, ...[...set.keys()].filter((name) => !recorded.has(name))];
  const order = Object.keys(fieldOf(value, itemsPath) ?? {});
  const text = editRecord(old, { set: record, drop, order });
  if (text === (typeof old === 'string' ? old : '')) return [];
  return [{ path, origin, at: annotationsPath, name: recordAnnotation, value: text === '' ? undefined : text }];
}

function isCannotEdit(error: unknown): boolean {
  return isSealError(error) && error.code === 'CANNOT_EDIT';
}

/** Path → object, for all SealedSecrets of a document at once: finding one costs as much. */
function sealedIn(document: ManifestDocument): ReadonlyMap<string, ManifestObject> {
  const sealed = objectsOf(document).filter(({ value }) => isSealedSecret(value));
  return new Map(sealed.map((object) => [object.path.join(), object]));
}

function objectAmong(objects: ReadonlyMap<string, ManifestObject>, { path }: Target): ManifestObject {
  const found = objects.get(path.join());
  if (!found) throw new TypeError('the object is where it was');
  return found;
}

function fieldOf(value: unknown, at: readonly string[]): JsonObject | undefined {
  const field = at.reduce((outer, name) => (isJsonObject(outer) ? outer[name] : undefined), value);
  return isJsonObject(field) ? field : undefined;
}

// At once, which is one reading for any number of changes; where that does not work out, one after another.
function changeAll(document: ManifestDocument, changes: readonly Change[]): ManifestDocument {
  if (changes.length < 2) return changes.reduce(changeOne, document);
  const objects = sealedIn(document);
  const splices = together(changes).map((each) => allAtOnce(document, objectAmong(objects, each[0]), each));
  const known = splices.filter((each) => each !== undefined);
  const result = known.length === splices.length ? attempt(document, known.flat()) : undefined;
  if (result && meansTheSame(result, document, changes)) return result;
  return changes.reduce(changeOne, document);
}

/** Changes of one mapping, of which there is one at least. */
type Together = readonly [Change, ...Change[]];

/** The changes by the mapping that they are made in: what is looked up or copied for one serves them all. */
function together(changes: readonly Change[]): Together[] {
  const found = new Map<string, [Change, ...Change[]]>();
  for (const change of changes) {
    const key = JSON.stringify([change.path, change.at]);
    const others = found.get(key);
    if (others) others.push(change);
    else found.set(key, [change]);
  }
  return [...found.values()];
}

/** How entries of one mapping go, or get other values, and new ones come last; `undefined` where not all of it goes at once. */
function allAtOnce(
  document: ManifestDocument,
  { node }: ManifestObject,
  changes: Together,
): readonly Splice[] | undefined {
  const { container, missing } = wayInto(node, changes[0].at);
  if (!container) return undefined;
  if (changes.every(({ value }) => value === undefined)) {
    const names = changes.map(({ name }) => name);
    const removed = missing.length === 0 ? removeEntries(document, container.value, names) : undefined;
    return removed && [removed];
  }
  const entries = missing.length === 0 ? entriesByName(container.value) : new Map<string, Entry>();
  const splices: Splice[] = [];
  const added: [string, string][] = [];
  for (const { name, value } of changes) {
    const entry = entries.get(name);
    if (value === undefined) return undefined;
    if (!entry) added.push([name, value]);
    const set = entry && setEntry(document, entry, value);
    if (entry && !set) return undefined;
    splices.push(...(set ?? []));
  }
  if (added.length === 0) return splices;
  const inserted = insertEntries(document, container, { added: begun(missing, Object.fromEntries(added)), as: 'last' });
  return inserted && [...splices, ...inserted];
}

/** New entries, and around them the mappings that are not there yet. */
function begun(missing: readonly string[], entries: NewEntries): NewEntries {
  return missing.reduceRight((inner, part) => ({ [part]: inner }), entries);
}

/** The innermost mapping there is on a way, and what is missing of it. */
function wayInto(
  node: ParsedNode,
  at: readonly string[],
): { container: Entry | undefined; missing: readonly string[] } {
  const found = entriesAlong(node, at);
  return { container: found.at(-1), missing: at.slice(found.length) };
}

/** The entries of a way into mappings, as far as it goes. */
function entriesAlong(node: ParsedNode, at: readonly string[]): Entry[] {
  const found: Entry[] = [];
  let inside: ParsedNode | null = node;
  for (const part of at) {
    const entry = entryOf(inside, part);
    if (!entry) break;
    found.push(entry);
    inside = entry.value;
  }
  return found;
}

/** One change, tried in the ways there are until one of them means what it should. */
function changeOne(document: ManifestDocument, change: Change): ManifestDocument {
  for (const splices of waysFor(document, change)) {
    const result = attempt(document, splices);
    if (result && meansTheSame(result, document, [change])) return result;
  }
  throw cannotEdit(change);
}

function* waysFor(document: ManifestDocument, change: Change): Generator<readonly Splice[]> {
  const { at, name, value } = change;
  const { node } = objectAmong(sealedIn(document), change);
  const { container, missing } = wayInto(node, at);
  if (!container) return;
  const map = missing.length === 0 ? container.value : null;
  const entry = entryOf(map, name);
  if (value === undefined) {
    const splice = removeEntries(document, map, [name]);
    if (splice) yield* [[splice], [withLineEnd(splice, document.source)]];
    return;
  }
  if (entry) {
    const splices = setEntry(document, entry, value);
    if (splices) yield splices;
    return;
  }
  const added = begun(missing, { [name]: value });
  for (const as of ['last', 'first'] as const) {
    const splices = insertEntries(document, container, { added, as });
    if (splices) yield splices;
  }
}

// At the end of a file the line end before goes with an entry, unless the value before keeps it (`|+`).
function withLineEnd({ from, ...rest }: Splice, source: string): Splice {
  return { ...rest, from: from + (/^\r?\n/.exec(source.slice(from, from + 2))?.[0].length ?? 0) };
}

function attempt(document: ManifestDocument, splices: readonly Splice[]): ManifestDocument | undefined {
  const text = applySplices(document.source, splices);
  const { documents } = parseManifest(text, { file: document.file });
  const [result, ...others] = documents;
  return result && others.length === 0 && !problemOf(result) && result.range.to === text.length ? result : undefined;
}

function meansTheSame(result: ManifestDocument, document: ManifestDocument, changes: readonly Change[]): boolean {
  const { value } = result.read();
  const objects = sealedIn(result);
  let wanted = document.read().value;
  for (const each of together(changes)) {
    const [{ path, at }] = each;
    const found = objects.get(path.join());
    if (!found) return false;
    const actual = fieldOf(found.value, at) ?? {};
    // A block scalar at the very end of a file has no last line end.
    const texts = each.map(
      ({ name, value: text }) => [name, isSameText(actual[name], text) ? actual[name] : text] as const,
    );
    wanted = withObjectAt(wanted, path, withEntries(objectAt(wanted, path), at, new Map(texts)));
  }
  return isEqual(value, wanted);
}

function isSameText(actual: unknown, wanted: string | undefined): boolean {
  return typeof actual === 'string' && wanted !== undefined && actual.trimEnd() === wanted.trimEnd();
}

function withEntries(
  value: unknown,
  [first, ...rest]: readonly string[],
  wanted: ReadonlyMap<string, unknown>,
): JsonObject {
  const fields = isJsonObject(value) ? value : {};
  if (first !== undefined) return { ...fields, [first]: withEntries(fields[first], rest, wanted) };
  const others = Object.entries(fields).filter(([name]) => !wanted.has(name));
  return Object.fromEntries([...others, ...[...wanted].filter(([, text]) => text !== undefined)]);
}

function cannotEdit({ origin: { document, line }, name, value }: Change): FormatError {
  const what = value === undefined ? 'taken away' : 'set';
  return new FormatError(
    'CANNOT_EDIT',
    `${document.file}:${line}: ${name} cannot be ${what} without changing something beside it`,
    {
      hint: 'write out the anchors (&name), aliases (*name) and merge keys (<<) that it shares with others',
    },
  );
}
