// What wakes which object of the family.

import { isDeepStrictEqual } from 'node:util';
import { findCondition } from '../../../src/kube/conditions.ts';
import type { ExternalSecret, SecretStore } from '../../../src/kube/external-secrets.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { Cache, Change } from '../../engine/cache.ts';
import type { Workers } from '../../engine/worker.ts';
import { createdBy } from '../../secret/eso.ts';
import type { SeenSecret } from '../../secret/seen.ts';
import { enqueueEach } from '../crew.ts';
import { type KeptObject, laneOf } from '../kept.ts';
import { vanishedFrom } from '../removing.ts';
import { isFailing } from '../trouble.ts';
import { storeKeyOf } from './backends.ts';
import { storesOf, wakeFailing } from './lookups.ts';
import type { Crews, Parts } from './parts.ts';
import { targetOf } from './target.ts';
import { sourcesOf } from './templates.ts';

/** From now on changes wake whom they concern. */
export function connect(parts: Parts, crews: Crews): void {
  const { watched, fetcher } = parts;
  const { external } = crews;
  const wake = (keys: readonly string[]) => {
    for (const key of keys) external.queue.add(key, 'now');
  };
  const noteOrphan = (secret: string) => {
    if (crews.removals.note(secret)) crews.removing.queue.add(secret, 'now');
  };
  connectObjects(parts, crews, { wake, noteOrphan });
  connectSources(parts, crews, { wake, noteOrphan });
  connectStores(watched.stores.cache, crews.stores, parts, external);
  if (watched.clusterStores && crews.clusterStores) {
    connectStores(watched.clusterStores.cache, crews.clusterStores, parts, external);
  }
  connectNamespaces(parts, crews);
  fetcher.onRecovered(() => {
    wakeFailing(undefined, parts, external);
    for (const crew of [crews.stores, crews.clusterStores]) if (crew) wakeUnready(crew, parts);
  });
}

interface Wakes {
  /** ExternalSecrets, by key. */
  wake: (keys: readonly string[]) => void;
  /** A Secret that may have lost its object. */
  noteOrphan: (secret: string) => void;
}

function connectObjects(parts: Parts, crews: Crews, { wake, noteOrphan }: Wakes): void {
  const { options, watched, indexes } = parts;
  const { external } = crews;
  const vanished = vanishedFrom(options, resources.externalSecret, watched.secretsOf.cache);
  watched.secretsOf.cache.onChange((change) => {
    const { key, before, after } = change;
    const left = before && targetKey(before.object);
    const made = indexes.created.keysOf(createdBy((after ?? before)?.object.metadata ?? {}));
    index(parts, key, after?.object);
    external.queue.add(key, laneOf(change));
    if (!after) vanished.add();
    if (!before || !after) for (const secret of made) noteOrphan(secret);
    // Whoever stood behind it for the same Secret is next.
    if (left && (!after || targetKey(after.object) !== left || hasOtherPolicy(before.object, after.object))) {
      wake(indexes.targets.keysOf(left));
    }
    for (const { object } of [before, after].filter((one) => one !== undefined)) wakeParent(object, crews);
  });
}

/** Secrets, ConfigMaps and service accounts: what is made, and what templates and stores refer to. */
function connectSources(parts: Parts, crews: Crews, { wake, noteOrphan }: Wakes): void {
  const { options, watched, indexes, backends } = parts;
  const revalidate = (storeKeys: readonly string[]) => {
    for (const storeKey of storeKeys) {
      const [kind, name = ''] = storeKey.split(' ', 2);
      (kind === 'ClusterSecretStore' ? crews.clusterStores : crews.stores)?.queue.add(name, 'now');
      wakeFailing(storeKey, parts, crews.external);
    }
  };
  const secretMoved = ({ key, after }: Change<SeenSecret>) => {
    indexes.created.set(key, after?.createdBy === undefined ? [] : [after.createdBy]);
    wake(indexes.sources.keysOf(`Secret ${key}`));
    revalidate(backends.changed(`Secret ${key}`));
    noteOrphan(key);
  };
  options.secrets.onChange((change) => {
    wake(indexes.targets.keysOf(change.key));
    secretMoved(change);
  });
  // What another of our objects made may be what a store or a template has waited for, and its own object may be gone by then.
  options.secrets.onOwnChange(secretMoved);
  watched.configMaps.cache.onChange(({ key }) => {
    wake(indexes.sources.keysOf(`ConfigMap ${key}`));
    revalidate(backends.changed(`ConfigMap ${key}`));
  });
  watched.serviceAccounts.cache.onChange(({ key }) => revalidate(backends.changed(`ServiceAccount ${key}`)));
}

