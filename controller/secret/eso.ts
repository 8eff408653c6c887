// What External Secrets Operator 2.9 writes on its Secrets and ExternalSecrets, computed exactly, so that a cluster changes hands without a write.

import { createHash } from 'node:crypto';
import type { ObjectMeta, Secret } from '../../src/kube/objects.ts';

/** Labels and annotations on a produced Secret. */
export const esoMarks = {
  /** Label, always `"true"`. */
  managed: 'reconcile.external-secrets.io/managed',
  /** Label, with creationPolicy Owner only; see `createdBy`. */
  createdBy: 'reconcile.external-secrets.io/created-by',
  /** Annotation; see `dataHash`. */
  dataHash: 'reconcile.external-secrets.io/data-hash',
} as const;

/** Finalizers that the reference puts on objects; we add none, and take these away when the object goes. */
export const esoFinalizers = {
  externalSecret: 'externalsecrets.external-secrets.io/externalsecret-cleanup',
  clusterExternalSecret: 'externalsecrets.external-secrets.io/clusterexternalsecret-cleanup',
  store: 'secretstore.externalsecrets.io/finalizer',
} as const;

/** ObjectHash: SHA3-224, lower-case hex, of the text that Go's `%+v` prints. */
export function objectHash(printed: string | Uint8Array): string {
  return createHash('sha3-224').update(printed).digest('hex');
}

/** The `data-hash` annotation: item name → value, decoded. No items and no data map give the same. */
export function dataHash(data: ReadonlyMap<string, Uint8Array>): string {
  return objectHash(printedMap([...data].map(([item, value]) => [item, `[${value.join(' ')}]`])));
}

/** As `dataHash`, of a Secret's `data`. */
export const hashOfData = (data: Readonly<Record<string, string>>) =>
  dataHash(new Map(Object.entries(data).map(([item, text]) => [item, Buffer.from(text, 'base64')])));

/** Whether the Secret's data still has the hash that it was written with, by us or by the reference. */
export const hasItsHash = ({ data = {}, metadata }: Secret) =>
  hashOfData(data) === metadata.annotations?.[esoMarks.dataHash];

/** The `created-by` label of the Secrets of an ExternalSecret. */
export function createdBy({ namespace = '', name = '' }: ObjectMeta): string {
  return objectHash(`${namespace}/${name}`);
}

/** `status.syncedResourceVersion`: a change of spec, labels or annotations changes it. */
export function syncedResourceVersion({ generation = 0, labels = {}, annotations = {} }: ObjectMeta): string {
  return `${generation}-${metaHash({ labels, annotations })}`;
}

/** Hash of an object's labels and annotations. */
export function metaHash({ labels = {}, annotations = {} }: Pick<ObjectMeta, 'labels' | 'annotations'>): string {
  const printed = [annotations, labels].map((map) => printedMap(Object.entries(map)));
  return objectHash(`{annotations:${printed[0]} labels:${printed[1]}}`);
}

const managerPrefix = 'externalsecrets.external-secrets.io/';
const longestManager = 63;

/** Field manager of the reference's writes to the Secret of the ExternalSecret called `name`. */
export function esoFieldManager(name: string): string {
  const plain = `${managerPrefix}${name}`;
  return plain.length > longestManager ? `${managerPrefix}sha3/${objectHash(name)}` : plain;
}

/** Whether a field manager is the reference's, for whichever ExternalSecret. */
export function isEsoFieldManager(manager: string): boolean {
  return manager.startsWith(managerPrefix);
}

// Go prints maps in the order of their keys' bytes.
function printedMap(entries: [key: string, value: string][]): string {
  const sorted = entries.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `map[${sorted.map(([key, value]) => `${key}:${value}`).join(' ')}]`;
}
