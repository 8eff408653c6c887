// The Kubernetes objects of a manifest: documents, and the items of Lists, each with its place.

import { isAlias, isSeq, type ParsedNode } from 'yaml';
import { FormatError, isSealError } from '../errors.ts';
import { type Manifest, type ManifestDocument, placeIn, positionIn, type ReadDocument } from './documents.ts';
import { isJsonObject, isList, isSecret, type JsonObject } from './kinds.ts';
import { childOf } from './yaml.ts';

/** One object where it stands. */
export interface ManifestObject {
  document: ManifestDocument;
  /** Indices into `items`, outermost first; empty for an object that is the document. */
  path: readonly number[];
  value: JsonObject;
  /** Its tree, which may only be built when it is asked for; offsets count from the start of the document's range. */
  readonly node: ParsedNode;
  /** 1-based line in the file. */
  line: number;
}

/** A document that says it holds a Secret but cannot be read, often a Helm template. */
export interface UnreadableDocument {
  document: ManifestDocument;
  error: FormatError;
}

/** The plain Secrets of a manifest, and the documents that may hold more of them but are not valid YAML. */
export interface FoundSecrets {
  secrets: ManifestObject[];
  unreadable: UnreadableDocument[];
}

/**
 * Finds the plain Secrets of documents. Documents that cannot hold one are not parsed at all.
 * Throws `FormatError` for a List item that is an alias to a Secret, and for a SecretList whose items carry no kind.
 */
export function findSecrets({ documents }: Pick<Manifest, 'documents'>): FoundSecrets {
  const found: FoundSecrets = { secrets: [], unreadable: [] };
  for (const document of documents) {
    if (!maySayKind(document, 'Secret')) continue;
    const error = problemOf(document);
    if (!error) found.secrets.push(...objectsOf(document).filter(({ value }) => isSecret(value)));
    else if (saysKindSecret.test(textOf(document))) found.unreadable.push({ document, error });
  }
  return found;
}

const saysKindSecret = /\bkind["']?\s*:\s*["']?Secret(?:List)?\b/;

/** Whether the text of a document can hold an object of this kind: false is certain, true is not. */
export function maySayKind(document: ManifestDocument, kind: string): boolean {
  const text = textOf(document);
  // A double-quoted string may spell any word with escapes.
  return text.includes(kind) || /\\[xuU\r\n]/.test(text);
}

/** The text of a document. */
export function textOf({ source, range }: ManifestDocument): string {
  return source.slice(range.from, range.to);
}

/** Why a document cannot be read; undefined when it can. */
export function problemOf(document: ManifestDocument): FormatError | undefined {
  try {
    document.read();
    return undefined;
  } catch (error) {
    if (isSealError(error)) return error;
    throw error;
  }
}

/** The objects of a document; none when it is empty or no mapping. Throws `FormatError` when it cannot be read. */
export function objectsOf(document: ManifestDocument): ManifestObject[] {
  const read = document.read();
  const { value, start } = read;
  if (!isJsonObject(value)) return [];
  if (!isList(value)) return [objectAt(document, value, start, () => treeOf(read))];
  return expand(document, value, treeOf(read), []);
}

function treeOf({ root }: ReadDocument): ParsedNode {
  if (root === null) throw new TypeError('a document with a value has a tree');
  return root;
}

function expand(
  document: ManifestDocument,
  value: unknown,
  node: ParsedNode,
  path: readonly number[],
): ManifestObject[] {
  if (!isJsonObject(value)) return [];
  if (!isList(value)) return [objectAt(document, value, node.range[0], () => node, path)];
  const items = childOf(node, 'items');
  return value.items.flatMap((item, index) => {
    const child = isSeq<ParsedNode>(items) ? items.items[index] : undefined;
    if (child && !isAlias(child))
      return expand(document, withKind(value, item, document, child), child, [...path, index]);
    if (isSecret(item)) throw aliased(document, node);
    return [];
  });
}

function objectAt(
  document: ManifestDocument,
  value: JsonObject,
  start: number,
  tree: () => ParsedNode,
  path: readonly number[] = [],
): ManifestObject {
  const { line } = positionIn(document, start);
  return new FoundObject({ document, path, value, line }, tree);
}

/** A class for the same reason as in `documents.ts`: its getter is shared. */
class FoundObject implements ManifestObject {
  readonly document: ManifestDocument;
  readonly path: readonly number[];
  readonly value: JsonObject;
  readonly line: number;
  readonly #tree: () => ParsedNode;

  constructor({ document, path, value, line }: Omit<ManifestObject, 'node'>, tree: () => ParsedNode) {
    this.document = document;
    this.path = path;
    this.value = value;
    this.line = line;
    this.#tree = tree;
  }

  get node(): ParsedNode {
    return this.#tree();
  }
}

function withKind(list: JsonObject, item: unknown, document: ManifestDocument, node: ParsedNode): unknown {
  if (list.kind !== 'SecretList' || !isJsonObject(item) || item.kind !== undefined) return item;
  throw new FormatError('SECRET_LIST', `${placeIn(document, node.range[0])}: an item of the SecretList has no kind`, {
    hint: 'write "kind: List" with apiVersion and kind on every item, as kubectl get -o yaml does',
  });
}

function aliased(document: ManifestDocument, node: ParsedNode): FormatError {
  return new FormatError(
    'ALIASED_SECRET',
    `${placeIn(document, node.range[0])}: a Secret of this List is only an alias`,
    {
      hint: 'write the Secret out where the alias (*name) is',
    },
  );
}
