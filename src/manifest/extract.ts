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
  const texts = path.length === 0 ? [documentText(document)] : itemTexts(document, node);
  // Blank lines, and a line end that is not there, may be part of a last value.
  const found = texts.flatMap((text) => [ended(text), text]).find((text) => isAll(text, value));
  if (found !== undefined) return found;
  throw new FormatError('CANNOT_EXTRACT', `${document.file}:${object.line}: the object cannot stand on its own`, {
    hint: 'write out the anchors (&name), aliases (*name) and merge keys (<<) that it shares with others',
  });
}

function isAll(text: string, value: unknown): boolean {
  const [alone, ...others] = parseManifest(text, { file: '' }).documents;
  return alone !== undefined && others.length === 0 && !problemOf(alone) && isEqual(objectsOf(alone)[0]?.value, value);
}

function documentText({ source, range }: ManifestDocument): string {
  const text = source.slice(range.from, range.to).replace(/^\ufeff/, '');
  return text.replace(/^---[ \t]*\r?\n/, '').replace(/(?<=\n)\.\.\.[ \t]*\r?\n?$/, '');
}

function itemTexts(document: ManifestDocument, node: ParsedNode): string[] {
  const { source, range } = document;
  const from = range.from + node.range[0];
  if (!isMap(node) || node.flow) return [source.slice(from, range.from + node.range[1])];
  const content = source.slice(from, range.from + contentEnd(node));
  const lastLine = lineEnd(source, from + content.trimEnd().length);
  return [source.slice(from, lastLine), content].map((text) => dedented(text, columnIn(document, node.range[0])));
}

function dedented(text: string, column: number): string {
  const indent = new RegExp(`^ {0,${column}}`);
  const [first = '', ...others] = text.split('\n');
  return [first, ...others.map((line) => line.replace(indent, ''))].join('\n');
}

function ended(text: string): string {
  if (text.endsWith('\n')) return text;
  return `${text}${text.includes('\r\n') ? '\r\n' : '\n'}`;
}
