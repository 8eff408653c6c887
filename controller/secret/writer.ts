// The one place that writes Secrets: whose it is, whether it differs, and the least that has to be sent.

import type { KubeApi } from '../../src/kube/api.ts';
import { isAlreadyExists, isConflict, isInvalid, isNotFound } from '../../src/kube/errors.ts';
import { objectKey, type Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { Stalled, Waiting } from '../engine/outcome.ts';
import { checkSize, type SecretShape, type SecretValues, secretOf } from './desired.ts';
import { type Differences, differencesOf, guardedPatch, type Wanted } from './differences.ts';
import { dataHash, esoFieldManager, esoMarks } from './eso.ts';
import { digestOf, fillManager, mergeManager, mergeManagerOf, wholeManager } from './fields.ts';
import { type Claim, type Owner, type Ownership, ownershipOf, wasWholeFor } from './ownership.ts';
import { fingerprintAnnotation, leaveAnnotations, ownedByLabel, type SeenSecret, seenSecret } from './seen.ts';

/** Secrets as the metadata watch shows them; `engine/cache.ts` is the one implementation. */
export interface SeenSecrets {
  get(key: string): SeenSecret | undefined;
  absorb(object: Secret): void;
  drop(key: string): void;
  whileWriting<T>(key: string, write: () => Promise<T>): Promise<T>;
}

/** The produced Secret as it was last known to be right, and what it was made from. */
export interface SecretRecord {
  fingerprint: string;
  /** `time`: of our last write as managedFields have it. Undefined when only the fingerprint is known. */
  secret: { uid: string; resourceVersion: string; time?: string } | undefined;
  /** Keyed digest of its values, where workloads are restarted for them. */
  values?: string;
  /** When the values changed for which workloads are still to be restarted; RFC 3339. */
  changedAt?: string;
}

/** A Secret as it was left; `ours` is the digest of the parts that we wrote. */
export type LeftSecret = NonNullable<SecretRecord['secret']> & { ours?: string };

/** What became of a Secret. `did: 'nothing'` means that it was right already. */
export interface Written {
  did: 'nothing' | 'created' | 'updated' | 'recreated';
  /** In words: what was changed. */
  words: readonly string[];
  /** There was a Secret with other values. */
  changedValues: boolean;
  /** Its items in base64, where they were changed. */
  before?: Readonly<Record<string, string>>;
  /** What has to be remembered of the Secret to know later that it stands. */
  left: LeftSecret;
}

/** Ownership that lets us write. */
export type Writable = Extract<Ownership, { kind: 'absent' | 'whole' | 'merge' }>;

// A writer that always loses to another gives way after this many rounds and comes back later.
const rounds = 4;
const leavingCheckMs = 30_000;

/** Makes Secrets be what is asked for. One call at a time per Secret: the queue sees to that. */
export class SecretWriter {
  readonly #kube: KubeApi;
  readonly #seen: SeenSecrets;

  constructor(kube: KubeApi, seen: SeenSecrets) {
    this.#kube = kube;
    this.#seen = seen;
  }

  /** What the watch last showed of the Secret. */
  seen(shape: Pick<SecretShape, 'namespace' | 'name'>): SeenSecret | undefined {
    return this.#seen.get(`${shape.namespace}/${shape.name}`);
  }

  /** Whether nothing has to be opened or read to know that the Secret still is what `record` says. */
  isAsLeft(shape: SecretShape, claim: Claim, record: SecretRecord | undefined, fingerprint: string): boolean {
    const seen = this.seen(shape);
    if (!seen || record?.fingerprint !== fingerprint || seen.deletion) return false;
    const ownership = ownershipOf(seen, claim);
    if (ownership.kind !== 'whole' && ownership.kind !== 'merge') return false;
    if (record.secret && record.secret.uid !== seen.uid) return false;
    if (record.secret?.resourceVersion === seen.resourceVersion) return true;
    // Someone else who writes under our name leaves nothing but a later time.
    if (record.secret?.time !== undefined && record.secret.time !== seen.oursAt) return false;
    const hasAllOurs = seen.ours === digestOf(partsOf(shape, ownership, seen));
    return hasAllOurs && (ownership.kind === 'merge' || !seen.hasForeignItems);
  }

  /**
   * As `isAsLeft`, for Secrets whose items are not known before they are read: nobody but us wrote since `left`. Other
   * ExternalSecrets that merge into the same Secret are somebody else.
   */
  stands(shape: Pick<SecretShape, 'namespace' | 'name'>, claim: Claim, left: LeftSecret | undefined): boolean {
    const seen = this.seen(shape);
    if (!seen || !left || seen.uid !== left.uid) return false;
    const { kind } = ownershipOf(seen, claim);
    if (kind !== 'whole' && kind !== 'merge') return false;
    if (seen.resourceVersion === left.resourceVersion) return true;
    const isUntouched = left.ours !== undefined && seen.ours === left.ours && seen.oursAt === left.time;
    return isUntouched && (kind === 'merge' || !seen.hasForeignItems);
  }

  /**
   * For a Secret that nothing is remembered of: as `left` where its data still has the hash that it was written with, by us or
   * by External Secrets Operator. Undefined where it is not ours, or not as it was written.
   */
  async recognised(
    shape: Pick<SecretShape, 'namespace' | 'name'>,
    claim: Claim,
    signal: AbortSignal,
  ): Promise<LeftSecret | undefined> {
    const seen = this.seen(shape);
    if (!seen?.isExternal || seen.dataHash === undefined) return undefined;
    return this.recognisedBy(shape, claim, hasItsHash, signal);
  }

  /** As `recognised`, where `isAsLeft` tells. */
  async recognisedBy(
    shape: Pick<SecretShape, 'namespace' | 'name'>,
    claim: Claim,
    isAsLeft: (live: Secret) => boolean,
    signal: AbortSignal,
  ): Promise<LeftSecret | undefined> {
    const seen = this.seen(shape);
    const { kind } = ownershipOf(seen, claim);
    if (kind !== 'whole' && kind !== 'merge') return undefined;
    const live = await this.#kube.get<Secret>(resources.secret, shape, { signal });
    if (!isAsLeft(live)) return undefined;
    this.#seen.absorb(live);
    return leftOf(live);
  }

  /** What is thrown where there is no Secret to fill. */
  missing(shape: Pick<SecretShape, 'name'>): Waiting {
    return missing(shape);
  }

  /** Deletes the Secret where it is wholly ours; true where it was there. Throws as `check`. */
  async remove(shape: Pick<SecretShape, 'namespace' | 'name'>, claim: Claim, signal: AbortSignal): Promise<boolean> {
    const seen = this.seen(shape);
    if (!seen || this.check(shape, claim).kind !== 'whole') return false;
    const { uid, resourceVersion } = seen;
    try {
      await this.#kube.delete(resources.secret, shape, { preconditions: { uid, resourceVersion }, signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    this.#seen.drop(`${shape.namespace}/${shape.name}`);
    return true;
  }

  /** Throws `Stalled` (`NotOwned`) or `Waiting` when the Secret, as the watch shows it, is not ours to write. */
  check(shape: Pick<SecretShape, 'namespace' | 'name'>, claim: Claim): Writable {
    return writable(shape, claim, this.seen(shape));
  }

  /**
   * Throws `Stalled` (`NotOwned`, `TooLarge`, `TypeConflict`, `ImmutableSecret`), `Waiting`, or the `ApiError` that kept it from
   * writing. With `detectOnly` nothing is written, and a Secret that is not as asked for is `Stalled` (`Drifted`).
   */
  async write(
    shape: SecretShape,
    claim: Claim,
    values: SecretValues,
    { detectOnly = false, signal }: { detectOnly?: boolean; signal?: AbortSignal } = {},
  ): Promise<Written> {
    checkSize(values);
    const job: Job = { shape, claim, values, signal, detectOnly };
    return await this.#seen.whileWriting(`${shape.namespace}/${shape.name}`, () => this.#write(job));
  }

  async #write(job: Job): Promise<Written> {
    const { shape, claim } = job;
    let absent = this.check(shape, claim).kind === 'absent';
    for (let round = 1; ; round++) {
      try {
        return absent ? await this.#create(job) : await this.#update(job);
      } catch (error) {
        const isTaken = isAlreadyExists(error) || isConflict(error) || (isNotFound(error) && !absent);
        const hasLost = isTaken || (isInvalid(error) && (await this.#hasMoved(job)));
        if (!hasLost || round === rounds) throw error;
        absent = isNotFound(error);
      }
    }
  }

  // A patch that takes away what somebody else took away just now is no good either, and its precondition is not asked then.
  async #hasMoved({ shape, version, signal }: Job): Promise<boolean> {
    const options = { metadataOnly: true, signal };
    return (
      version !== undefined &&
      (await this.#kube.get(resources.secret, shape, options)).metadata.resourceVersion !== version
    );
  }

  async #create({ shape, claim, values, signal, detectOnly }: Job): Promise<Written> {
    if (detectOnly) throw drifted(shape, 'was deleted');
    if (claim.vault?.create === false) throw missing(shape);
    const made = await this.#kube.create(resources.secret, secretOf(shape, values), {
      fieldManager: claim.external?.merges ? mergeManagerOf(claim.owner.name) : wholeManager,
      signal,
    });
    return this.#done('created', made);
  }

  async #update(job: Job): Promise<Written> {
    const { shape, claim, signal, detectOnly } = job;
    const live = await this.#kube.get<Secret>(resources.secret, shape, { signal });
    job.version = live.metadata.resourceVersion;
    const ownership = writable(shape, claim, seenSecret(live));
    const wanted = wantedOf(job, live, ownership);
    const differences = differencesOf(live, wanted);
    const isRight = !differences.recreate && !differences.hasToSet && differences.patch.length === 0;
    if (isRight) return this.#done('nothing', live);
    if (detectOnly) throw drifted(shape, `was changed (${differences.words.join(', ') || differences.recreate})`);
    const isFixed = claim.external ? shape.immutable : claim.vault?.create === false;
    if (isFixed && differences.recreate === 'immutable') throw unchangeable(shape);
    if (differences.recreate) return await this.#recreate(job, live, wanted, differences);
    if (wanted.managers) rehash(live, wanted, differences);
    const after = await this.#change(live, wanted, differences, signal);
    return { ...this.#done('updated', after, differences), before: live.data ?? {} };
  }

  async #change(
    live: Secret,
    { secret, mode, manager, managers }: Wanted,
    { patch, hasToSet }: Differences,
    signal?: AbortSignal,
  ): Promise<Secret> {
    const fieldManager = mode === 'whole' ? (manager ?? wholeManager) : (managers?.[0] ?? mergeManager);
    const guarded = guardedPatch(live, patch, { mode, manager });
    let after = live;
    if (guarded.length > 0) {
      const at = { namespace: live.metadata.namespace, name: live.metadata.name ?? '' };
      after = await this.#kube.jsonPatch<Secret>(resources.secret, at, guarded, { fieldManager, signal });
    }
    if (!hasToSet) return after;
    const { finalizers: _, ...metadata } = secret.metadata;
    const { resourceVersion } = after.metadata;
    const applied = { ...secret, metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) } };
    return await this.#kube.apply<Secret>(resources.secret, applied, { fieldManager, force: true, signal });
  }

  async #recreate({ shape, signal }: Job, live: Secret, wanted: Wanted, differences: Differences): Promise<Written> {
    const { recreate, changesValues } = differences;
    if (wanted.mode === 'merge') throw cannotMerge(live, wanted.secret, recreate);
    const { uid = '', resourceVersion = '' } = live.metadata;
    await this.#kube.delete(resources.secret, shape, { preconditions: { uid, resourceVersion }, signal });
    this.#seen.drop(objectKey(live));
    const made = await this.#kube.create(resources.secret, wanted.secret, { fieldManager: wholeManager, signal });
    return this.#done('recreated', made, { words: [recreate ?? 'type'], changesValues });
  }

  #done(
    did: Written['did'],
    secret: Secret,
    { words, changesValues }: Pick<Differences, 'words' | 'changesValues'> = { words: [], changesValues: false },
  ): Written {
    this.#seen.absorb(secret);
    return { did, words, changedValues: changesValues, left: leftOf(secret) };
  }
}

