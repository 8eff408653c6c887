// Editing a SealedSecret where it stands: items set and removed, the seal record kept, and every other byte untouched.

import type { ParsedNode } from 'yaml';
import { FormatError, isSealError } from '../errors.ts';
import { editRecord, type RecordLine, recordAnnotation } from '../seal/record.ts';
import { type ManifestDocument, parseManifest } from './documents.ts';
import { type EntryValue, entryOf, insertEntry, removeEntry, setEntry } from './entries.ts';
import { isEqual, withObjectAt } from './equal.ts';
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
 * Edits one SealedSecret. Every step is read again and compared with what it should mean: throws `FormatError` `CANNOT_EDIT` where
 * a change would reach anything else, as when another item refers to the value by an alias.
 */
export function editItems(object: ManifestObject, { set, unset, record }: ItemEdits): EditedItems {
  const { document, path } = object;
  let edited: Target = { document: alone(document), path, origin: object };
  for (const name of unset) edited = step(edited, { at: itemsPath, name, value: undefined });
  for (const [name, value] of set) edited = step(edited, { at: itemsPath, name, value });
  const drop = [...unset, ...[...set.keys()].filter((name) => !record.some(({ item }) => item === name))];
  const { recorded, recordLeftOut } = withRecord(edited, { set: record, drop });
  return { splice: { ...document.range, text: recorded.document.source }, recordLeftOut };
}

/** A document that is all of its text, and the way to an object in it. */
interface Target {
  document: ManifestDocument;
  path: readonly number[];
  /** Where it came from, for messages. */
  origin: ManifestObject;
}

interface Step {
  at: readonly [string, string];
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

function withRecord(target: Target, { set, drop }: { set: readonly RecordLine[]; drop: readonly string[] }) {
  const { value } = objectIn(target);
  const annotations = fieldOf(value, annotationsPath);
  const old = annotations?.[recordAnnotation];
  const order = Object.keys(fieldOf(value, itemsPath) ?? {});
  const text = editRecord(old, { set, drop, order });
  if (text === (typeof old === 'string' ? old : '')) return { recorded: target, recordLeftOut: false };
  try {
    const change = { at: annotationsPath, name: recordAnnotation, value: text === '' ? undefined : text };
    return { recorded: step(target, change), recordLeftOut: false };
  } catch (error) {
    // The values matter, and the record is a hint: it must not be in their way.
    if (!isSealError(error) || error.code !== 'CANNOT_EDIT') throw error;
    return { recorded: target, recordLeftOut: true };
  }
}

function objectIn({ document, path }: Target): ManifestObject {
  const found = objectsOf(document).find((object) => isEqual(object.path, path) && isSealedSecret(object.value));
  if (!found) throw new TypeError('the object is where it was');
  return found;
}

function fieldOf(value: JsonObject, [outer, inner]: readonly [string, string]): JsonObject | undefined {
  const parent = value[outer];
  const field = isJsonObject(parent) ? parent[inner] : undefined;
  return isJsonObject(field) ? field : undefined;
}

/** One change, tried in the ways there are until one of them means what it should. */
function step(target: Target, change: Step): Target {
  const { document } = target;
  const object = objectIn(target);
  for (const splices of waysFor(document, object.node, change)) {
    const result = attempt(document, splices);
    if (result && meansTheSame(result, { target, object, change })) return { ...target, document: result };
  }
  throw cannotEdit(target.origin, change);
}

function* waysFor(
  document: ManifestDocument,
  node: ParsedNode,
  { at, name, value }: Step,
): Generator<readonly Splice[]> {
  const outer = entryOf(node, at[0]);
  if (!outer) return;
  const inner = entryOf(outer.value, at[1]);
  const entry = inner && entryOf(inner.value, name);
  if (value === undefined) {
    const splice = removeEntry(document, inner?.value ?? null, name);
    if (splice) yield [splice];
    return;
  }
  if (entry) {
    const splices = setEntry(document, entry, value);
    if (splices) yield splices;
    return;
  }
  const [container, added]: [typeof outer, { name: string; value: EntryValue }] = inner
    ? [inner, { name, value }]
    : [outer, { name: at[1], value: { [name]: value } }];
  for (const as of ['last', 'first'] as const) {
    const splices = insertEntry(document, container, { ...added, as });
    if (splices) yield splices;
  }
}

function attempt(document: ManifestDocument, splices: readonly Splice[]): ManifestDocument | undefined {
  const text = applySplices(document.source, splices);
  const { documents } = parseManifest(text, { file: document.file });
  const [result, ...others] = documents;
  return result && others.length === 0 && !problemOf(result) && result.range.to === text.length ? result : undefined;
}

function meansTheSame(
  result: ManifestDocument,
  { target, object, change }: { target: Target; object: ManifestObject; change: Step },
): boolean {
  const { value } = result.read();
  const found = objectsOf(result).find(({ path }) => isEqual(path, target.path));
  if (!found) return false;
  const actual = fieldOf(found.value, change.at)?.[change.name];
  // A block scalar at the very end of a file has no last line end.
  const wanted = isSameText(actual, change.value) ? actual : change.value;
  return isEqual(
    value,
    withObjectAt(target.document.read().value, target.path, expected(object.value, change, wanted)),
  );
}

function isSameText(actual: unknown, wanted: string | undefined): boolean {
  return typeof actual === 'string' && wanted !== undefined && actual.trimEnd() === wanted.trimEnd();
}

function expected(value: JsonObject, { at: [outer, inner], name }: Step, wanted: unknown): JsonObject {
  const parent = value[outer];
  const { [name]: _, ...others } = fieldOf(value, [outer, inner]) ?? {};
  const fields = wanted === undefined ? others : { ...others, [name]: wanted };
  return { ...value, [outer]: { ...(isJsonObject(parent) ? parent : {}), [inner]: fields } };
}

function cannotEdit({ document: { file }, line }: ManifestObject, { name, value }: Step): FormatError {
  const what = value === undefined ? 'taken away' : 'set';
  return new FormatError(
    'CANNOT_EDIT',
    `${file}:${line}: ${name} cannot be ${what} without changing something beside it`,
    {
      hint: 'write out the anchors (&name), aliases (*name) and merge keys (<<) that it shares with others',
    },
  );
}
