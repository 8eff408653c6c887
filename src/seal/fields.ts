// The types of fields in manifests, checked where people's YAML or a lenient API server may have put anything.

import { isRecord } from '../encoding/json.ts';
import { FormatError } from '../errors.ts';

/** The kind of anything, for messages such as "this is not a Secret but …". */
export function describeKind(object: unknown): string {
  if (object === undefined || object === null) return 'an empty document';
  if (!isRecord(object)) return 'something without fields';
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || kind === '') return 'something without a kind';
  return typeof apiVersion === 'string' ? `a ${kind} of ${apiVersion}` : `a ${kind} without an apiVersion`;
}

/** Throws `FormatError` (`INVALID_MANIFEST`) unless `value` is a map, or absent. Returns it, or an empty one. */
export function checkMap(field: string, value: unknown): Record<string, unknown> {
  if (isAbsent(value)) return {};
  if (!isRecord(value)) throw invalidManifest(`${field} is not a map`);
  return value;
}

/** Throws `FormatError` unless `value` is a map of texts, or absent. Texts may be absent too, as `key:` in YAML. */
export function checkTextMap(field: string, value: unknown): void {
  for (const [key, text] of Object.entries(checkMap(field, value))) checkText(`${field}.${key}`, text);
}

/** Throws `FormatError` unless `value` is text, or absent. */
export function checkText(field: string, value: unknown): void {
  if (!isAbsent(value) && typeof value !== 'string') throw invalidManifest(`${field} is not text`, 'put it in quotes');
}

/** Throws `FormatError` unless `value` is true, false or absent. */
export function checkBoolean(field: string, value: unknown): void {
  if (!isAbsent(value) && typeof value !== 'boolean') throw invalidManifest(`${field} is neither true nor false`);
}

/** Throws `FormatError` unless the fields of an ObjectMeta that we copy have their types. */
export function checkMetadata(field: string, value: unknown): void {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = checkMap(field, value);
  checkText(`${field}.name`, name);
  checkText(`${field}.namespace`, namespace);
  checkTextMap(`${field}.labels`, labels);
  checkTextMap(`${field}.annotations`, annotations);
  for (const finalizer of checkList(`${field}.finalizers`, finalizers)) checkText(`${field}.finalizers`, finalizer);
  for (const [index, owner] of checkList(`${field}.ownerReferences`, ownerReferences).entries()) {
    if (!isRecord(owner)) throw invalidManifest(`${field}.ownerReferences[${index}] is not a map`);
  }
}

function checkList(field: string, value: unknown): unknown[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value)) throw invalidManifest(`${field} is not a list`);
  return value;
}

/** A field whose type or combination makes the manifest unusable. */
export function invalidManifest(message: string, hint: string | readonly string[] = []): FormatError {
  return new FormatError('INVALID_MANIFEST', message, { hint });
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
