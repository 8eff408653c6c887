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
  const json: unknown = JSON.parse(JSON.stringify(ordered(object, '')));
  const lines = isJsonObject(json) ? mapLines(json, '', { indent: 0, blocks }) : [];
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

function ordered(value: unknown, path: string): unknown {
  // A field may be called `constructor`.
  const order = Object.hasOwn(fieldOrder, path) ? fieldOrder[path] : undefined;
  if (!order || !isJsonObject(value)) return value;
  const names = [
    ...order.filter((name) => Object.hasOwn(value, name)),
    ...Object.keys(value).filter((name) => !order.includes(name)),
  ];
  return Object.fromEntries(names.map((name) => [name, ordered(value[name], path === '' ? name : `${path}.${name}`)]));
}

interface Place {
  indent: number;
  blocks: boolean;
}

function mapLines(map: JsonObject, path: string, place: Place): PrintedLine[] {
  return Object.entries(map).flatMap(([name, value]) => {
    const own = path === '' ? name : `${path}\0${name}`;
    const [first, ...rest] = entryLines(`${' '.repeat(place.indent)}${scalarText(name)}:`, value, own, place);
    return first ? [{ ...first, path: own }, ...rest] : [];
  });
}

function entryLines(head: string, value: unknown, path: string, place: Place): PrintedLine[] {
  if (Array.isArray(value) && value.length > 0) {
    return [{ text: head }, ...value.flatMap((item) => itemLines(item, place))];
  }
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return [{ text: head }, ...mapLines(value, path, { ...place, indent: place.indent + 2 })];
  }
  return scalarLines(head, value, place);
}

// A sequence stands at the column of its key, as kubectl prints it; its mappings' first line follows the dash.
function itemLines(item: unknown, place: Place): PrintedLine[] {
  const dash = `${' '.repeat(place.indent)}-`;
  const inner = { ...place, indent: place.indent + 2 };
  const lines = Array.isArray(item) && item.length > 0 ? item.flatMap((each) => itemLines(each, inner)) : undefined;
  const nested = isJsonObject(item) && Object.keys(item).length > 0 ? mapLines(item, '', inner) : lines;
  if (!nested) return scalarLines(dash, item, place);
  return nested.map(({ text }, index) => ({ text: index === 0 ? `${dash} ${text.slice(place.indent + 2)}` : text }));
}

function scalarLines(head: string, value: unknown, { indent, blocks }: Place): PrintedLine[] {
  if (typeof value !== 'string') return [{ text: `${head} ${JSON.stringify(value)}` }];
  if (!blocks || !fitsBlock(value)) return [{ text: `${head} ${scalarText(value)}` }];
  const clip = value.endsWith('\n');
  const lines = (clip ? value.slice(0, -1) : value).split('\n');
  const padding = ' '.repeat(indent + 2);
  return [
    { text: `${head} ${clip ? '|' : '|-'}` },
    ...lines.map((line) => ({ text: line === '' ? '' : `${padding}${line}` })),
  ];
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
