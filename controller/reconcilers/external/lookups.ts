// What objects of the family ask of each other, answered from the caches: nothing here makes a call.

import { createHash } from 'node:crypto';
import type { ClusterExternalSecret, ExternalSecret, SecretStore } from '../../../src/kube/external-secrets.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { externalIntervalMs } from '../../../src/kube/refresh-interval.ts';
import type { Workers } from '../../engine/worker.ts';
import { ownershipOf } from '../../secret/ownership.ts';
import { failingOf } from '../trouble.ts';
import { storeKeyFor } from './directory.ts';
import type { Parts } from './parts.ts';
import { spreadOf } from './refresh.ts';
import { type Target, targetOf } from './target.ts';
import { sourcesOf } from './templates.ts';

/** Whether the store is for us. `default` is the class of the reference where none is set. */
export const isStoreOfClass = ({ spec: { controller = '' } }: SecretStore, { options: { controllerClass } }: Parts) =>
  controller === '' || controller === (controllerClass || 'default');

/** An object whose store is for another controller is that controller's. */
export function isForUs(object: ExternalSecret, parts: Parts): boolean {
  const { stores, clusterStores } = parts.watched;
  return storesOf(object).every((key) => {
    const [kind, name = ''] = key.split(' ', 2);
    const store = (kind === 'ClusterSecretStore' ? clusterStores : stores)?.cache.get(name)?.object;
    return !store || isStoreOfClass(store, parts);
  });
}

/** The keys of the stores that the object uses. */
export function storesOf({ metadata: { namespace = '' }, spec }: ExternalSecret): string[] {
  const entries = [...(spec.data ?? []), ...(spec.dataFrom ?? [])];
  const refs = [spec.secretStoreRef, ...entries.map(({ sourceRef }) => sourceRef?.storeRef)];
  return refs.flatMap((ref) => (ref?.name ? [storeKeyFor(ref, namespace)] : []));
}

/** By uid and version, as the watches show them: any write to a source is looked at. */
export function sourcesDigest(object: ExternalSecret, { watched, options }: Parts): string | undefined {
  const sources = sourcesOf(object);
  if (sources.length === 0) return undefined;
  const versions = sources.map((source) => {
    const [kind, key = ''] = source.split(' ', 2);
    const kept = (kind === 'Secret' ? options.secrets : watched.configMaps.cache).get(key);
    return [source, kept?.uid, kept?.resourceVersion];
  });
  return createHash('sha256').update(JSON.stringify(versions)).digest('base64url').slice(0, 16);
}

/**
 * Who has the Secret instead: for one that wants the whole of it, an older one that does as well (of the same age, the first
 * by name); for one that merges, the one that has the whole, and would take away what is merged.
 */
export function rivalOf(
  object: ExternalSecret,
  { namespace, name, claim }: Target,
  { indexes, watched, options: { secrets } }: Parts,
): string | undefined {
  const rank = ({ metadata }: ExternalSecret) => `${metadata.creationTimestamp} ${metadata.name}`;
  const secret = secrets.get(`${namespace}/${name}`);
  const rivals = indexes.targets.keysOf(`${namespace}/${name}`).flatMap((key) => {
    const other = watched.secretsOf.cache.get(key)?.object;
    if (!other || key === objectKey(object) || other.metadata.deletionTimestamp) return [];
    const { creation, claim: rival } = targetOf(other);
    if (creation !== 'Owner' && creation !== 'Orphan') return [];
    const isFirst = claim.external?.merges ? ownershipOf(secret, rival).kind === 'whole' : rank(other) < rank(object);
    return isFirst ? [other] : [];
  });
  return rivals[0]?.metadata.name;
}

/** Secrets that the ExternalSecret made under other names. */
export function outgrownOf({ namespace, name, claim }: Target, { indexes, options }: Parts): string[] {
  const mine = claim.external?.createdBy ?? '';
  return indexes.created.keysOf(mine).flatMap((key) => {
    const other = key.slice(namespace.length + 1);
    const isThere = key.startsWith(`${namespace}/`) && options.secrets.get(key)?.createdBy === mine;
    return isThere && other !== name ? [other] : [];
  });
}

// With the one that brings them, as many as the largest batch takes.
const mostBroughtForward = 19;

/**
 * Others that use the same stores and whose refresh may come now, the next ones first; it is due from now on. Without them what
 * is spread over time would be read one by one.
 */
export function dueSoon(object: ExternalSecret, { indexes, watched, memories, options: { clock } }: Parts): string[] {
  const now = clock.now().getTime();
  const keys = new Set(storesOf(object).flatMap((store) => indexes.stores.keysOf(store)));
  const soon = [...keys].flatMap((key) => {
    const [memory, other] = [memories.peek(key), watched.secretsOf.cache.get(key)?.object];
    if (!memory?.refreshedAt || memory.reading || !other || !isPeriodic(other)) return [];
    const atLatest = memory.refreshedAt.getTime() + externalIntervalMs(other);
    const spread = spreadOf(externalIntervalMs(other));
    return atLatest - spread <= now && memory.earlierMs < spread ? [{ key, memory, spread, atLatest }] : [];
  });
  const first = soon.sort((a, b) => a.atLatest - b.atLatest).slice(0, mostBroughtForward);
  for (const { memory, spread } of first) memory.earlierMs = spread;
  return first.map(({ key }) => key);
}

// Those that are refreshed within windows only keep to them.
const isPeriodic = ({ spec: { refreshPolicy, syncWindows } }: ExternalSecret) =>
  (refreshPolicy || 'Periodic') === 'Periodic' && !syncWindows;

/** The namespaces there are. */
export const namespacesOf = ({ watched }: Parts) =>
  [...(watched.namespaces?.cache.entries() ?? [])].map(([name, { labels, isLeaving }]) => ({
    name,
    labels,
    isLeaving,
  }));

/** The ExternalSecrets that were made for the object. */
export function childrenOf({ kind, metadata }: ClusterExternalSecret, { watched }: Parts): ExternalSecret[] {
  return [...watched.secretsOf.cache.entries()].flatMap(([, { object }]) => {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
    return owner?.kind === kind && owner.name === metadata.name ? [object] : [];
  });
}

/** Asks those who use the store, or any, and fail, to try at once. */
export function wakeFailing(storeKey: string | undefined, { indexes, watched }: Parts, { queue }: Workers): void {
  const users = storeKey === undefined ? undefined : indexes.stores.keysOf(storeKey);
  for (const key of failingOf(watched.secretsOf.cache, users)) queue.add(key, 'now');
}
