// The items of a SealedSecret as people edit them: a line each, placeholders for what is sealed, plain text for what is new.

import { isAlias, isMap, isScalar, type ParsedNode } from 'yaml';
import { FormatError, messageOf } from '../errors.ts';
import { isItemName } from '../seal/item-name.ts';
import type { RecordLine, SealRecord } from '../seal/record.ts';
import { type ManifestDocument, parseManifest, positionIn, type ReadDocument } from './documents.ts';
import { scalarText } from './print.ts';
import { entriesOf } from './yaml.ts';

/** What there is to edit. */
export interface ItemView {
  /** In the order of the file. */
  items: readonly string[];
  record: SealRecord;
}

/** What was done to the items. */
export interface ViewChanges {
  /** Item name → new value. */
  set: Map<string, string>;
  unset: string[];
  kept: string[];
}

/** A line for each item. */
export function printItemView({ items, record }: ItemView): string {
  return items.map((item) => `${scalarText(item)}: ${placeholderOf(record.get(item))}\n`).join('');
}

/** `<sealed 2026-03-02 9f2c66d0>`, or `<sealed>` without a line in the record. */
export function placeholderOf(line: RecordLine | undefined): string {
  return line ? `<sealed ${line.day} ${line.keyId.slice(0, 8)}>` : '<sealed>';
}

const anyPlaceholder = /^<sealed(?: \d{4}-\d\d-\d\d [0-9a-f]{8})?>$/;

/**
 * Reads what was saved. Numbers, booleans and dates are taken as they are written. Throws `FormatError` (`INVALID_VIEW`,
 * `NOT_YAML`) that names the line and never shows a value.
 */
export function parseItemView(text: string, { items, record }: ItemView): ViewChanges {
  const [document, second] = parseManifest(text, { file: 'view' }).documents;
  if (second) throw wrong(second.line, 'a second document (---) is one too many');
  const root = document && read(document).root;
  if (!document || !root) return { set: new Map(), unset: [...items], kept: [] };
  if (!isMap(root)) throw wrong(1, 'this is no list of lines NAME: VALUE');
  const set = new Map<string, string>();
  const kept: string[] = [];
  for (const { name, key, value } of entriesOf(root)) {
    const line = positionIn(document, key.range[0]).line;
    if (!items.includes(name) && !isItemName(name))
      throw wrong(line, 'this cannot be the name of an item', 'letters, digits, "-", "_" and "."');
    const given = textOf({ name, value, line });
    if (items.includes(name) && given === placeholderOf(record.get(name))) kept.push(name);
    else if (anyPlaceholder.test(given)) throw strayPlaceholder(line, name);
    else set.set(name, given);
  }
  return { set, unset: items.filter((item) => !set.has(item) && !kept.includes(item)), kept };
}

function read(document: ManifestDocument): ReadDocument {
  try {
    return document.read();
  } catch (error) {
    const { line, phrase } = /^view:(?<line>\d+):\d+: (?<phrase>.*)$/.exec(messageOf(error))?.groups ?? {};
    if (line === undefined || phrase === undefined) throw error;
    throw wrong(Number(line), phrase, 'put values with characters such as @ % & * ! : # { [ in quotes');
  }
}

function textOf({ name, value, line }: { name: string; value: ParsedNode | null; line: number }): string {
  if (value !== null && isAlias(value))
    throw wrong(line, `${name} is an alias`, 'put a value that begins with * in quotes');
  if (value !== null && !isScalar(value))
    throw wrong(line, `${name} is no text`, 'put it in quotes, or write several lines below a |');
  if (value === null || (value.type === 'PLAIN' && value.source === '')) {
    throw wrong(line, `${name} has no value`, 'write "" for an empty one, or take the line away to remove the item');
  }
  const isCommented = value.comment !== undefined && value.comment !== null && value.type === 'PLAIN';
  // Half of a password would be sealed without a word.
  if (isCommented && !anyPlaceholder.test(String(value.source))) {
    throw wrong(line, `what follows # is no part of ${name}`, 'put the value in quotes, or write the comment above it');
  }
  return value.type === 'PLAIN' ? (value.source ?? '') : String(value.value);
}

function strayPlaceholder(line: number, name: string): FormatError {
  return wrong(
    line,
    `the placeholder at ${name} is that of another value`,
    'what is sealed cannot be copied or renamed; write the value anew',
  );
}

function wrong(line: number, what: string, hint: string | readonly string[] = []): FormatError {
  return new FormatError('INVALID_VIEW', `line ${line}: ${what}`, { hint });
}
