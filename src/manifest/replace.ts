// Sealing in place: an object's text replaced by another object's, in the file's own style, with everything around it untouched.

import { isMap, isSeq, type ParsedNode, visit } from 'yaml';
import { FormatError } from '../errors.ts';
import { type CommentFilter, commentFilter, keepComments } from './comments.ts';
import { columnIn, type ManifestDocument, parseManifest, placeIn } from './documents.ts';
import { isEqual, withObjectAt } from './equal.ts';
import { type ManifestObject, problemOf, textOf } from './objects.ts';
import { printJson, printLines } from './print.ts';
import { applySplices, type Splice } from './splice.ts';
import { blanksBefore, lineBreakIn, lineEnd, type TextRange } from './text.ts';
import { entriesOf } from './yaml.ts';

/** An object and what takes its place. */
export interface Replacement {
  object: ManifestObject;
  by: object;
}

/**
 * One document with objects of it replaced, as a splice of the manifest's text: YAML by YAML, JSON by JSON with its
 * indentation, line ends as they are there. Comments that may show a value go, all others stay (see `comments.ts`). The
 * result is read again before it is returned: throws `FormatError` `CANNOT_REPLACE` when anything else in the document
 * would have changed its meaning, as when it refers to an anchor inside a replaced object.
 */
export function replaceObjects(document: ManifestDocument, replacements: readonly Replacement[]): Splice {
  const { source, range } = document;
  const splices = documentSplices(document, replacements).map(({ from, to, text }) => {
    return { from: from - range.from, to: to - range.from, text };
  });
  const text = applySplices(source.slice(range.from, range.to), splices);
  checkMeaning(document, text, replacements);
  return { from: range.from, to: range.to, text };
}

/** What is done for one object, and how far it reaches: in `[from, to)` nothing is left to do. */
interface Edit extends TextRange {
  splices: readonly Splice[];
}

function documentSplices(document: ManifestDocument, replacements: readonly Replacement[]): Splice[] {
  const filter = commentFilter(replacements.map(({ object }) => object.value));
  const edits = replacements.map((each) => editFor(each, filter));
  return [...edits.flatMap(({ splices }) => splices), ...strayComments(document, edits, filter)];
}

function editFor({ object, by }: Replacement, filter: CommentFilter): Edit {
  if (isBare(object)) return bareEdit(object.document, by);
  const { document, node, ...rest } = object;
  if (document.format === 'yaml' && isMap(node) && !node.flow) {
    return blockEdit({ document, node, ...rest }, by, filter);
  }
  const splice = flowSplice(document, node, by);
  return { from: splice.from, to: splice.to, splices: [splice] };
}

/** A document that is one mapping in plain style without any comment: what a tree would tell of it is known. */
function isBare({ document, path }: ManifestObject): boolean {
  return path.length === 0 && document.read().isPlain && !textOf(document).includes('#');
}

function bareEdit(document: ManifestDocument, by: object): Edit {
  const { source, range } = document;
  const { start } = document.read();
  const from = range.from + start;
  const to = lineEnd(source, trimmedEnd(source, from, range.to));
  const lines = linesOf(by, to === source.length).map(({ text }) => text);
  const text = indented(lines, columnIn(document, start)).join('\n');
  return { from, to, splices: [{ from, to, text }] };
}

/** Lines below the first moved to its column. */
function indented(lines: readonly string[], column: number): string[] {
  return lines.map((line, index) => (index === 0 || line === '' ? line : ' '.repeat(column) + line));
}

function flowSplice({ source, range }: ManifestDocument, node: ParsedNode, by: object): Splice {
  const from = range.from + node.range[0];
  const to = range.from + node.range[1];
  const old = source.slice(from, to);
  const inner = /\n([ \t]*)\S/.exec(old)?.[1];
  if (inner === undefined) return { from, to, text: printJson(by, 0) };
  // The line of the closing bracket tells the indentation of the whole.
  const base = /\n([ \t]*)[}\]]$/.exec(old)?.[1] ?? '';
  const unit = inner.startsWith(base) && inner !== base ? inner.slice(base.length) : '  ';
  const lines = printJson(by, unit).split('\n');
  return { from, to, text: lines.join(lineBreakIn(source, { from, to }) + base) };
}

function blockEdit({ document, node }: ManifestObject, by: object, filter: CommentFilter): Edit {
  const { source, range } = document;
  const from = range.from + node.range[0];
  const to = lineEnd(source, trimmedEnd(source, from, range.from + contentEnd(node)));
  const tree = source.slice(range.from, range.to);
  const column = columnIn(document, node.range[0]);
  const lines = keepComments(linesOf(by, to === source.length), tree, node, filter);
  const lineBreak = lineBreakIn(source, { from, to });
  const tail = commentsAfter({ source, from: to, to: range.to, column, afterValues: endsInValues(node) }, filter);
  return { from, to: tail.to, splices: [{ from, to, text: indented(lines, column).join(lineBreak) }, ...tail.splices] };
}

