// One object of a manifest as a document of its own: its text with all of its comments, and with nothing of its neighbours.

import { isMap, type ParsedNode } from 'yaml';
import { FormatError } from '../errors.ts';
import { columnIn, type ManifestDocument, parseManifest } from './documents.ts';
import { isEqual } from './equal.ts';
import { type ManifestObject, objectsOf, problemOf } from './objects.ts';
import { contentEnd } from './replace.ts';
import { lineEnd } from './text.ts';

/**
 * The text of an object as a whole file. A document keeps every byte but a byte order mark and the bare `---` before it; an item of
 * a List loses its indentation. Throws `FormatError` `CANNOT_EXTRACT` where it refers to an anchor outside of itself.
 */
export function extractObject(object: ManifestObject): string {
  const { document, path, node, value } = object;
  const text = path.length === 0 ? documentText(document) : itemText(document, node);
  const [alone, ...others] = parseManifest(text, { file: document.file }).documents;
  const isWhole = alone && others.length === 0 && !problemOf(alone);
  if (isWhole && isEqual(objectsOf(alone)[0]?.value, value)) return text;
  throw new FormatError('CANNOT_EXTRACT', `${document.file}:${object.line}: the object cannot stand on its own`, {
    hint: 'write out the anchors (&name), aliases (*name) and merge keys (<<) that it shares with others',
  });
}

function documentText({ source, range }: ManifestDocument): string {
  const text = source.slice(range.from, range.to).replace(/^\ufeff/, '');
  const bare = text.replace(/^---[ \t]*\r?\n/, '').replace(/(?<=\n)\.\.\.[ \t]*\r?\n?$/, '');
  return ended(bare);
}

function itemText(document: ManifestDocument, node: ParsedNode): string {
  const { source, range } = document;
  const from = range.from + node.range[0];
  if (!isMap(node) || node.flow) return ended(source.slice(from, range.from + node.range[1]));
  const content = source.slice(from, range.from + contentEnd(node)).trimEnd();
  const lines = source.slice(from, lineEnd(source, from + content.length)).split('\n');
  const column = columnIn(document, node.range[0]);
  const dedented = lines.map((line, index) => (index === 0 ? line : line.replace(new RegExp(`^ {0,${column}}`), '')));
  return ended(dedented.join('\n'));
}

function ended(text: string): string {
  if (text.endsWith('\n')) return text;
  return `${text}${text.includes('\r\n') ? '\r\n' : '\n'}`;
}
