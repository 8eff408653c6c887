// The seal record: an annotation that says, item by item, under which key, for what and when a value was sealed.

import { labelText, type SealedFor } from './scope.ts';

/** The annotation on a SealedSecret that holds its record. Never on the Secret. */
export const recordAnnotation = 'sealwright.dev/sealed';

/** One line of the record. A hint for people and for the order in which keys are tried; never trusted. */
export interface RecordLine {
  item: string;
  /** First 16 bytes, hex, of SHA-256 over the certificate's SubjectPublicKeyInfo. */
  keyId: string;
  /** `namespace/name`, `namespace`, or `*` for cluster-wide. */
  sealedFor: string;
  /** UTC day, `YYYY-MM-DD`. */
  day: string;
}

/** Item name → its line, in the order of the annotation. */
export type SealRecord = Map<string, RecordLine>;

const shape = /^(?<item>\S+) (?<keyId>[0-9a-f]{32}) (?<sealedFor>\S+) (?<day>\d{4}-\d{2}-\d{2})$/;

/** The record in an annotation's text. Lines of another shape are skipped; of two lines for one item the last counts. */
export function parseRecord(text: unknown): SealRecord {
  const record: SealRecord = new Map();
  if (typeof text !== 'string') return record;
  for (const line of text.split('\n')) {
    const { item, keyId, sealedFor, day } = shape.exec(line.trim())?.groups ?? {};
    if (item === undefined || keyId === undefined || sealedFor === undefined || day === undefined) continue;
    record.delete(item);
    record.set(item, { item, keyId, sealedFor, day });
  }
  return record;
}

/** The annotation's text: one line an item, in the order given, each ended by a line feed. Empty for no lines. */
export function serializeRecord(lines: Iterable<RecordLine>): string {
  return Array.from(lines, (line) => `${line.item} ${line.keyId} ${line.sealedFor} ${line.day}\n`).join('');
}

/** The line for an item sealed now. */
export function recordLine(options: { item: string; keyId: string; sealedFor: SealedFor; now: Date }): RecordLine {
  const { item, keyId, sealedFor, now } = options;
  return { item, keyId, sealedFor: recordLabel(sealedFor), day: now.toISOString().slice(0, 10) };
}

/** How the record writes what a value is sealed for. */
export function recordLabel(sealedFor: SealedFor): string {
  return labelText(sealedFor) || '*';
}

/** What changes in a record. */
export interface RecordEdits {
  /** New lines, one an item. */
  set: readonly RecordLine[];
  /** Items whose lines go. */
  drop: readonly string[];
  /** Every item of `encryptedData`, in its order: where a new line goes. */
  order: readonly string[];
}

/**
 * The annotation's text after an edit. Lines of other items stay as they are and where they are, whatever they say; a new line comes behind
 * the last one of any item before it.
 */
export function editRecord(text: unknown, { set, drop, order }: RecordEdits): string {
  const dropped = new Set(drop);
  const lines = typeof text === 'string' ? text.split('\n').filter((line) => line.trim() !== '') : [];
  const kept = lines.map((line) => ({ item: itemOf(line), line })).filter(({ item }) => !dropped.has(item));
  // Of two lines for one item the first takes the new words.
  const known = new Map(kept.toReversed().map((each) => [each.item, each]));
  const added = new Map<string, PlacedLine>();
  for (const line of set) {
    const words = { item: line.item, line: serializeRecord([line]) };
    const old = known.get(line.item);
    if (old) old.line = words.line;
    else added.set(line.item, words);
  }
  return merged(kept, [...added.values()], order)
    .map(({ line }) => `${line.trim()}\n`)
    .join('');
}

interface PlacedLine {
  item: string;
  line: string;
}

const itemOf = (line: string) => line.trim().split(/\s/, 1)[0] ?? '';

// From the end, so that every line is looked at once: a Secret may have thousands.
function merged(kept: readonly PlacedLine[], added: readonly PlacedLine[], order: readonly string[]): PlacedLine[] {
  const ranks = new Map(order.map((item, rank) => [item, rank]));
  const rankOf = ({ item }: PlacedLine) => ranks.get(item) ?? order.length;
  const rest = [...kept];
  const backwards: PlacedLine[] = [];
  for (const line of added.toSorted((a, b) => rankOf(b) - rankOf(a))) {
    for (let last = rest.at(-1); last && rankOf(last) >= rankOf(line); last = rest.at(-1)) {
      backwards.push(last);
      rest.pop();
    }
    backwards.push(line);
  }
  return [...rest, ...backwards.reverse()];
}
