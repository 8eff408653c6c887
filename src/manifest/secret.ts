// A plain Secret read strictly: what Kubernetes would refuse or drop in silence is an error that names the field.

import { isScalar, type ParsedNode } from 'yaml';
import { isBase64 } from '../encoding/base64.ts';
import { parseJson } from '../encoding/json.ts';
import { present } from '../encoding/present.ts';
import { FormatError } from '../errors.ts';
import type { ObjectMeta, Secret } from '../kube/objects.ts';
import { type ManifestDocument, placeIn } from './documents.ts';
import { isJsonObject, type JsonObject } from './kinds.ts';
import type { ManifestObject } from './objects.ts';
import { childOf, entriesOf } from './yaml.ts';

/** The fields that a Secret has. */
export const secretFields: readonly string[] = [
  'apiVersion',
  'kind',
  'metadata',
  'type',
  'immutable',
  'data',
  'stringData',
];

/**
 * Reads an object that `isSecret` as a Secret of the right shape. A null value in `data` or `stringData` is an empty one, as for kubectl.
 * Throws `FormatError` `NOT_A_SECRET` naming the place and field: a value that is no string, a field that Secrets do not have,
 * a value of `data` that is not base64, a key that YAML reads as a number or boolean. Names and sizes are left to sealing.
 */
export function readSecret(object: ManifestObject): Secret {
  const { value } = object;
  checkLetters(object);
  checkFields(object);
  const type = optionalText(object, 'type');
  const immutable = optionalBoolean(object, 'immutable');
  const data = stringMap(object, ['data']);
  for (const [item, text] of Object.entries(data ?? {})) checkBase64(object, item, text);
  const stringData = stringMap(object, ['stringData']);
  const metadata = readMetadata(object, value.metadata ?? {});
  return present({ apiVersion: 'v1', kind: 'Secret', metadata, type, immutable, data, stringData });
}

function readMetadata(object: ManifestObject, metadata: unknown): ObjectMeta {
  if (!isJsonObject(metadata)) throw wrong(object, ['metadata'], `is ${typeName(metadata)}, not a mapping`);
  for (const field of ['name', 'generateName', 'namespace'] as const) {
    const text = metadata[field] ?? '';
    if (typeof text !== 'string') throw notText(object, ['metadata', field], text);
  }
  const labels = stringMap(object, ['metadata', 'labels']);
  const annotations = stringMap(object, ['metadata', 'annotations']);
  const read = { labels, annotations };
  const rest = Object.entries(metadata).filter(([name, value]) => value !== null && !Object.hasOwn(read, name));
  return Object.assign(Object.fromEntries(rest), present(read));
}

const strange = /[^\P{Cc}\t\n\r]|[\u2028\u2029]/u;

// Kubernetes reads YAML 1.1, where control characters are none of its letters, and NEL, LS and PS end a line: a value would lose what
// stands around it, and an item behind one in a comment would be missed.
function checkLetters({ document, value }: ManifestObject): void {
  const at = strangeAt(document);
  if (at === -1) return;
  const letter = document.source
    .charCodeAt(document.range.from + at)
    .toString(16)
    .padStart(4, '0');
  const what = `${placeIn(document, at)}: ${nameOf(value)}: the letter U+${letter.toUpperCase()} means something else to Kubernetes, or nothing`;
  throw new FormatError('NOT_A_SECRET', what, { hint: `delete it, or write it as \\u${letter} in double quotes` });
}

const strangeIn = new WeakMap<ManifestDocument, number>();

/** Where the first such letter of a document is, or -1. Looked for once: a List may hold thousands of Secrets. */
function strangeAt(document: ManifestDocument): number {
  const known = strangeIn.get(document);
  if (known !== undefined) return known;
  const { source, range, format } = document;
  const text = document.read().isPlain ? '' : source.slice(range.from, range.to);
  const at = text.search(strange);
  // In JSON that is well-formed they are letters like others.
  const first = at !== -1 && format === 'json' && parseJson(text) !== undefined ? -1 : at;
  strangeIn.set(document, first);
  return first;
}

// A misspelt or wrongly indented field would be dropped in silence, and its values with it.
function checkFields(object: ManifestObject): void {
  const unknown = Object.keys(object.value).find((name) => !secretFields.includes(name));
  if (unknown === undefined) return;
  const near = secretFields.find((name) => name.toLowerCase() === unknown.toLowerCase());
  throw wrong(object, [unknown], 'is not a field of Secrets', {
    hint: near ? `did you mean ${near}?` : 'is it indented too little? items belong below data or stringData',
  });
}