// A block scalar at the very end of a file would lose its last line end with the file's.
function linesOf(by: object, isAtEnd: boolean) {
  const lines = printLines(by);
  const endsInBlock = lines.at(-1)?.path === undefined;
  return isAtEnd && endsInBlock ? printLines(by, { blocks: false }) : lines;
}

function trimmedEnd(source: string, from: number, to: number): number {
  return from + source.slice(from, to).trimEnd().length;
}

/** Where the last value of a block collection ends; the library's own range goes on over comments and blank lines. */
export function contentEnd(node: ParsedNode): number {
  if (isMap(node) && !node.flow) {
    const last = entriesOf(node).at(-1);
    return last
      ? last.value
        ? Math.max(contentEnd(last.value), last.key.range[1])
        : last.key.range[1]
      : node.range[1];
  }
  if (isSeq<ParsedNode>(node) && !node.flow) {
    const last = node.items.at(-1);
    return last ? contentEnd(last) : node.range[1];
  }
  return node.range[1];
}

function endsInValues(node: ParsedNode): boolean {
  const last = entriesOf(node).at(-1)?.name;
  return last === 'data' || last === 'stringData';
}

// Comments beside the replaced objects stay but for those that show a value of one of them.
function strayComments(document: ManifestDocument, edits: readonly Edit[], filter: CommentFilter): Splice[] {
  if (document.format === 'json') return [];
  const { source, range } = document;
  const comments = source.slice(range.from, range.to).matchAll(/(?<=^|[ \t\ufeff])#[^\r\n]*/gm);
  return [...comments].flatMap(({ index, 0: comment }) => {
    const at = range.from + index;
    const isDone = edits.some((edit) => edit.from <= at && at < edit.to);
    if (isDone || filter(comment.trim(), { afterValues: false }) || isInScalar(document, at)) return [];
    return [{ from: blanksBefore(source, at), to: at + comment.length, text: '' }];
  });
}

// No regular expression: one that starts at every blank of a long line takes for ever.
function isInScalar(document: ManifestDocument, offset: number): boolean {
  const at = offset - document.range.from;
  let found = false;
  visit(document.read().root, {
    Scalar: (_, { range: scalar }) => {
      found ||= scalar !== undefined && scalar !== null && scalar[0] <= at && at < scalar[1];
    },
  });
  return found;
}

interface Tail extends TextRange {
  source: string;
  column: number;
  afterValues: boolean;
}

// Comment lines below the object up to the next content: the indented ones were inside of it.
function commentsAfter({ source, from, to, column, afterValues }: Tail, filter: CommentFilter) {
  const splices: Splice[] = [];
  let end = from;
  while (end < to) {
    const next = source.indexOf('\n', end) + 1;
    if (next === 0 || next >= to) break;
    const stop = lineEnd(source, next);
    const line = source.slice(next, stop);
    const comment = line.trim();
    if (comment !== '' && !comment.startsWith('#')) break;
    const indent = line.length - line.trimStart().length;
    const stays =
      comment === '' || (indent <= column && filter(comment, { afterValues: afterValues && indent === column }));
    if (!stays) splices.push({ from: end, to: stop, text: '' });
    end = stop;
  }
  return { splices, to: end };
}

function checkMeaning(document: ManifestDocument, text: string, replacements: readonly Replacement[]): void {
  if (!replacements.some(({ object }) => hasNeighbours(object))) return;
  const expected = replacements.reduce(withReplacement, document.read().value);
  const [result, ...others] = parseManifest(text, document).documents;
  const isOne = result && others.length === 0 && !problemOf(result);
  if (!isOne || !isEqual(result.read().value, expected)) throw cannotReplace(document, replacements);
}

/**
 * Whether there is anything beside an object that replacing it could change. A document that is the object and nothing else,
 * not even a comment, becomes what `printLines` printed and nothing else: there `replaceObjects` cannot fail.
 */
export function hasNeighbours({ document, path }: ManifestObject): boolean {
  return path.length > 0 || textOf(document).includes('#');
}

function withReplacement(value: unknown, { object, by }: Replacement): unknown {
  return withObjectAt(value, object.path, JSON.parse(JSON.stringify(by)));
}

function cannotReplace(document: ManifestDocument, replacements: readonly Replacement[]): FormatError {
  const object = replacements.find((each) => each.object.document === document)?.object;
  const place = placeIn(document, object?.node.range[0] ?? 0);
  return new FormatError(
    'CANNOT_REPLACE',
    `${place}: the Secret cannot be replaced without changing something beside it`,
    {
      hint: 'write out the anchors (&name) and aliases (*name) that it shares with other objects of the document',
    },
  );
}
