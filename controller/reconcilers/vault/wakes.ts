// What wakes which object of the family.

import { resources } from '../../../src/kube/resources.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import type { Cache, Change } from '../../engine/cache.ts';
import type { Workers } from '../../engine/worker.ts';
import type { Removals } from '../../secret/removal.ts';
import type { SeenSecret } from '../../secret/seen.ts';
import type { WithStatus } from '../../status/status.ts';
import { enqueueEach } from '../crew.ts';
import { type KeptObject, laneOf } from '../kept.ts';
import { vanishedFrom } from '../removing.ts';
import { failingOf } from '../trouble.ts';
import { transformationsOf } from './lookups.ts';
import type { Crews, Parts } from './parts.ts';
import { targetOf } from './target.ts';

/** From now on changes wake whom they concern. */
export function connect(parts: Parts, crews: Crews, removals: Removals): void {
  const { options, watched, indexes, backends } = parts;
  const { secrets } = crews;
  const wake = (keys: Iterable<string>) => {
    for (const key of keys) secrets.queue.add(key, 'now');
  };
  const wakeFailing = (keys?: Iterable<string>) => wake(failingOf(watched.secretsOf.cache, keys));
  const vanished = vanishedFrom(options, resources.vaultStaticSecret, watched.secretsOf.cache);
  const noteOrphan = (secret: string) => {
    if (removals.note(secret)) crews.removing.queue.add(secret, 'now');
  };
  watched.secretsOf.cache.onChange((change) => {
    const { key, before, after } = change;
    const left = before && targetKey(before.object);
    const uids = [before, after].flatMap((one) => (one ? [one.uid] : []));
    index(parts, key, after?.object);
    secrets.queue.add(key, laneOf(change));
    if (!after) vanished.add();
    if (before?.uid !== after?.uid) for (const uid of uids) indexes.created.keysOf(uid).forEach(noteOrphan);
    // Whoever stood behind it for the same Secret is next.
    if (left && (!after || targetKey(after.object) !== left)) wake(indexes.targets.keysOf(left));
  });
  const secretMoved = ({ key, after }: Change<SeenSecret>) => {
    indexes.created.set(key, after?.vaultOwner === undefined ? [] : [after.vaultOwner]);
    wakeFailing(backends.changed(`Secret ${key}`));
    for (const name of indexes.trusts.keysOf(`Secret ${key}`)) crews.connections.queue.add(name, 'now');
    noteOrphan(key);
  };
  options.secrets.onChange((change) => {
    wake(indexes.targets.keysOf(change.key));
    secretMoved(change);
  });
  watched.serviceAccounts.cache.onChange(({ key }) => wakeFailing(backends.changed(`ServiceAccount ${key}`)));
  // What another of our objects made may be the credential that this one has waited for, and its own object may be gone by then.
  options.secrets.onOwnChange(secretMoved);
  const referredMoved = (kind: string, key: string) => {
    for (const name of indexes.auths.keysOf(`${kind} ${key}`)) crews.auths.queue.add(name, 'now');
    // Only those in trouble: values that are there are read again when their time comes, whoever may read them now.
    wakeFailing(indexes.identities.keysOf(`${kind} ${key}`));
  };
  connectKind(watched.connections.cache, crews.connections, (key) => referredMoved('VaultConnection', key));
  connectKind(watched.auths.cache, crews.auths, (key) => referredMoved('VaultAuth', key));
  connectKind(watched.globals.cache, crews.globals, (key) => referredMoved('VaultAuthGlobal', key));
  connectKind(watched.transformations.cache, crews.transformations, (key) => wake(indexes.transformations.keysOf(key)));
  options.providers.fetcher.onRecovered(() => {
    wakeFailing();
    for (const key of failingOf(watched.connections.cache)) crews.connections.queue.add(key, 'now');
  });
}

function connectKind<T extends WithStatus>(
  cache: Cache<KeptObject<T>>,
  { queue }: Workers,
  onNews: (key: string) => void,
): void {
  cache.onChange((change) => {
    const { key, before, after } = change;
    queue.add(key, laneOf(change));
    const isSame =
      before?.uid === after?.uid && before?.object.metadata.generation === after?.object.metadata.generation;
    if (!isSame) onNews(key);
  });
}

const targetKey = (object: VaultStaticSecret) => {
  const { namespace, name } = targetOf(object);
  return `${namespace}/${name}`;
};

/** Notes under what the object is to be found. */
function index({ indexes }: Parts, key: string, object: VaultStaticSecret | undefined): void {
  indexes.targets.set(key, object ? [targetKey(object)] : []);
  indexes.uids.set(key, object ? [object.metadata.uid ?? ''] : []);
  indexes.transformations.set(key, object ? transformationsOf(object) : []);
  if (!object) indexes.identities.delete(key);
}

/** Every object that there is, for its first look. */
export function enqueueAll({ watched, options }: Parts, crews: Crews, removals: Removals): void {
  enqueueEach(watched.connections.cache, crews.connections);
  enqueueEach(watched.globals.cache, crews.globals);
  enqueueEach(watched.auths.cache, crews.auths);
  enqueueEach(watched.transformations.cache, crews.transformations);
  enqueueEach(watched.secretsOf.cache, crews.secrets);
  // What went while no controller ran.
  for (const [key] of options.secrets.entries()) if (removals.note(key)) crews.removing.queue.add(key, 'later');
}
