// Entries of mappings set, added and removed as splices, in the style of the mapping: block or flow, YAML or JSON.

import { isAlias, isMap, isScalar, type ParsedNode, type Scalar } from 'yaml';
import { columnIn, type ManifestDocument } from './documents.ts';
import { printJson, printLines } from './print.ts';
import { contentEnd } from './replace.ts';
import { applySplices, type Splice } from './splice.ts';
import { blanksBefore, lineBreakIn, lineEnd, lineStart } from './text.ts';
import { entriesOf } from './yaml.ts';

/** An entry of a mapping. */
export interface Entry {
  key: ParsedNode;
  value: ParsedNode | null;
  /** The mapping that it stands in is in flow style, `{…}`. */
  inFlow: boolean;
}

/** Entries by name, in their order. */
export interface NewEntries {
  readonly [name: string]: EntryValue;
}

/** What an entry is given: text, a list of texts, or a mapping of such. */
export type EntryValue = string | readonly string[] | NewEntries;

/** The entry of one's own mapping by name; merge keys are not followed. */
export function entryOf(node: unknown, name: string): Entry | undefined {
  const found = entriesOf(node).find((entry) => entry.name === name);
  return found && { key: found.key, value: found.value, inFlow: isMap(node) && node.flow === true };
}

/** The same of all of them at once, by name. */
export function entriesByName(node: unknown): ReadonlyMap<string, Entry> {
  const inFlow = isMap(node) && node.flow === true;
  return new Map(entriesOf(node).map(({ name, key, value }) => [name, { key, value, inFlow }]));
}

/** Offsets of a tree turned into those of the manifest's text. */
class Place {
  readonly source: string;
  readonly isJson: boolean;
  readonly #document: ManifestDocument;

  constructor(document: ManifestDocument) {
    this.#document = document;
    this.source = document.source;
    this.isJson = document.format === 'json';
  }

  at(offset: number): number {
    return this.#document.range.from + offset;
  }