// Of the answer itself: what was seen last may be of somebody who was there right after us.
function leftOf(secret: Secret): LeftSecret {
  const { uid, resourceVersion, oursAt, ours } = seenSecret(secret);
  return { uid, resourceVersion, ...(oursAt !== undefined && { time: oursAt }), ...(ours !== undefined && { ours }) };
}

interface Job {
  shape: SecretShape;
  claim: Claim;
  values: SecretValues;
  signal: AbortSignal | undefined;
  detectOnly: boolean;
  /** The Secret's, as it was last looked at. */
  version?: string | undefined;
}

function writable(shape: Pick<SecretShape, 'name'>, claim: Claim, seen: SeenSecret | undefined): Writable {
  const ownership = ownershipOf(seen, claim);
  if (ownership.kind === 'foreign') throw notOwned(shape, claim, ownership.by);
  if (ownership.kind === 'leaving') {
    throw new Waiting('SecretLeaving', `Secret ${shape.name} is being deleted`, leavingCheckMs, {
      hint: 'a finalizer keeps it; it is made again when it is gone',
    });
  }
  return ownership;
}

/** The Secret that was to be filled is not there. */
function missing({ name }: Pick<SecretShape, 'name'>): Waiting {
  return new Waiting('SecretMissing', `there is no Secret ${name} to fill`, leavingCheckMs, {
    hint: 'make it, or set spec.destination.create',
  });
}

