// Printing objects that we made: fields in a fixed order, one line per value, nothing that a YAML 1.1 reader could take for another type.

import type { ManifestFormat } from './documents.ts';
import { isJsonObject, type JsonObject } from './kinds.ts';

/** One line of printed YAML without its line end, and the path of the entry that begins on it. */
export interface PrintedLine {
  text: string;
  /** Keys from the root, joined by NUL; absent on lines that begin no entry of a mapping. */
  path?: string;
}

/** How to print. */
export interface PrintOptions {
  /** Texts of several lines as literal block scalars. Default: true. */
  blocks?: boolean;
}

/** Prints one object with a final newline. YAML is block style without `---`; JSON is indented by two spaces. */
export function printManifest(object: object, format: ManifestFormat): string {
  if (format === 'json') return `${printJson(object, 2)}\n`;
  return printLines(object)
    .map(({ text }) => `${text}\n`)
    .join('');
}

/** Prints several objects as one stream: YAML documents with `---` between them, JSON values one after another. */
export function printManifests(objects: readonly object[], format: ManifestFormat): string {
  return objects.map((object) => printManifest(object, format)).join(format === 'yaml' ? '---\n' : '');
}

/** The object as JSON with fields in our order; valid as YAML flow style too. `indent` as for `JSON.stringify`. */
export function printJson(object: object, indent: number | string): string {
  return escapeForYaml(JSON.stringify(ordered(object, ''), null, indent));
}

/** The object as lines of block-style YAML. */
export function printLines(object: object, { blocks = true }: PrintOptions = {}): PrintedLine[] {
  const lines: PrintedLine[] = [];
  const json = ordered(object, '');
  if (isJsonObject(json)) addMap(lines, json, '', { indent: 0, blocks });
  return lines.length > 0 ? lines : [{ text: '{}' }];
}

// What a reader of a diff looks for first comes first; everything else keeps the order it was given in.
const fieldOrder: Record<string, readonly string[]> = {
  '': ['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'spec', 'data', 'stringData'],
  metadata: ['name', 'generateName', 'namespace', 'labels', 'annotations'],
  spec: ['encryptedData', 'template'],
  'spec.template': ['metadata', 'type', 'immutable', 'data'],
  'spec.template.metadata': ['name', 'generateName', 'namespace', 'labels', 'annotations'],
};

/** The value as JSON has it, fields without a value left out, those that we know in our order. */
function ordered(value: unknown, path: string | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item ?? null, undefined));
  if (!isJsonObject(value)) return value;
  // A field may be called `constructor`.
  const order = path !== undefined && Object.hasOwn(fieldOrder, path) ? fieldOrder[path] : undefined;
  const inOrder: [string, unknown][] = [];
  for (const name of order ? new Set([...order, ...Object.keys(value)]) : Object.keys(value)) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field !== undefined) inOrder.push([name, ordered(field, order && (path === '' ? name : `${path}.${name}`))]);
  }
  return Object.fromEntries(inOrder);
}

interface Place {
  indent: number;
  blocks: boolean;
}

function addMap(lines: PrintedLine[], map: JsonObject, path: string, place: Place): void {
  const margin = ' '.repeat(place.indent);
  for (const [name, value] of Object.entries(map)) {
    const own = path === '' ? name : `${path}\0${name}`;
    const line: PrintedLine = { text: `${margin}${scalarText(name)}:`, path: own };
    lines.push(line);
    if (Array.isArray(value) && value.length > 0) for (const item of value) addItem(lines, item, place);
    else if (isFilledMap(value)) addMap(lines, value, own, { ...place, indent: place.indent + 2 });
    else addScalar(lines, line, value, place);
  }
}

function isFilledMap(value: unknown): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).length > 0;
}

// A sequence stands at the column of its key, as kubectl prints it; what is in an item begins on the line of its dash.
function addItem(lines: PrintedLine[], item: unknown, place: Place): void {
  const dash = `${' '.repeat(place.indent)}-`;
  const inner = { ...place, indent: place.indent + 2 };
  const own: PrintedLine[] = [];
  if (Array.isArray(item) && item.length > 0) for (const each of item) addItem(own, each, inner);
  else if (isFilledMap(item)) addMap(own, item, '', inner);
  else {
    const line = { text: dash };
    lines.push(line);
    addScalar(lines, line, item, place);
  }
  for (const [index, { text }] of own.entries())
    lines.push({ text: index === 0 ? `${dash} ${text.slice(inner.indent)}` : text });
}

/** Ends `line`, the last one so far, with a value; a block's own lines follow it. */
function addScalar(lines: PrintedLine[], line: PrintedLine, value: unknown, { indent, blocks }: Place): void {
  if (typeof value !== 'string') {
    line.text += ` ${JSON.stringify(value)}`;
    return;
  }
  if (!blocks || !fitsBlock(value)) {
    line.text += ` ${scalarText(value)}`;
    return;
  }
  const clip = value.endsWith('\n');
  line.text += clip ? ' |' : ' |-';
  const padding = ' '.repeat(indent + 2);
  for (const each of (clip ? value.slice(0, -1) : value).split('\n')) {
    lines.push({ text: each === '' ? '' : `${padding}${each}` });
  }
}

// A block scalar must come back the same after an editor has stripped blanks, and needs no indentation indicator.
function fitsBlock(text: string): boolean {
  return /^[^\s].*\n/.test(text) && !/[ \t]\n|[ \t]$|\n\n$/.test(text) && isPrintable(text);
}

// The second pattern takes a while to build, and hardly any text needs it.
function isPrintable(text: string): boolean {
  return /^[\n\t\x20-\x7e]*$/.test(text) || !unprintable.test(text);
}
const unprintable = /[^\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

// Letters first, then only what no YAML reader gives a meaning: numbers, dates, `<<` and `=` never match.
const plain = /^[A-Za-z_/](?:[\w./@+=-]|[: ](?=[\w./@+=-]))*$/;
// The last one is an exponent without digits, a number to readers with a loose pattern.
const meaning = /^(?:y|n|yes|no|on|off|true|false|null|e[0-9]+)$/i;

/** A string as a YAML scalar on one line: plain where every reader sees a string, else double-quoted. */
export function scalarText(text: string): string {
  if (plain.test(text) && !meaning.test(text)) return text;
  // Half a surrogate pair is no character; Go reads it as U+FFFD from JSON and refuses it in YAML.
  return escapeForYaml(JSON.stringify(text.toWellFormed()));
}

// YAML 1.1 breaks lines at these, or forbids them; JSON lets them stand as they are.
function escapeForYaml(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
