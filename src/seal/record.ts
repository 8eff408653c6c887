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

/** The annotation's text after an edit. Lines of other items stay as they are and where they are, whatever they say. */
export function editRecord(text: unknown, { set, drop, order }: RecordEdits): string {
  const lines = typeof text === 'string' ? text.split('\n').filter((line) => line.trim() !== '') : [];
  const itemOf = (line: string) => line.trim().split(/\s/, 1)[0] ?? '';
  const kept = lines.filter((line) => !drop.includes(itemOf(line)));
  const items = kept.map(itemOf);
  for (const line of set) {
    const words = serializeRecord([line]).trimEnd();
    const at = items.indexOf(line.item);
    if (at >= 0) kept[at] = words;
    else {
      const place = placeOf(line.item, items, order);
      kept.splice(place, 0, words);
      items.splice(place, 0, line.item);
    }
  }
  return kept.map((line) => `${line.trim()}\n`).join('');
}

// Behind the nearest item before it that has a line.
function placeOf(item: string, lines: readonly string[], order: readonly string[]): number {
  const before = order.slice(0, order.indexOf(item));
  return Math.max(0, ...before.map((each) => lines.lastIndexOf(each) + 1));
}
