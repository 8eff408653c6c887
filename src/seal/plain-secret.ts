// Plain Secrets as people write them: checking their shape, and their values as bytes.

import { base64Decode } from '../encoding/base64.ts';
import { utf8Bytes } from '../encoding/bytes.ts';
import { isRecord } from '../encoding/json.ts';
import { present } from '../encoding/present.ts';
import { FormatError } from '../errors.ts';
import type { ObjectMeta, Secret } from '../kube/objects.ts';
import { checkBoolean, checkMetadata, checkText, checkTextMap, describeKind, invalidManifest } from './fields.ts';
import { isItemName } from './item-name.ts';
import { recordAnnotation } from './record.ts';

/** Bytes that the values of one Secret may have together (Kubernetes, core/v1 MaxSecretSize). */
export const maxSecretBytes = 1024 * 1024;

/** `object` as a Secret. Throws `FormatError` for another kind or for fields of the wrong type; values are never shown. */
export function checkSecret(object: unknown): Secret {
  if (!isRecord(object) || object.kind !== 'Secret' || object.apiVersion !== 'v1') {
    throw new FormatError('NOT_A_SECRET', `this is not a Secret but ${describeKind(object)}`);
  }
  const { metadata, data, stringData, type, immutable } = object;
  checkMetadata('metadata', metadata);
  checkTextMap('data', data);
  checkTextMap('stringData', stringData);
  checkText('type', type);
  checkBoolean('immutable', immutable);
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
  if (isItemName(item)) return;
  throw new FormatError('INVALID_ITEM_NAME', `"${item}" cannot be the name of an item`, {
    hint: 'item names consist of letters, digits, "-", "_" and ".", at most 253 in all, and do not start with ".."',
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
  return present({
    name: name || undefined,
    namespace: namespace || undefined,
    labels: labels && Object.keys(labels).length > 0 ? sorted(Object.entries(labels)) : undefined,
    annotations: Object.keys(kept).length > 0 ? kept : undefined,
    finalizers: finalizers && finalizers.length > 0 ? [...finalizers] : undefined,
  });
}

/** A map with its keys sorted, as Go writes maps. */
export function sorted<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
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
    throw invalidManifest(`data.${item} is not standard base64`, 'plain text belongs under stringData');
  }
}
