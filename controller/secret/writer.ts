// The one place that writes Secrets: whose it is, whether it differs, and the least that has to be sent.

import type { KubeApi } from '../../src/kube/api.ts';
import { isAlreadyExists, isConflict, isInvalid, isNotFound } from '../../src/kube/errors.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { checkSize, type SecretPlace, type SecretShape, type SecretValues, secretOf } from './desired.ts';
import { type Differences, differencesOf, guardedPatch, type Wanted } from './differences.ts';
import { mergeManager, mergeManagerOf, wholeManager } from './fields.ts';
import { isAsLeft, type LeftSecret, leftOf, type SecretRecord, stands } from './left.ts';
import { type Claim, ownershipOf } from './ownership.ts';
import { cannotMerge, checkOwnership, drifted, missing, unchangeable, type Writable } from './refusals.ts';
import { type SeenSecret, seenSecret } from './seen.ts';
import { type Asked, rehash, wantedOf } from './wanted.ts';

/** Secrets as the metadata watch shows them; `engine/cache.ts` is the one implementation. */
export interface SeenSecrets {
  get(key: string): SeenSecret | undefined;
  /** Runs a call about the Secret under `key`, which tells what it was answered. */
  whileCalling<T>(key: string, call: (answers: SecretAnswers) => Promise<T>): Promise<T>;
}

interface SecretAnswers {
  absorb(secret: Secret): void;
  drop(): void;
}

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

// A writer that always loses to another gives way after this many rounds and comes back later.
const rounds = 4;

/** Makes Secrets be what is asked for. One call at a time per Secret: the queue sees to that. */
export class SecretWriter {
  readonly #kube: KubeApi;
  readonly #seen: SeenSecrets;

  constructor(kube: KubeApi, seen: SeenSecrets) {
    this.#kube = kube;
    this.#seen = seen;
  }

  /** What the watch last showed of the Secret. */
  seen(place: SecretPlace): SeenSecret | undefined {
    return this.#seen.get(keyOf(place));
  }

  /** Whether nothing has to be opened or read to know that the Secret still is what `record` says. */
  isAsLeft(shape: SecretShape, claim: Claim, record: SecretRecord | undefined, fingerprint: string): boolean {
    return isAsLeft(this.seen(shape), { shape, claim, record, fingerprint });
  }

  /** As `isAsLeft`, for Secrets whose items are not known before they are read. */
  stands(place: SecretPlace, claim: Claim, left: LeftSecret | undefined): boolean {
    return stands(this.seen(place), claim, left);
  }

  /**
   * For a Secret that nothing is remembered of: how it was left, where `isAsWritten` says that it still is so. Undefined where
   * it is not, or is not ours.
   */
  async recognised(
    place: SecretPlace,
    claim: Claim,
    isAsWritten: (live: Secret) => boolean,
    signal: AbortSignal,
  ): Promise<LeftSecret | undefined> {
    const { kind } = ownershipOf(this.seen(place), claim);
    if (kind !== 'whole' && kind !== 'merge') return undefined;
    return await this.#seen.whileCalling(keyOf(place), async (answers) => {
      const live = await this.#kube.get<Secret>(resources.secret, place, { signal });
      if (!isAsWritten(live)) return undefined;
      answers.absorb(live);
      return leftOf(live);
    });
  }

  /** Deletes the Secret where it is wholly ours; true where it was there. Throws as `check`. */
  async remove(place: SecretPlace, claim: Claim, signal: AbortSignal): Promise<boolean> {
    const seen = this.seen(place);
    if (!seen || this.check(place, claim).kind !== 'whole') return false;
    const { uid, resourceVersion } = seen;
    return await this.#seen.whileCalling(keyOf(place), async ({ drop }) => {
      try {
        await this.#kube.delete(resources.secret, place, { preconditions: { uid, resourceVersion }, signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      drop();
      return true;
    });
  }

  /** Throws `Stalled` (`NotOwned`) or `Waiting` when the Secret, as the watch shows it, is not ours to write. */
  check(place: SecretPlace, claim: Claim): Writable {
    return checkOwnership(place, claim, this.seen(place));
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
    return await this.#seen.whileCalling(keyOf(shape), (answers) =>
      this.#write({ shape, claim, values, signal, detectOnly, answers }),
    );
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
    if (version === undefined) return false;
    try {
      const { metadata } = await this.#kube.get(resources.secret, shape, { metadataOnly: true, signal });
      return metadata.resourceVersion !== version;
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  }

  async #create(job: Job): Promise<Written> {
    const { shape, claim, values, signal, detectOnly } = job;
    if (detectOnly) throw drifted(shape, 'was deleted');
    if (claim.vault?.create === false) throw missing(shape);
    const made = await this.#kube.create(resources.secret, secretOf(shape, values), {
      fieldManager: claim.external?.merges ? mergeManagerOf(claim.owner.name) : wholeManager,
      signal,
    });
    return done(job, 'created', made);
  }

  async #update(job: Job): Promise<Written> {
    const { shape, claim, signal, detectOnly } = job;
    const live = await this.#kube.get<Secret>(resources.secret, shape, { signal });
    job.version = live.metadata.resourceVersion;
    const ownership = checkOwnership(shape, claim, seenSecret(live));
    const wanted = wantedOf(job, live, ownership);
    const differences = differencesOf(live, wanted);
    const isRight = !differences.recreate && !differences.hasToSet && differences.patch.length === 0;
    if (isRight) return done(job, 'nothing', live);
    if (detectOnly) throw drifted(shape, `was changed (${differences.words.join(', ') || differences.recreate})`);
    const isFixed = claim.external ? shape.immutable : claim.vault?.create === false;
    if (isFixed && differences.recreate === 'immutable') throw unchangeable(shape);
    if (differences.recreate) return await this.#recreate(job, live, wanted, differences);
    if (wanted.managers) rehash(live, wanted, differences);
    const after = await this.#change(live, wanted, differences, signal);
    return { ...done(job, 'updated', after, differences), before: live.data ?? {} };
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

  async #recreate(job: Job, live: Secret, wanted: Wanted, differences: Differences): Promise<Written> {
    const { shape, signal, answers } = job;
    const { recreate, changesValues } = differences;
    if (wanted.mode === 'merge') throw cannotMerge(live, wanted.secret, recreate);
    await this.#checkAccepted(wanted.secret, signal);
    const { uid = '', resourceVersion = '' } = live.metadata;
    await this.#kube.delete(resources.secret, shape, { preconditions: { uid, resourceVersion }, signal });
    answers.drop();
    const made = await this.#kube.create(resources.secret, wanted.secret, { fieldManager: wholeManager, signal });
    return done(job, 'recreated', made, { words: [recreate ?? 'type'], changesValues });
  }

  // Before the one that is there goes: the API server looks whether it would take a Secret, and then finds the name taken.
  async #checkAccepted(secret: Secret, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#kube.create(resources.secret, secret, { fieldManager: wholeManager, dryRun: true, signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}

function done(
  { answers }: Job,
  did: Written['did'],
  secret: Secret,
  { words, changesValues }: Pick<Differences, 'words' | 'changesValues'> = { words: [], changesValues: false },
): Written {
  answers.absorb(secret);
  return { did, words, changedValues: changesValues, left: leftOf(secret) };
}

const keyOf = ({ namespace, name }: SecretPlace) => `${namespace}/${name}`;

interface Job extends Asked {
  signal: AbortSignal | undefined;
  detectOnly: boolean;
  answers: SecretAnswers;
  /** The Secret's, as it was last looked at. */
  version?: string | undefined;
}
