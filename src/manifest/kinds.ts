// Which Kubernetes objects a manifest holds: told from apiVersion and kind alone.

import { isRecord } from '../encoding/json.ts';
import type { SealedSecret, Secret } from '../kube/objects.ts';

/** A JSON object of unknown shape. */
export type JsonObject = Record<string, unknown>;

/** Whether `value` is an object with named members, not an array or null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isRecord(value);
}

/** Whether `value` says it is a core/v1 Secret. Its fields are unchecked: see `readSecret`. */
export function isSecret(value: unknown): value is JsonObject & Pick<Secret, 'apiVersion' | 'kind'> {
  return isJsonObject(value) && value.apiVersion === 'v1' && value.kind === 'Secret';
}

/** The fields of a Secret that hold its values. */
export const valueFields: readonly string[] = ['data', 'stringData'];

/** Whether `value` says it is a bitnami.com/v1alpha1 SealedSecret. Its fields are unchecked. */
export function isSealedSecret(value: unknown): value is JsonObject & Pick<SealedSecret, 'apiVersion' | 'kind'> {
  return isJsonObject(value) && value.apiVersion === 'bitnami.com/v1alpha1' && value.kind === 'SealedSecret';
}

/** Whether `value` is a list of objects as `kubectl get -o yaml` prints them: `v1` `List`, or a typed list such as SecretList. */
export function isList(value: unknown): value is JsonObject & { kind: string; items: unknown[] } {
  return (
    isJsonObject(value) && typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items)
  );
}