function notOwned(
  { name }: Pick<SecretShape, 'name'>,
  { owner, external, vault }: Claim,
  by: Owner | undefined,
): Stalled {
  if (external || vault) return notOurs(name, owner.kind, by, vault !== undefined);
  const leave = `annotate the Secret ${leaveAnnotations.managed}=true to hand it over, or ${leaveAnnotations.patch}=true to merge into it`;
  if (by) {
    return new Stalled('NotOwned', `Secret ${name} belongs to ${called(by)}`, { hint: leave });
  }
  return new Stalled('NotOwned', `Secret ${name} was there before, and was not made for this ${owner.kind}`, {
    hint: `delete it, annotate the ${owner.kind} sealwright.dev/adopt=true, or ${leave}`,
  });
}

// The annotations of Sealed Secrets mean nothing here.
function notOurs(name: string, kind: string, by: Owner | undefined, isVault: boolean): Stalled {
  const field = isVault ? 'spec.destination.name' : 'spec.target.name';
  if (by) {
    return new Stalled('NotOwned', `Secret ${name} belongs to ${called(by)}`, {
      hint: `choose another ${field}`,
    });
  }
  const adopt = `annotate the ${kind} sealwright.dev/adopt=true`;
  // As the reference: what another one left is not for overwrite to take.
  const leave = isVault ? `set spec.destination.overwrite, or ${adopt} where another one made it` : adopt;
  return new Stalled('NotOwned', `Secret ${name} was there before, and was not made for this ${kind}`, {
    hint: `delete it, or ${leave}`,
  });
}