function optionalText(object: ManifestObject, field: string): string | undefined {
  const value = object.value[field] ?? undefined;
  if (value !== undefined && typeof value !== 'string') throw notText(object, [field], value);
  return value;
}

function optionalBoolean(object: ManifestObject, field: string): boolean | undefined {
  const value = object.value[field] ?? undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrong(object, [field], `is ${typeName(value)}, not true or false`);
}

function stringMap(object: ManifestObject, path: readonly string[]): Record<string, string> | undefined {
  const value = path.reduce<unknown>((at, name) => (isJsonObject(at) ? at[name] : undefined), object.value);
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw wrong(object, path, `is ${typeName(value)}, not a mapping`);
  checkKeys(object, path);
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, textOf(object, [...path, name], text)]));
}

function textOf(object: ManifestObject, path: readonly string[], value: unknown): string {
  if (value === null) return '';
  if (typeof value !== 'string') throw notText(object, path, value);
  return value;
}

// kubectl turns such a key into another one: `on` into `true`, `010` into `8`, `1.50` into `1.5`.
const otherWord = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|True|TRUE|False|FALSE|null|Null|NULL|~)$/;
const otherBase = /^[-+]?0[xXoObB][0-9a-fA-F]+$/;
const number = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
// Go has single precision for fractions, where six digits are what always comes back as it went in.
const sameNumber = /^-?(?:0|[1-9][0-9]{0,14}|(?=[0-9.]{3,7}$)(?:0|[1-9][0-9]*)\.[0-9]{0,3}[1-9])$/;

function readsOtherwise(key: string): boolean {
  if (otherWord.test(key)) return true;
  const bare = /^[-+.0-9]/.test(key) ? key.replaceAll('_', '') : key;
  return otherBase.test(bare) || (number.test(bare) && !isSameNumber(key));
}

/** Whether Go, which turns numbers into text where it looks for text, makes this very text of the number that it says. */
export function isSameNumber(text: string): boolean {
  return sameNumber.test(text) && String(Number(text)) === text;
}

function checkKeys(object: ManifestObject, path: readonly string[]): void {
  if (object.document.read().isPlain) return;
  for (const { name, key } of entriesOf(nodeAt(object, path))) {
    if (isScalar(key) && key.type === 'PLAIN' && readsOtherwise(name)) {
      throw wrong(object, [...path, name], 'has a key that YAML reads as a number, boolean or null', {
        hint: `quote the key: "${name}":`,
        node: key,
      });
    }
  }
}

function checkBase64(object: ManifestObject, item: string, text: string): void {
  if (isBase64(text)) return;
  throw wrong(object, ['data', item], 'is not standard base64', { hint: 'plain text belongs below stringData' });
}

function notText(object: ManifestObject, path: readonly string[], value: unknown): FormatError {
  const hint = {
    data: 'values of data are base64 in text; plain text belongs below stringData, in quotes if YAML reads it as something else',
    stringData: 'put the value in quotes, so that it is read as text',
  }[path[0] ?? ''];
  return wrong(object, path, `is ${typeName(value)}, not text`, { hint: hint ?? 'put the value in quotes' });
}

function wrong(
  object: ManifestObject,
  path: readonly string[],
  what: string,
  { hint, node }: { hint?: string; node?: ParsedNode } = {},
): FormatError {
  const at = (node ?? nodeAt(object, path) ?? object.node).range[0];
  const place = placeIn(object.document, at);
  return new FormatError('NOT_A_SECRET', `${place}: ${nameOf(object.value)}: ${path.map(shown).join('.')} ${what}`, {
    ...(hint !== undefined && { hint }),
  });
}

/** The node below the object's own entries; null where there is none, or behind an alias or merge key. */
export function nodeAt({ node }: ManifestObject, path: readonly string[]): ParsedNode | null {
  return path.reduce<ParsedNode | null>((at, name) => childOf(at, name), node);
}

function nameOf({ metadata }: JsonObject): string {
  const name = isJsonObject(metadata) ? metadata.name : undefined;
  return typeof name === 'string' ? `Secret ${shown(name)}` : 'Secret without a name';
}

// Where the indentation is wrong, a key can be a piece of a value: only what looks like a name is shown.
function shown(name: string): string {
  return /^[\w./-]{1,253}$/.test(name) ? name : '(an odd key)';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return (
    { number: 'a number', boolean: 'a boolean', string: 'text', object: 'a mapping' }[typeof value as string] ??
    'something else'
  );
}
