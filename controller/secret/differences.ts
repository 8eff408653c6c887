// How a Secret in the cluster differs from the one that is asked for, and what each way of writing has to do about it: pure.

import type { JsonPatchOperation } from '../../src/kube/api.ts';
import type { OwnerReference, Secret } from '../../src/kube/objects.ts';
import { isNeverCopied, isTracking } from '../../src/kube/secret-rules.ts';
import { esoMarks } from './eso.ts';
import { type Parts, partsBy, takenOver, type Writers, writersOf } from './fields.ts';
import { deletionAnnotation, fingerprintAnnotation } from './seen.ts';

/** The Secret that is asked for, and how much of the one in the cluster is ours. */
export interface Wanted {
  secret: Secret;
  /** Merge our items only, or have the whole data map. */
  mode: 'whole' | 'merge';
  /** Under which name its data are written. Default: that of a Secret which is wholly ours, or of a merge. */
  manager?: string | undefined;
  /** Whose items are to be taken away in mode `merge` when they are asked for no more. Default: whatever we wrote. */
  managers?: readonly string[] | undefined;
}

/** What is to be done; all empty when the Secret is as asked for. */
export interface Differences {
  /** In words, for an event: `item password`, `label team`, `ownerReference`. */
  words: string[];
  /** An item of `data` is missing, too much, or has another value. */
  changesValues: boolean;
  /** Something is missing or has another value, which server-side apply puts right. */
  hasToSet: boolean;
  /** What apply cannot do: take away what others left, and exchange ownerReferences. */
  patch: JsonPatchOperation[];
  /** What can only be changed by deleting the Secret and making it again. */
  recreate: 'type' | 'immutable' | undefined;
}

/** Compares values by their base64 text: the API server writes padded standard base64, and so do we. */
export function differencesOf(live: Secret, { secret, mode, managers }: Wanted): Differences {
  const { managedFields } = live.metadata;
  const writers = writersOf(managedFields);
  const owned = managers ? partsBy(managers, managedFields) : ownedParts(writers, mode);
  // What the reference copied from its object and we would not is no reason to write; what a template of ours said is.
  const mayGo = (part: 'labels' | 'annotations') => (name: string) =>
    owned[part].has(name) && (writers.ours[part].has(name) ? !isTracking(name) : !isNeverCopied(name));
  const items = compareMaps(live.data, secret.data, mode === 'whole' ? () => true : (name) => owned.data.has(name));
  const labels = compareMaps(live.metadata.labels, secret.metadata.labels, mayGo('labels'));
  const annotations = compareMaps(
    live.metadata.annotations,
    secret.metadata.annotations,
    // What was said about the Secret while it had no object is over.
    (name) => name === deletionAnnotation || mayGo('annotations')(name),
    // Written along with other changes, never for their own sake. Among the items of others the hash is theirs too.
    mode === 'whole' ? [fingerprintAnnotation] : [fingerprintAnnotation, esoMarks.dataHash],
  );
  const owners = compareOwners(live.metadata.ownerReferences ?? [], secret.metadata.ownerReferences ?? [], owned, mode);
  const isMadeImmutable = secret.immutable === true && live.immutable !== true;
  const patch = [
    ...removals('/data', items.remove),
    ...removals('/metadata/labels', labels.remove),
    ...removals('/metadata/annotations', annotations.remove),
    ...owners.patch,
  ];
  return {
    words: [
      ...wordsOf('item', items),
      ...wordsOf('label', labels),
      ...wordsOf('annotation', annotations),
      ...(owners.patch.length > 0 || owners.isMissing ? ['ownerReference'] : []),
      ...(isMadeImmutable ? ['immutable'] : []),
    ],
    changesValues: items.set.length + items.remove.length > 0,
    hasToSet: [items, labels, annotations].some(({ set }) => set.length > 0) || owners.isMissing || isMadeImmutable,
    patch,
    recreate: recreation(live, secret, mode, items.set.length + items.remove.length > 0),
  };
}

