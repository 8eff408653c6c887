// Plain Secrets as people write them: checking their shape, and their values as bytes.

import { base64Decode } from '../encoding/base64.ts';
import { utf8Bytes } from '../encoding/bytes.ts';
import { FormatError } from '../errors.ts';
import type { ObjectMeta, Secret } from '../kube/objects.ts';
import { recordAnnotation } from './record.ts';

/** Bytes that the values of one Secret may have together (Kubernetes, core/v1 MaxSecretSize). */
export const maxSecretBytes = 1024 * 1024;

const itemName = /^[-._a-zA-Z0-9]{1,253}$/;

/** `object` as a Secret. Throws `FormatError` for another kind or for fields of the wrong type; values are never shown. */
export function checkSecret(object: unknown): Secret {
  if (!isMap(object) || object.kind !== 'Secret' || object.apiVersion !== 'v1') {
    throw new FormatError('NOT_A_SECRET', `this is not a Secret but ${describeKind(object)}`);
  }
  const { metadata, data, stringData, type, immutable } = object;
  if (!isMap(metadata ?? {})) throw invalid('metadata is not a map');
  checkTexts('data', data);
  checkTexts('stringData', stringData);
  if (isMap(metadata)) {
    checkTexts('metadata.labels', metadata.labels);
    checkTexts('metadata.annotations', metadata.annotations);
    for (const field of ['name', 'namespace']) checkText(`metadata.${field}`, metadata[field]);
  }
  checkText('type', type);
  if (immutable !== undefined && immutable !== null && typeof immutable !== 'boolean') {
    throw invalid('immutable is neither true nor false');
  }
  return { ...object, metadata: metadata ?? {} } as Secret;
}

/**
 * Item name → bytes, sorted by name, `stringData` over `data` as the API server does. Throws `FormatError` for base64 that
 * is none, for names that no Secret may have, and for more than 1 MiB in all.
 */
export function valuesOf({ data, stringData }: Pick<Secret, 'data' | 'stringData'>): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const [item, text] of Object.entries(data ?? {})) values.set(item, decodeItem(item, text ?? ''));
  for (const [item, text] of Object.entries(stringData ?? {})) values.set(item, utf8Bytes(text ?? ''));
  let size = 0;
  for (const [item, bytes] of values) {
    checkItemName(item);
    size += bytes.byteLength;
  }
  checkSize(size);
  return new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Throws `FormatError` (`INVALID_ITEM_NAME`) for a name that Kubernetes refuses as a key of a Secret. */
export function checkItemName(item: string): void {
  if (itemName.test(item)) return;
  throw new FormatError('INVALID_ITEM_NAME', `"${item}" cannot be the name of an item`, {
    hint: 'item names consist of letters, digits, "-", "_" and ".", at most 253 in all',
  });
}

/** Throws `FormatError` (`SECRET_TOO_LARGE`) for more bytes than Kubernetes lets one Secret hold. */
export function checkSize(bytes: number): void {
  if (bytes <= maxSecretBytes) return;
  throw new FormatError('SECRET_TOO_LARGE', `the values take ${bytes} bytes, and a Secret holds at most 1 MiB`, {
    hint: 'split it into several Secrets',
  });
}

/** The metadata that people wrote and a template may carry: what the API server fills in is left out. */
export function templateMetadata(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, labels, annotations, finalizers } = metadata;
  const kept = sorted(Object.entries(annotations ?? {}).filter(([key]) => !neverCopied.includes(key)));
  return {
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    ...(labels && Object.keys(labels).length > 0 ? { labels: sorted(Object.entries(labels)) } : {}),
    ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}),
    ...(finalizers && finalizers.length > 0 ? { finalizers: [...finalizers] } : {}),
  };
}

/** A map with its keys sorted, as Go writes maps. */
export function sorted<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether `value` is a plain map, as YAML and JSON give it. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The kind of anything, for messages such as "this is not a Secret but …". */
export function describeKind(object: unknown): string {
  if (!isMap(object)) return object === undefined || object === null ? 'empty' : 'something else';
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || kind === '') return 'something without a kind';
  return typeof apiVersion === 'string' ? `a ${kind} of ${apiVersion}` : `a ${kind} without an apiVersion`;
}

// The first two hold the Secret's plain values (Sealed Secrets #227); the record belongs on the SealedSecret alone.
const neverCopied: readonly string[] = [
  recordAnnotation,
  'kubectl.kubernetes.io/last-applied-configuration',
  'kubecfg.ksonnet.io/last-applied-configuration',
];

function decodeItem(item: string, text: string): Uint8Array {
  try {
    return base64Decode(text);
  } catch {
    throw invalid(`data.${item} is not standard base64`, 'plain text belongs under stringData');
  }
}

function checkTexts(field: string, map: unknown): void {
  if (map === undefined || map === null) return;
  if (!isMap(map)) throw invalid(`${field} is not a map`);
  for (const [key, value] of Object.entries(map)) checkText(`${field}.${key}`, value);
}

function checkText(field: string, value: unknown): void {
  if (value === undefined || value === null || typeof value === 'string') return;
  throw invalid(`${field} is not text`, 'put it in quotes');
}

function invalid(message: string, hint?: string): FormatError {
  return new FormatError('INVALID_SECRET', message, hint === undefined ? {} : { hint });
}
