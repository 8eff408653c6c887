// What a Secret has to be: from an object's template, pure.

import { createHmac } from 'node:crypto';
import type { KubeObject, OwnerReference, SealedSecret, Secret } from '../../src/kube/objects.ts';
import { deniedSecretTypes, isNeverCopied, isTracking, objectAnnotations } from '../../src/kube/secret-rules.ts';
import type { SecretBytes } from '../../src/redact.ts';
import { isItemName } from '../../src/seal/item-name.ts';
import { maxSecretBytes } from '../../src/seal/plain-secret.ts';
import { Stalled } from '../engine/outcome.ts';
import { fingerprintAnnotation, leaveAnnotations, ownedByLabel } from './seen.ts';

/** Where a Secret is. */
export interface SecretPlace {
  namespace: string;
  name: string;
}

/** A Secret apart from its values. */
export interface SecretShape extends SecretPlace {
  /** Names of its items. */
  items: readonly string[];
  /** Empty: the server's default, Opaque. */
  type: string;
  immutable: boolean;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  ownerReferences: readonly OwnerReference[];
  /** Set when the Secret is made, and never again. */
  finalizers: readonly string[];
}

/** Item name → value. */
export type SecretValues = ReadonlyMap<string, SecretBytes>;

/** The ownerReference of a Secret made for `object`, in exactly the form of Sealed Secrets 0.36. */
export function ownerReferenceTo({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '', controller: true };
}

/** How Secrets go when their object goes: collected by the API server, or removed by us after a grace. */
export type Collection = 'ownerReference' | 'grace';

/** The Secret that a SealedSecret asks for, apart from its values. */
export function shapeOf(object: SealedSecret, collection: Collection = 'ownerReference'): SecretShape {
  const { metadata = {}, type = '', immutable = false, data } = object.spec.template ?? {};
  const annotations = fromTemplate(metadata?.annotations);
  const owners = ownersFor(object, annotations);
  const isGraced = collection === 'grace' && owners.some(({ uid }) => uid === object.metadata.uid);
  return {
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name ?? '',
    items: [...new Set([...Object.keys(object.spec.encryptedData ?? {}), ...Object.keys(data ?? {})])].sort(),
    type,
    immutable,
    labels: { ...fromTemplate(metadata?.labels), ...(isGraced && { [ownedByLabel]: object.kind }) },
    annotations,
    ownerReferences: isGraced ? [] : owners,
    finalizers: metadata?.finalizers ?? [],
  };
}

function ownersFor(object: SealedSecret, annotations: Record<string, string>): OwnerReference[] {
  // Sealed Secrets keeps the template's own references where it sets none (0.36, sealedsecret_expansion.go:342).
  if (annotations[leaveAnnotations.skipOwner] === 'true') return object.spec.template?.metadata?.ownerReferences ?? [];
  if (object.metadata.annotations?.[objectAnnotations.deletionPolicy] === 'retain') return [];
  return [ownerReferenceTo(object)];
}

/** The shape of a Secret that stays when the object goes. */
export function unowned(shape: SecretShape): SecretShape {
  const { [ownedByLabel]: _, ...labels } = shape.labels;
  return { ...shape, labels, ownerReferences: [] };
}

/** The object's own labels or annotations, without those that must not reach a Secret. */
export const copied = (from: Record<string, string>) => without(from, isNeverCopied);

/**
 * Labels or annotations of a template: written for the Secret, so that Argo CD knows its repositories and clusters
 * (`argocd.argoproj.io/secret-type`).
 */
export const fromTemplate = (from: Record<string, string> | null | undefined) => without(from ?? {}, isTracking);

function without(from: Record<string, string>, isLeftOut: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(from).filter(([name, value]) => typeof value === 'string' && !isLeftOut(name)),
  );
}

/** Throws `Stalled` for what the API server would refuse or what no one should get. `allowedTypes` undefined: all but the denied. */
export function checkShape(shape: SecretShape, allowedTypes: readonly string[] | undefined): void {
  const type = shape.type || 'Opaque';
  const isAllowed = allowedTypes ? allowedTypes.includes(type) : !deniedSecretTypes.includes(type);
  if (!isAllowed) {
    throw new Stalled('TypeNotAllowed', `Secrets of type ${type} are not made here`, {
      hint: 'choose another type in the template, or ask an administrator to list it in --allowed-secret-types',
    });
  }
  const wrong = shape.items.find((item) => !isItemName(item));
  if (wrong !== undefined) {
    // Quoted as JSON is: a name may hold what a terminal obeys.
    const shown = JSON.stringify(wrong.slice(0, 80));
    throw new Stalled('InvalidSpec', `${shown} cannot be the name of an item in a Secret`, {
      hint: "use letters, digits, '-', '_' and '.', at most 253 in all, and no '..' in front",
    });
  }
}

/** Throws `Stalled` when the values together are over the 1 MiB that Kubernetes allows. */
export function checkSize(values: SecretValues): void {
  let total = 0;
  for (const value of values.values()) total += value.byteLength;
  if (total <= maxSecretBytes) return;
  throw new Stalled('TooLarge', `the values have ${total} bytes, and a Secret may have ${maxSecretBytes}`, {
    hint: 'split it into several Secrets',
  });
}

/** The whole Secret, as it is created. */
export function secretOf(shape: SecretShape, values: SecretValues): Secret {
  const { namespace, name, labels, annotations, ownerReferences, finalizers, type, immutable } = shape;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      ...(hasAny(labels) && { labels: { ...labels } }),
      ...(hasAny(annotations) && { annotations: { ...annotations } }),
      ...(ownerReferences.length > 0 && { ownerReferences: [...ownerReferences] }),
      ...(finalizers.length > 0 && { finalizers: [...finalizers] }),
    },
    ...(type !== '' && { type }),
    ...(immutable && { immutable }),
    data: encoded(values),
  };
}

const hasAny = (map: Readonly<Record<string, string>>) => Object.keys(map).length > 0;

/** Values as a Secret's `data` holds them. */
function encoded(values: SecretValues): Record<string, string> {
  return Object.fromEntries(Array.from(values, ([item, value]) => [item, base64(value.reveal())]));
}

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** The shape with the fingerprint on it, for clusters whose CRD has no room for it in the status. */
export function withFingerprint(shape: SecretShape, fingerprint: string): SecretShape {
  return { ...shape, annotations: { ...shape.annotations, [fingerprintAnnotation]: fingerprint } };
}

/**
 * Keyed digest of everything that decides the Secret, `source` being whatever its values come from. Equal digests mean
 * that nothing has to be opened to know that nothing changed. Keyed, so that it tells nothing about guessable sources.
 */
export function fingerprintOf(key: Uint8Array, shape: SecretShape, source: unknown): string {
  return createHmac('sha256', key)
    .update(JSON.stringify(['v1', canonical(shape), canonical(source)]))
    .digest('base64url');
}

/** Keyed digest of the values themselves: tells whether a Secret's values changed, and nothing about them. */
export function valuesDigest(key: Uint8Array, values: SecretValues): string {
  const items = Object.entries(encoded(values)).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return createHmac('sha256', key)
    .update(JSON.stringify(['values', items]))
    .digest('base64url');
}

// Key order carries no meaning in JSON, and API servers do not keep it.
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}
