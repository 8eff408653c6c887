// Texts of fields that are there replaced where they stand, such as a namespace.

import { isScalar, type ParsedNode } from 'yaml';
import { FormatError } from '../errors.ts';
import { type ManifestDocument, parseManifest } from './documents.ts';
import { entryOf } from './entries.ts';
import { isEqual, withObjectAt } from './equal.ts';
import { isJsonObject } from './kinds.ts';
import { type ManifestObject, problemOf } from './objects.ts';
import { scalarText } from './print.ts';
import { applySplices, type Splice } from './splice.ts';

/** A field of an object, and what it is to say. */
export interface FieldText {
  path: readonly string[];
  text: string;
}

/**
 * The manifest's text with fields of one object changed; fields that are not there, or hold something else than text, stay so.
 * Throws `FormatError` `CANNOT_EDIT` where that would change anything beside them.
 */
export function withFieldTexts(object: ManifestObject, fields: readonly FieldText[]): string {
  const { document, node, value } = object;
  const there = fields.filter(({ path }) => typeof fieldAt(value, path) === 'string');
  const splices = there.flatMap(({ path, text }) => spliceFor(document, nodeAt(node, path), text));
  const text = applySplices(document.source, splices);
  const wanted = there.reduce<unknown>((before, field) => withField(before, field), value);
  const result = parseManifest(text, { file: document.file }).documents[document.index];
  const expected = withObjectAt(document.read().value, object.path, wanted);
  if (result && !problemOf(result) && isEqual(result.read().value, expected)) return text;
  const names = there.map(({ path }) => path.join('.')).join(', ');
  throw new FormatError(
    'CANNOT_EDIT',
    `${document.file}:${object.line}: ${names} cannot be changed without changing something beside it`,
    { hint: 'write out the anchors (&name), aliases (*name) and merge keys (<<) that it shares with others' },
  );
}

function nodeAt(node: ParsedNode, path: readonly string[]): ParsedNode | undefined {
  let at: ParsedNode | null | undefined = node;
  for (const name of path) at = entryOf(at, name)?.value;
  return at ?? undefined;
}

function spliceFor({ range, format }: ManifestDocument, node: ParsedNode | undefined, text: string): Splice[] {
  if (!node) return [];
  const isQuoted = format === 'json' || (isScalar(node) && node.type === 'QUOTE_DOUBLE');
  const [from, to] = [range.from + node.range[0], range.from + node.range[1]];
  return [{ from, to, text: isQuoted ? JSON.stringify(text) : scalarText(text) }];
}

function fieldAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((at, name) => (isJsonObject(at) ? at[name] : undefined), value);
}

function withField(value: unknown, { path: [name, ...rest], text }: FieldText): unknown {
  if (name === undefined) return text;
  return isJsonObject(value) ? { ...value, [name]: withField(value[name], { path: rest, text }) } : value;
}
