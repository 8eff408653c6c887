// How a look at an ExternalSecret that failed ends: what the reference calls it, what it is, and whether the last good values still serve.

import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import { Stalled } from '../../engine/outcome.ts';
import { findCondition, type Verdict } from '../../status/conditions.ts';
import type { Reason } from '../../status/reasons.ts';
import { isStoreError, type StoreError, type StoreErrorClass } from '../../stores/store.ts';
import { advised, type Failure, failureOf, textOf } from '../verdict.ts';
import { intervalOf } from './refresh.ts';

/** What is known of the object beside the error. */
export interface Standing {
  object: ExternalSecret;
  /** The Secret, as the watch shows it, still is what the last success left. */
  stands: boolean;
  /** How long the last good values serve, from the first failure on. */
  maxStalenessMs: number;
  now: Date;
}

const passing: readonly StoreErrorClass[] = ['Throttled', 'Unavailable'];

/** Any error that stores are part of, with its class as the reason. */
export function storeAwareFailure(error: unknown): Failure {
  if (isStoreError(error)) return storeFailure(error);
  const failure = failureOf(error);
  if (!(error instanceof NoValues)) return failure;
  // No watch will tell that the store has something.
  return { verdict: { ...failure.verdict, beside: 'Reconciling' }, result: { next: 'retry' } };
}

/** The stores answered, and gave nothing at all, where the Secret is to be kept. */
export class NoValues extends Stalled {
  constructor() {
    super('NotFound', 'the stores gave no values at all, and a Secret without any is not made', {
      hint: 'correct the find or extract; deletionPolicy Delete or Merge would take it for gone',
    });
  }
}

function storeFailure(error: StoreError): Failure {
  const { class: reason, retryAfterMs } = error;
  const ready = passing.includes(reason) ? 'Unknown' : 'False';
  return {
    verdict: { ready, reason, message: adviceText(error), beside: 'Reconciling' },
    result: { next: 'retry', ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }) },
  };
}

// What is invalid is named by the message itself.
const adviceText = (error: StoreError) => (error.class === 'Invalid' ? textOf(error) : advised(error, error.class));

// Words of the reference that say it all.
const ownWords: readonly Reason[] = ['SecretMissing'];

/**
 * After a first success of this generation a failure is told by `Stale` alone, until `maxStalenessMs` is spent. Else Ready has the
 * reference's word, and the class stands beside it.
 */
export function externalFailure(error: unknown, standing: Standing): Failure {
  const base = storeAwareFailure(error);
  const { reason: why, message } = base.verdict;
  const { object, stands } = standing;
  const text = toldBefore(object, why) ?? `${why}: ${message}`;
  const ready = findCondition(object.status?.conditions, 'Ready');
  if (!wasSynced(object) || !stands) {
    const verdict = referenceWords(base.verdict, text);
    // What drifted is left alone; values that change in the stores are no drift, and are asked for as ever.
    const afterMs = why === 'Drifted' ? intervalOf(object) : 0;
    return { ...base, verdict, ...(afterMs > 0 && { result: { next: 'again', afterMs } }) };
  }
  const result = base.result.next === 'rest' ? ({ next: 'retry' } as const) : base.result;
  const notes = { Stale: text };
  if (ready?.status === 'True' && !isOverdue(standing)) {
    const { reason = 'SecretSynced', message: told = '' } = ready;
    return { ...base, verdict: { ready: 'True', reason, message: told, beside: 'none', why, notes }, result };
  }
  const isSpent = ready?.status !== 'Unknown' && (ready?.status === 'False' || isOverdue(standing));
  const verdict: Verdict = {
    ready: isSpent ? 'False' : base.verdict.ready,
    reason: 'SecretSyncedError',
    message: text,
    beside: base.verdict.beside === 'Stalled' && !isSpent ? 'Stalled' : 'Reconciling',
    why,
    notes,
  };
  return { ...base, verdict, result };
}

// While a store is down each attempt fails in words of its own: the first ones will do, and are no reason to write again.
function toldBefore({ metadata, status }: ExternalSecret, why: string): string | undefined {
  if (!passing.some((one) => one === why) || status?.observedGeneration !== metadata.generation) return undefined;
  const told = ['Stale', 'Reconciling'].map((type) => findCondition(status?.conditions, type));
  return told.find((condition) => condition?.reason === why)?.message;
}

function referenceWords(verdict: Verdict, text: string): Verdict {
  const { reason } = verdict;
  if (ownWords.some((word) => word === reason)) return verdict;
  return { ...verdict, reason: 'SecretSyncedError', message: text, why: reason };
}

/** The generation that there is now was synced once. */
export function wasSynced({ metadata: { generation = 0 }, status }: ExternalSecret): boolean {
  return status?.syncedResourceVersion?.startsWith(`${generation}-`) === true;
}

// Counted from the first failure, which is when Stale became true.
function isOverdue({ object, maxStalenessMs, now }: Standing): boolean {
  const since = findCondition(object.status?.conditions, 'Stale')?.lastTransitionTime;
  return since !== undefined && now.getTime() - new Date(since).getTime() >= maxStalenessMs;
}
