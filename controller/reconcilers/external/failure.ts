// How a look at an ExternalSecret that failed ends: what the reference calls it, what it is, and whether the last good values still serve.

import { findCondition } from '../../../src/kube/conditions.ts';
import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import type { Reason } from '../../../src/kube/reasons.ts';
import { externalIntervalMs } from '../../../src/kube/refresh-interval.ts';
import { Stalled } from '../../engine/outcome.ts';
import type { Verdict } from '../../status/conditions.ts';
import { isStoreError, type StoreError, type StoreErrorClass } from '../../stores/store.ts';
import { type Standing, staleFailure } from '../staleness.ts';
import { advised, type Failure, failureOf, textOf } from '../verdict.ts';

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

// Other values in the stores may put it right, and no watch tells of them: they are asked for as ever. What drifted is left alone
// meanwhile.
const ofValues: readonly Reason[] = ['Drifted', 'TemplateError', 'TooLarge', 'Rejected'];

// Words of the reference that say it all.
const ownWords: readonly Reason[] = ['SecretMissing'];

/**
 * After a first success of this generation a failure is told by `Stale` alone, until `maxStalenessMs` is spent. Else Ready has the
 * reference's word, and the class stands beside it.
 */
export function externalFailure(error: unknown, standing: Standing<ExternalSecret>): Failure {
  const base = storeAwareFailure(error);
  const { reason: why, message } = base.verdict;
  const { object, stands } = standing;
  const text = toldBefore(object, why) ?? `${why}: ${message}`;
  if (!wasSynced(object) || !stands) {
    const verdict = referenceWords(base.verdict, text);
    const afterMs = ofValues.some((one) => one === why) ? externalIntervalMs(object) : 0;
    return { ...base, verdict, ...(afterMs > 0 && { result: { next: 'again', afterMs } }) };
  }
  return staleFailure(base, standing, { text, settled: 'SecretSynced', failed: 'SecretSyncedError' });
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