  column(offset: number): number {
    return columnIn(this.#document, offset);
  }

  /** The line end in use there. */
  break(offset: number): string {
    return lineBreakIn(this.source, { from: this.at(offset), to: this.#document.range.to });
  }

  /** Where the text of an entry begins: at its key, or at the `?` before it (YAML 1.2.2 §8.2.2). */
  start({ range: [key] }: ParsedNode): number {
    const from = this.at(key);
    const mark = blanksBefore(this.source, from) - 1;
    return this.source[mark] === '?' && mark >= lineStart(this.source, from) ? mark : from;
  }

  /** Where the last line of an entry ends; blank lines that its value keeps (`|+`) are its own. */
  end({ key, value }: { key: ParsedNode; value: ParsedNode | null }): number {
    if (value === null || value.range[1] <= key.range[1]) return this.lastLine(key);
    const [from, to] = [this.at(value.range[0]), this.at(value.range[1])];
    const keeps = isScalar(value) && /^[|>][0-9]?\+/.test(this.source.slice(from, from + 3));
    const kept = to - (/\r?\n$/.exec(this.source.slice(Math.max(from, to - 2), to))?.[0].length ?? 0);
    return keeps ? Math.max(this.lastLine(value), kept) : this.lastLine(value);
  }

  /** Where the last line of a node ends, with blanks and a comment behind it. */
  lastLine(node: ParsedNode): number {
    const [from, to] = [this.at(node.range[0]), this.at(contentEnd(node))];
    return lineEnd(this.source, from + this.source.slice(from, to).trimEnd().length);
  }
}

/**
 * Another text for an entry that is there. Its key, anchor, comments and, where they can hold the new text, its quotes stay.
 * `undefined` where the value is no scalar.
 */
export function setEntry(
  document: ManifestDocument,
  { key, value, inFlow }: Entry,
  text: string,
): Splice[] | undefined {
  const place = new Place(document);
  if (value !== null && isAlias(value)) return [{ ...ranged(place, value), text: scalarText(text, place) }];
  if (value !== null && !isScalar(value)) return undefined;
  if (value === null || value.range[0] === value.range[1])
    return [filled(place, value ?? key, scalarText(text, place))];
  const isBlock = value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED';
  if (text.includes('\n') && !inFlow && !place.isJson) return blockSplices(place, { key, value, isBlock }, text);
  if (isBlock) return unblocked(place, value, scalarText(text, place));
  return [{ ...ranged(place, value), text: quotedAs(value.type, text, place) }];
}

function ranged(place: Place, node: ParsedNode): { from: number; to: number } {
  return { from: place.at(node.range[0]), to: place.at(node.range[1]) };
}

// Nothing stands there yet: behind the colon, or behind an anchor.
function filled(place: Place, node: ParsedNode, text: string): Splice {
  const at = isScalar(node) && node.range[0] === node.range[1] ? place.at(node.range[0]) : afterColon(place, node);
  const before = /[ \t]/.test(place.source.charAt(at - 1)) ? '' : ' ';
  return { from: at, to: at, text: `${before}${text}${place.source[at] === '#' ? ' ' : ''}` };
}

function afterColon(place: Place, key: ParsedNode): number {
  return place.source.indexOf(':', place.at(key.range[1])) + 1;
}

// The header becomes the value, so that a comment behind it stays; the lines below go.
function unblocked(place: Place, value: Scalar.Parsed, text: string): Splice[] {
  const from = place.at(value.range[0]);
  const header = /^[|>][-+0-9]*/.exec(place.source.slice(from, from + 4))?.[0] ?? '|';
  const headerEnd = lineEnd(place.source, from);
  const to = Math.max(headerEnd, place.lastLine(value));
  return [
    { from, to: from + header.length, text },
    { from: headerEnd, to, text: '' },
  ];
}

// Several lines: a literal block scalar, whose header stands where the value was.
function blockSplices(
  place: Place,
  { key, value, isBlock }: { key: ParsedNode; value: Scalar.Parsed; isBlock: boolean },
  text: string,
): Splice[] {
  const lineBreak = place.break(key.range[0]);
  const first = lineEnd(place.source, isBlock ? place.at(value.range[0]) : place.lastLine(value));
  const indent = (isBlock && contentIndent(place, first)) || ' '.repeat(place.column(key.range[0]) + 2);
  const lines = text.replace(/\n$/, '').split('\n');
  const content = lines.map((line) => `${lineBreak}${indent}${line}`).join('');
  const isLiteral = value.type === 'BLOCK_LITERAL';
  const head = isLiteral ? [] : [headOf(place, value, isBlock)];
  return [...head, { from: first, to: isBlock ? Math.max(first, place.lastLine(value)) : first, text: content }];
}

function contentIndent({ source }: Place, headerEnd: number): string | undefined {
  return /^\r?\n([ ]+)\S/.exec(source.slice(headerEnd, headerEnd + 300))?.[1];
}

function headOf(place: Place, value: Scalar.Parsed, isBlock: boolean): Splice {
  const { from, to } = ranged(place, value);
  const header = /^[|>][-+0-9]*/.exec(place.source.slice(from, from + 4))?.[0] ?? '';
  return { from, to: isBlock ? from + header.length : to, text: '|' };
}

function quotedAs(type: unknown, text: string, place: Place): string {
  if (type === 'QUOTE_DOUBLE' || place.isJson) return quoted(text);
  const isSimple = /^[\w+/=.-]*$/.test(text);
  return type === 'QUOTE_SINGLE' && isSimple ? `'${text}'` : scalarText(text, place);
}

function quoted(text: string): string {
  return printJson([text], 0).slice(1, -1);
}

// Letters first, so that no reader takes it for anything but text; nothing that means something within `{…}`.
const plainText = /^[A-Za-z/][\w+/=.-]{8,}$/;
const plainKey = /^[A-Za-z_][\w./-]*$/;
const meaning = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

function scalarText(text: string, { isJson }: Pick<Place, 'isJson'>): string {
  return !isJson && plainText.test(text) ? text : quoted(text);
}

function flowEntries(entries: NewEntries, place: Place): string[] {
  return Object.entries(entries).map(([name, value]) => {
    const key = !place.isJson && plainKey.test(name) && !meaning.test(name) ? name : quoted(name);
    return `${key}: ${flowValue(value, place)}`;
  });
}

// `Array.isArray` does not know of lists that are only read.
const isList = (value: Exclude<EntryValue, string>): value is readonly string[] => Array.isArray(value);

function flowValue(value: EntryValue, place: Place): string {
  if (typeof value === 'string') return scalarText(value, place);
  if (isList(value)) return `[${value.map((text) => scalarText(text, place)).join(', ')}]`;
  return `{${flowEntries(value, place).join(', ')}}`;
}

/**
 * New entries in the mapping that is `container`'s value; an empty or missing mapping is begun. They are the last ones, or the
 * first: one of both leaves the neighbours as they are. `undefined` where the value is no mapping of its own.
 */
export function insertEntries(
  document: ManifestDocument,
  container: Entry,
  { added, as }: { added: NewEntries; as: 'first' | 'last' },
): Splice[] | undefined {
  const place = new Place(document);
  const map = container.value;
  const entries = entriesOf(map);
  if (isMap(map) && entries.length > 0) {
    return map.flow || place.isJson
      ? [insertedInFlow(place, entries, { texts: flowEntries(added, place), as })]
      : [insertedInBlock(place, entries, { added, as })];
  }
  const isEmpty = map === null || isMap(map) || (isScalar(map) && map.value === null);
  if (!isEmpty) return undefined;
  return container.inFlow || place.isJson
    ? [begunInFlow(place, container, flowEntries(added, place).join(', '))]
    : begunInBlock(place, container, added);
}

// One by one: together they would be put into the order of an object's fields.
function blockLines(entries: NewEntries): string[] {
  return Object.entries(entries).flatMap(([name, value]) => printLines({ [name]: value }).map(({ text }) => text));
}

type Entries = ReturnType<typeof entriesOf>;

function insertedInBlock(
  place: Place,
  entries: Entries,
  { added, as }: { added: NewEntries; as: 'first' | 'last' },
): Splice {
  const [first] = entries;
  const last = entries.at(-1);
  if (!first || !last) throw new TypeError('a mapping with entries');
  const start = place.start(first.key);
  const column = start - lineStart(place.source, start);
  const lineBreak = place.break(first.key.range[0]);
  const lines = blockLines(added).map((line) => ' '.repeat(column) + line);
  if (as === 'last') {
    const at = place.lastLine(last.value && last.value.range[1] > last.key.range[1] ? last.value : last.key);
    // What ended the last line ends the new ones: in a file of both kinds no line may change its end.
    const ends = place.source.indexOf('\n', at) === -1 ? lineBreak : lineBreakIn(place.source, { from: at, to: at });
    return { from: at, to: at, text: lines.map((line) => ends + line).join('') };
  }
  return { from: start, to: start, text: `${lines.join(lineBreak).slice(column)}${lineBreak}${' '.repeat(column)}` };
}

function insertedInFlow(
  place: Place,
  entries: Entries,
  { texts, as }: { texts: readonly string[]; as: 'first' | 'last' },
): Splice {
  const { source } = place;
  const entry = as === 'first' ? entries[0] : entries.at(-1);
  if (!entry) throw new TypeError('a mapping with entries');
  const start = place.at(entry.key.range[0]);
  const indent = source.slice(lineStart(source, start), start);
  const gap = indent.trim() === '' ? place.break(entry.key.range[0]) + indent : ' ';
  if (as === 'first') return { from: start, to: start, text: texts.map((text) => `${text},${gap}`).join('') };
  const at = place.at((entry.value ?? entry.key).range[1]);
  return { from: at, to: at, text: texts.map((text) => `,${gap}${text}`).join('') };
}

function begunInFlow(place: Place, { key, value }: Entry, text: string): Splice {
  if (value !== null && isMap(value)) {
    const at = place.at(value.range[0]) + 1;
    return { from: at, to: at, text };
  }
  if (value === null || value.range[0] === value.range[1]) return filled(place, value ?? key, `{${text}}`);
  return { ...ranged(place, value), text: `{${text}}` };
}

// Where `{}` or nothing stood, a block begins, as people and other tools write it.
function begunInBlock(place: Place, { key, value }: Entry, map: NewEntries): Splice[] {
  const { source } = place;
  const lineBreak = place.break(key.range[0]);
  const isThere = value !== null && value.range[1] > value.range[0];
  const from = isThere ? place.at(value.range[0]) : 0;
  if (isThere && source.slice(lineStart(source, from), from).trim() === '') {
    const column = from - lineStart(source, from);
    const lines = blockLines(map).map((line, index) => (index === 0 ? line : ' '.repeat(column) + line));
    return [{ from, to: place.at(value.range[1]), text: lines.join(lineBreak) }];
  }
  const at = lineEnd(source, isThere ? place.at(value.range[1]) : afterColon(place, key));
  const column = place.column(key.range[0]) + 2;
  const text = blockLines(map)
    .map((line) => lineBreak + ' '.repeat(column) + line)
    .join('');
  const gone = isThere ? [{ from: blanksBefore(source, from), to: place.at(value.range[1]), text: '' }] : [];
  return [...gone, { from: at, to: at, text }];
}

/** An entry that may go, in a text. */
interface Removable {
  name: string;
  from: number;
  to: number;
}

/**
 * Entries taken away, one after another: an entry's own lines with a comment at their end, or within `{…}` its text with its
 * comma. The last one of a block mapping leaves `{}`. `undefined` where one of them is not there, or not in lines of its own.
 */
export function removeEntries(
  document: ManifestDocument,
  map: ParsedNode | null,
  names: readonly string[],
): Splice | undefined {
  if (!isMap(map)) return undefined;
  const place = new Place(document);
  const inFlow = map.flow === true || place.isJson;
  const entries = entriesOf(map);
  if (names.length > 1 && mayKeepLineEnd(place, entries)) return undefined;
  const left = entries.map((entry) => removable(place, entry, inFlow));
  const { source } = place;
  // How much is untouched before and behind all that goes.
  let [text, before, behind] = [source, source.length, source.length];
  for (const name of names) {
    const index = left.findIndex((entry) => entry.name === name);
    const splice = inFlow
      ? removedFromFlow(text, left, { index, isJson: place.isJson })
      : removedFromBlock(text, left, index);
    if (!splice) return undefined;
    before = Math.min(before, splice.from);
    behind = Math.min(behind, text.length - splice.to);
    text = applySplices(text, [splice]);
    left.splice(index, 1);
    shift(left, splice);
  }
  return { from: before, to: source.length - behind, text: text.slice(before, text.length - behind) };
}

// Whether the last line end of such a file goes with an entry depends on the value that is then the last one: it takes a reading.
function mayKeepLineEnd({ source }: Place, entries: Entries): boolean {
  const isBlock = (value: ParsedNode | null) => isScalar(value) && /^BLOCK_/.test(value.type ?? '');
  return !source.endsWith('\n') && entries.some(({ value }) => isBlock(value));
}

function removable(place: Place, { name, key, value }: Entries[number], inFlow: boolean): Removable {
  if (inFlow) return { name, from: place.at(key.range[0]), to: place.at((value ?? key).range[1]) };
  return { name, from: place.start(key), to: place.end({ key, value }) };
}

function shift(entries: readonly Removable[], { from, to, text }: Splice): void {
  const by = text.length - (to - from);
  for (const entry of entries) {
    if (entry.from >= to) entry.from += by;
    if (entry.to >= to) entry.to += by;
  }
}

function removedFromBlock(text: string, entries: readonly Removable[], index: number): Splice | undefined {
  const entry = entries[index];
  if (!entry) return undefined;
  const start = lineStart(text, entry.from);
  if (text.slice(start, entry.from).trim() !== '') return undefined;
  if (entries.length === 1) return { from: entry.from, to: entry.to, text: '{}' };
  return wholeLines(text, start, entry.to);
}

// At the end of a file without a final line end, the line end before goes in place of the one that is not there.
function wholeLines(source: string, start: number, end: number): Splice {
  const next = source.indexOf('\n', end);
  if (next !== -1) return { from: start, to: next + 1, text: '' };
  const lineBreak = /\r?\n$/.exec(source.slice(Math.max(0, start - 2), start))?.[0].length ?? 0;
  return { from: start - lineBreak, to: source.length, text: '' };
}

function removedFromFlow(
  text: string,
  entries: readonly Removable[],
  { index, isJson }: { index: number; isJson: boolean },
): Splice | undefined {
  const [before, entry, after] = [entries[index - 1], entries[index], entries[index + 1]];
  if (!entry) return undefined;
  const { from, to: end } = entry;
  const comma = /^\s*,/.exec(text.slice(end, end + 1000))?.[0].length ?? 0;
  // JSON takes no comma behind the last entry.
  if (!after && before && isJson) return { from: before.to, to: end, text: '' };
  const start = lineStart(text, from);
  const rest = text.slice(end + comma, lineEnd(text, end + comma)).trim();
  if (text.slice(start, from).trim() === '' && (rest === '' || rest.startsWith('#'))) {
    return wholeLines(text, start, end + comma);
  }
  const isSameLine = after && !text.slice(end, after.from).includes('\n');
  return { from, to: isSameLine ? after.from : end + comma, text: '' };
}
