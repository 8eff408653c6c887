// Which comments of a plain Secret stay when it is sealed in place, and where they go.
//
// A comment inside `data` or `stringData` may hold a secret (an old password, a commented-out entry), so those go with the
// values. All others stay with the field they belong to, unless they show a value of this Secret; after `data` a comment
// that looks like a commented-out entry goes too.

import { isAlias, isMap, isScalar, type ParsedNode } from 'yaml';
import { base64Decode, base64Encode, isBase64 } from '../encoding/base64.ts';
import { isJsonObject, type JsonObject, valueFields } from './kinds.ts';
import type { PrintedLine } from './print.ts';
import { lineEnd, lineStart } from './text.ts';
import { entriesOf } from './yaml.ts';

/** The comments of one field. */
interface FieldComments {
  /** Lines of their own above the field, without indentation. */
  above: string[];
  /** The comment at the end of the field's line, with the blanks before it; '' when there is none. */
  beside: string;
}

/** Whether a comment may stay in a file that is about to be committed. */
export type CommentFilter = (comment: string, place: { afterValues: boolean }) => boolean;

/** The filter for the Secrets of one document: refuses comments that show one of their values, encoded or decoded. */
export function commentFilter(secrets: readonly JsonObject[]): CommentFilter {
  // Most Secrets have no comment.
  let needles: string[] | undefined;
  return (comment, { afterValues }) => {
    needles ??= tellTalesOf(secrets);
    if (needles.some((needle) => comment.includes(needle))) return false;
    return !(afterValues && /^#+\s*["']?[-.\w]+["']?\s*[:=]/.test(comment));
  };
}

function tellTalesOf(secrets: readonly JsonObject[]): string[] {
  return secrets
    .flatMap((secret) => valueFields.map((field) => secret[field]))
    .flatMap((values) => Object.values(isJsonObject(values) ? values : {}))
    .flatMap(tellTales);
}

// Shorter pieces would hit ordinary words.
function tellTales(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  const decoded = isBase64(value) ? new TextDecoder().decode(base64Decode(value)) : '';
  return [value, decoded]
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line.length >= 4)
    .flatMap((line) => [line, encoded(line)]);
}

// Without the last digits, which change with what follows the text, such as a line end.
function encoded(text: string): string {
  return base64Encode(new TextEncoder().encode(text)).replace(/.?=*$/, '');
}

/** Adds the comments of the Secret at `node` to the printed lines of what replaces it. `source` is the text that `node` counts in. */
export function keepComments(
  lines: readonly PrintedLine[],
  source: string,
  node: ParsedNode,
  filter: CommentFilter,
): string[] {
  const left = collect(source, node, [], filter);
  return lines.flatMap(({ text, path }) => {
    const comments = path === undefined ? undefined : left.get(path);
    if (!comments) return [text];
    const indent = ' '.repeat(text.length - text.trimStart().length);
    return [...comments.above.map((comment) => indent + comment), text + comments.beside];
  });
}

function collect(
  source: string,
  map: ParsedNode,
  path: readonly string[],
  filter: CommentFilter,
): Map<string, FieldComments> {
  const found = new Map<string, FieldComments>();
  let afterValues = false;
  for (const [index, { name, key, value }] of entriesOf(map).entries()) {
    const own = [...path, name];
    const isFirst = path.length === 0 && index === 0;
    const above = isFirst
      ? []
      : commentsAbove(source, key.range[0]).filter((comment) => filter(comment, { afterValues }));
    const isValues = path.length === 0 && valueFields.includes(name);
    const beside = isValues && isMap(value) && value.flow ? '' : commentBeside(source, key, value);
    const kept = beside !== '' && filter(beside.trim(), { afterValues: isValues }) ? beside : '';
    if (above.length > 0 || kept !== '') found.set(placeOf(own), { above, beside: kept });
    afterValues = isValues;
    if (!afterValues && value && isMap(value) && !value.flow) {
      for (const [at, comments] of collect(source, value, own, filter)) found.set(at, comments);
    }
  }
  return found;
}

// Comment lines right above a key and at its column; at another column they belong to something else.
function commentsAbove(source: string, at: number): string[] {
  const start = lineStart(source, at);
  const indent = source.slice(start, at);
  if (indent.trim() !== '') return [];
  const comments: string[] = [];
  for (let end = start; end > 0; ) {
    const from = lineStart(source, end - 1);
    const line = source.slice(from, lineEnd(source, from));
    if (!line.startsWith(`${indent}#`)) break;
    comments.unshift(line.trim());
    end = from;
  }
  return comments;
}

function commentBeside(source: string, key: ParsedNode, value: ParsedNode | null): string {
  const onOneLine = value && (isScalar(value) || isAlias(value) || (isMap(value) && value.flow === true));
  const isBlock = isScalar(value) && (value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED');
  const from = onOneLine && !isBlock ? value.range[1] : key.range[1];
  const rest = source.slice(from, lineEnd(source, from));
  return /^(?:\s*:)?(?:\s+[|>][-+0-9]*)?(\s+#.*)$/.exec(rest)?.[1]?.trimEnd() ?? '';
}

// Where a field of a Secret is found in the SealedSecret.
function placeOf(path: readonly string[]): string {
  const [top, field] = path;
  if (top === 'type' || top === 'immutable') return ['spec', 'template', top].join('\0');
  if (top !== undefined && valueFields.includes(top)) return ['spec', 'encryptedData'].join('\0');
  if (top === 'metadata' && field !== undefined && field !== 'name' && field !== 'namespace') {
    return ['spec', 'template', ...path].join('\0');
  }
  return path.join('\0');
}