/** `patch` made safe: only at the version that was compared, with what was written by Update moved under our apply. */
export function guardedPatch(
  live: Secret,
  patch: readonly JsonPatchOperation[],
  { mode, manager }: Pick<Wanted, 'mode' | 'manager'>,
): JsonPatchOperation[] {
  const moved = mode === 'whole' ? takenOver(live.metadata.managedFields, manager) : undefined;
  if (patch.length === 0 && !moved) return [];
  return [
    // A replaced resourceVersion is a precondition (409), as in client-go's csaupgrade; a failed `test` would be a 422.
    { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
    ...patch,
    ...(moved ? [{ op: 'replace', path: '/metadata/managedFields', value: moved } as const] : []),
  ];
}

// What the reference wrote into a Secret that is wholly ours now is ours to take away.
function ownedParts({ ours, reference }: Writers, mode: Wanted['mode']): Parts {
  if (mode === 'merge') return ours;
  return {
    data: new Set([...ours.data, ...reference.data]),
    labels: new Set([...ours.labels, ...reference.labels]),
    annotations: new Set([...ours.annotations, ...reference.annotations]),
    owners: new Set([...ours.owners, ...reference.owners]),
  };
}

interface MapDifference {
  set: string[];
  remove: string[];
}

function compareMaps(
  live: Record<string, string> = {},
  wanted: Record<string, string> = {},
  isOurs: (name: string) => boolean,
  ignored: readonly string[] = [],
): MapDifference {
  const isIgnored = (name: string) => ignored.includes(name);
  return {
    set: Object.keys(wanted).filter(
      (name) => !isIgnored(name) && (!Object.hasOwn(live, name) || live[name] !== wanted[name]),
    ),
    remove: Object.keys(live).filter((name) => !isIgnored(name) && !Object.hasOwn(wanted, name) && isOurs(name)),
  };
}

const wordsOf = (word: string, { set, remove }: MapDifference) => [...set, ...remove].map((name) => `${word} ${name}`);

const removals = (under: string, names: readonly string[]): JsonPatchOperation[] =>
  names.map((name) => ({ op: 'remove', path: `${under}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` }));

function compareOwners(
  live: readonly OwnerReference[],
  wanted: readonly OwnerReference[],
  owned: Parts,
  mode: Wanted['mode'],
): { patch: JsonPatchOperation[]; isMissing: boolean } {
  const wantsController = wanted.some(({ controller }) => controller === true);
  const isStale = ({ uid, controller }: OwnerReference) =>
    !wanted.some((one) => one.uid === uid) &&
    (owned.owners.has(uid) || (wantsController && controller === true && mode === 'whole'));
  const stale = live.flatMap((one, index) => (isStale(one) ? [index] : []));
  const missing = wanted.filter((one) => !live.some((there) => isSameReference(there, one)));
  const [replacement] = missing;
  const [first, ...rest] = stale;
  // One atomic exchange, so that the Secret is never without its owner; from the end, so that the indexes stay true.
  if (first !== undefined && missing.length === 1 && replacement) {
    return {
      patch: [...removeAt(rest), { op: 'replace', path: `/metadata/ownerReferences/${first}`, value: replacement }],
      isMissing: false,
    };
  }
  return { patch: removeAt(stale), isMissing: missing.length > 0 };
}

const removeAt = (indexes: readonly number[]): JsonPatchOperation[] =>
  indexes.toReversed().map((index) => ({ op: 'remove', path: `/metadata/ownerReferences/${index}` }));

const isSameReference = (a: OwnerReference, b: OwnerReference) =>
  a.uid === b.uid &&
  a.kind === b.kind &&
  a.name === b.name &&
  a.apiVersion === b.apiVersion &&
  a.controller === b.controller;

function recreation(live: Secret, wanted: Secret, mode: Wanted['mode'], changesData: boolean): Differences['recreate'] {
  const liveType = live.type || 'Opaque';
  // Merged into someone else's Secret, an empty type means that any will do.
  const wantedType = wanted.type || (mode === 'merge' ? liveType : 'Opaque');
  if (liveType !== wantedType) return 'type';
  if (live.immutable !== true) return undefined;
  return changesData || (mode === 'whole' && wanted.immutable !== true) ? 'immutable' : undefined;
}