/** ClusterExternalSecrets, and the namespaces that they and cluster stores choose by their labels. */
function connectNamespaces({ watched }: Parts, { clusterSecrets, external }: Crews): void {
  watched.clusterSecrets?.cache.onChange((change) => clusterSecrets?.queue.add(change.key, laneOf(change)));
  watched.namespaces?.cache.onChange(({ key, before, after }) => {
    if (before && after && isDeepStrictEqual({ ...before, resourceVersion: '' }, { ...after, resourceVersion: '' }))
      return;
    for (const [name] of watched.clusterSecrets?.cache.entries() ?? []) clusterSecrets?.queue.add(name, 'later');
    // A label may open a cluster store to the namespace.
    for (const [name, { object }] of watched.secretsOf.cache.entries()) {
      if (object.metadata.namespace === key && isFailing(object)) external.queue.add(name, 'later');
    }
  });
}

function connectStores(
  cache: Cache<KeptObject<SecretStore>>,
  { queue }: Workers,
  parts: Parts,
  external: Workers,
): void {
  cache.onChange((change: Change<KeptObject<SecretStore>>) => {
    const { key, before, after } = change;
    queue.add(key, laneOf(change));
    const store = after ?? before;
    if (!store) return;
    const storeKey = storeKeyOf(store.object);
    if (!after || after.uid !== before?.uid) parts.backends.forget(storeKey);
    const isNews =
      before?.object.metadata.generation !== after?.object.metadata.generation || before?.uid !== after?.uid;
    // Only those in trouble: values that are there are refreshed when their time comes, whatever the store is now.
    if (isNews) wakeFailing(storeKey, parts, external);
  });
}

function wakeUnready({ queue }: Workers, { watched }: Parts): void {
  for (const informer of [watched.stores, watched.clusterStores]) {
    for (const [key, { object }] of informer?.cache.entries() ?? []) {
      if (findCondition(object.status?.conditions, 'Ready')?.status !== 'True') queue.add(key, 'now');
    }
  }
}

function wakeParent({ metadata }: ExternalSecret, { clusterSecrets }: Crews): void {
  for (const { kind, name } of metadata.ownerReferences ?? []) {
    if (kind === resources.clusterExternalSecret.kind) clusterSecrets?.queue.add(name, 'later');
  }
}

const hasOtherPolicy = (before: ExternalSecret, after: ExternalSecret) =>
  targetOf(before).creation !== targetOf(after).creation;

const targetKey = (object: ExternalSecret) => {
  const { namespace, name, creation } = targetOf(object);
  return creation === 'None' ? undefined : `${namespace}/${name}`;
};

/** Notes under what the object is to be found. */
export function index({ indexes }: Parts, key: string, object: ExternalSecret | undefined): void {
  const target = object && targetKey(object);
  indexes.targets.set(key, target ? [target] : []);
  indexes.sources.set(key, object ? sourcesOf(object) : []);
  indexes.stores.set(key, object ? storesOf(object) : []);
  indexes.makers.set(key, object ? [createdBy(object.metadata)] : []);
}

/** Every object that there is, for its first look. */
export function enqueueAll({ watched, options }: Parts, crews: Crews): void {
  const { clusterStores, clusterSecrets } = crews;
  // Stores first: those who use them find their sessions open.
  if (watched.clusterStores && clusterStores) enqueueEach(watched.clusterStores.cache, clusterStores);
  enqueueEach(watched.stores.cache, crews.stores);
  enqueueEach(watched.secretsOf.cache, crews.external);
  if (watched.clusterSecrets && clusterSecrets) enqueueEach(watched.clusterSecrets.cache, clusterSecrets);
  // What went while no controller ran.
  for (const [key] of options.secrets.entries()) if (crews.removals.note(key)) crews.removing.queue.add(key, 'later');
}
