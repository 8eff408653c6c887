// A SealedSecret as checks look at it: whatever its fields hold, each value decoded once.

import { base64Decode, isBase64 } from '../../encoding/base64.ts';
import { asciiText } from '../../encoding/bytes.ts';
import { isJsonObject, isSealedSecret, type JsonObject } from '../../manifest/kinds.ts';
import { parseEnvelope } from '../../seal/envelope.ts';
import { parseRecord, type RecordLine, recordAnnotation } from '../../seal/record.ts';
import { type Scope, scopeOf } from '../../seal/scope.ts';
import type { SchemaPath } from '../schema.ts';
import { isUnrendered } from './filled-in.ts';
import type { Subject } from './subject.ts';

/** One sealed value. */
export interface SealedItem {
  name: string;
  /** Where it stands in the object. */
  at: SchemaPath;
  /** A whole Secret in one value, the form of Sealed Secrets before 0.7. */
  isLegacy: boolean;
  /** Length of its text. */
  size: number;
  record: RecordLine | undefined;
  value: SealedValue;
}

/** What a sealed value is, as far as anyone can see. `unrendered`: a template will make it. */
export type SealedValue =
  | { is: 'sound'; bits: number }
  | { is: 'damaged'; why: string }
  | { is: 'twice' }
  | { is: 'unrendered' };

/** A SealedSecret under check. */
export interface SealedView {
  name: string | undefined;
  /** Its own; `undefined` where it has none. */
  namespace: string | undefined;
  scope: Scope;
  items: readonly SealedItem[];
}

const views = new WeakMap<JsonObject, SealedView>();

/** The SealedSecret of a subject; `undefined` when it is something else. */
export function sealedViewOf({ object: { value } }: Pick<Subject, 'object'>): SealedView | undefined {
  return isSealedSecret(value) ? sealedView(value) : undefined;
}

/** The same of an object that is a SealedSecret. */
export function sealedView(value: JsonObject): SealedView {
  const known = views.get(value);
  if (known) return known;
  const view = viewOf(value);
  views.set(value, view);
  return view;
}

function viewOf({ metadata, spec }: JsonObject): SealedView {
  const { name, namespace, annotations } = isJsonObject(metadata) ? metadata : {};
  const texts = isJsonObject(annotations) ? annotations : {};
  const record = parseRecord(texts[recordAnnotation]);
  return {
    name: textOf(name),
    namespace: textOf(namespace),
    scope: scopeOf(texts as Record<string, string>),
    items: isJsonObject(spec) ? itemsOf(spec, record) : [],
  };
}

function itemsOf({ encryptedData, data }: JsonObject, record: ReadonlyMap<string, RecordLine>): SealedItem[] {
  const legacy = typeof data === 'string' ? [itemOf('data', data, ['spec', 'data'], undefined)] : [];
  if (!isJsonObject(encryptedData)) return legacy;
  return Object.entries(encryptedData).map(([name, text]) =>
    itemOf(name, text, ['spec', 'encryptedData', name], record.get(name)),
  );
}

function itemOf(name: string, text: unknown, at: SchemaPath, record: RecordLine | undefined): SealedItem {
  return {
    name,
    at,
    record,
    isLegacy: at[1] === 'data',
    size: typeof text === 'string' ? text.length : 0,
    value: lookAt(text),
  };
}

function lookAt(text: unknown): SealedValue {
  if (typeof text !== 'string') return { is: 'damaged', why: 'is not text' };
  const bytes = decoded(text);
  if (!bytes) return isUnrendered(text) ? { is: 'unrendered' } : { is: 'damaged', why: 'is not standard base64' };
  // Base64 of base64 starts with letters, which as a length would be that of a key of more than 80,000 bits.
  if (isSealedText(bytes)) return { is: 'twice' };
  const bits = keyBits(bytes);
  return bits === undefined ? { is: 'damaged', why: 'is cut off or was not made by sealing' } : { is: 'sound', bits };
}

function isSealedText(bytes: Uint8Array): boolean {
  if (!/^[A-Za-z0-9+/]{4}/.test(asciiText(bytes.subarray(0, 4)))) return false;
  const text = asciiText(bytes);
  if (!isBase64(text)) return false;
  const bits = keyBits(base64Decode(text));
  return bits !== undefined && bits <= 16_384;
}

function keyBits(bytes: Uint8Array): number | undefined {
  try {
    return parseEnvelope(bytes).wrappedKey.byteLength * 8;
  } catch {
    return undefined;
  }
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return base64Decode(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