const called = ({ kind, name }: Owner) => (name === undefined ? `some ${kind}` : `${kind} ${name}`);

function drifted({ name }: SecretShape, how: string): Stalled {
  return new Stalled('Drifted', `Secret ${name} ${how}, and drift is only detected here`, {
    hint: 'put it right, or run the controller with --drift correct',
  });
}

function wantedOf({ shape: asked, claim, values }: Job, live: Secret, ownership: Writable): Wanted {
  // An ExternalSecret that names no type takes the one that is there (as the reference), and so does who fills what others made.
  const takesType = claim.external || claim.vault?.create === false;
  const shape = takesType && asked.type === '' && live.type ? { ...asked, type: live.type } : asked;
  if (ownership.kind !== 'merge') {
    // What is only filled stays somebody's: it must not look like a Secret that we made.
    const manager = claim.vault?.create === false ? fillManager : undefined;
    return { secret: secretOf(shape, values), mode: 'whole', manager };
  }
  if (claim.external) {
    const { name } = claim.owner;
    const managers = [mergeManagerOf(name), esoFieldManager(name)];
    // Its policy was another one before: what it wrote as the owner is its own to take away, the ownerReference above all.
    if (wasWholeFor(seenSecret(live), claim)) managers.push(wholeManager);
    return { secret: secretOf(shape, values), mode: 'merge', managers };
  }
  return { secret: secretOf(ownership.isOwned ? shape : unowned(shape), values), mode: 'merge' };
}

// It stays when the object goes.
function unowned(shape: SecretShape): SecretShape {
  const { [ownedByLabel]: _, ...labels } = shape.labels;
  return { ...shape, labels, ownerReferences: [] };
}

// Where items of others stand beside ours, the hash is over all of them.
function rehash(live: Secret, { secret }: Wanted, { patch }: Differences): void {
  const removed = patch.flatMap(({ path }) => (path.startsWith('/data/') ? [path.slice('/data/'.length)] : []));
  const kept = Object.entries(live.data ?? {}).filter(([item]) => !removed.includes(item));
  const after = { ...Object.fromEntries(kept), ...secret.data };
  secret.metadata.annotations = { ...secret.metadata.annotations, [esoMarks.dataHash]: hashOf(after) };
}

const hasItsHash = ({ data = {}, metadata }: Secret) => hashOf(data) === metadata.annotations?.[esoMarks.dataHash];

const hashOf = (data: Record<string, string>) =>
  dataHash(new Map(Object.entries(data).map(([item, text]) => [item, Buffer.from(text, 'base64')])));

function unchangeable({ name }: SecretShape): Stalled {
  return new Stalled('ImmutableSecret', `Secret ${name} is immutable, and its values are others now`, {
    hint: 'delete the Secret to have it made with the new values',
  });
}

function partsOf(shape: SecretShape, ownership: Writable, seen: SeenSecret) {
  const { labels, ownerReferences } = ownership.kind === 'merge' && !ownership.isOwned ? unowned(shape) : shape;
  const annotations = Object.keys(shape.annotations).filter((name) => name !== fingerprintAnnotation);
  return {
    data: shape.items,
    labels: Object.keys(labels),
    annotations: seen.fingerprint === undefined ? annotations : [...annotations, fingerprintAnnotation],
    owners: ownerReferences.map(({ uid }) => uid),
  };
}

function cannotMerge(live: Secret, wanted: Secret, why: Differences['recreate']): Stalled {
  const { name } = live.metadata;
  if (why === 'immutable') {
    return new Stalled('ImmutableSecret', `Secret ${name} is immutable, and belongs to someone else`, {
      hint: 'delete the Secret, or merge into another',
    });
  }
  return new Stalled(
    'TypeConflict',
    `Secret ${name} is of type ${live.type}, not ${wanted.type}, and belongs to someone else`,
    { hint: 'leave the type of the template out' },
  );
}
