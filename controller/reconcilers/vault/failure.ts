// How a look at an object of secrets.hashicorp.com that failed ends: which reason it has, and whether the last good value still serves.

import { isSealError } from '../../../src/errors.ts';
import type { Reason } from '../../../src/kube/reasons.ts';
import { vaultIntervalMs } from '../../../src/kube/refresh-interval.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import { isTransformationError } from '../../stores/data/static/error.ts';
import { isStoreError, type StoreError, type StoreErrorSubject } from '../../stores/store.ts';
import { type Standing, staleFailure } from '../staleness.ts';
import { advised, type Failure, failureOf, textOf } from '../verdict.ts';
import { wasSynced } from './due.ts';

// What the next version of the value, or another writer, may put right, and no watch tells.
const ofValues: readonly string[] = ['TooLarge', 'Rejected', 'Drifted'] satisfies Reason[];

/** A failed look at a VaultStaticSecret. */
export function staticFailure(error: unknown, standing: Standing<VaultStaticSecret>): Failure {
  const base = vaultFailure(error);
  const { reason, message } = base.verdict;
  if (wasSynced(standing.object) && standing.stands) {
    return staleFailure(base, standing, { text: `${reason}: ${message}`, settled: 'SecretSynced' });
  }
  const afterMs = ofValues.includes(reason) ? vaultIntervalMs(standing.object) : undefined;
  return afterMs === undefined ? base : { ...base, result: { next: 'again', afterMs } };
}

/** Any error of this family. */
export function vaultFailure(error: unknown): Failure {
  if (isStoreError(error)) return storeFailure(error);
  if (isOfValue(error)) {
    // No watch will tell that the server has another value, on which the same template may not fail.
    return { verdict: { ...failureOf(error).verdict, beside: 'Reconciling' }, result: { next: 'retry' } };
  }
  if (!isTransformationError(error)) return failureOf(error);
  const isMissing = error.problem === 'NotFound';
  return {
    verdict: {
      ready: isMissing ? 'Unknown' : 'False',
      reason: isMissing ? 'TransformationMissing' : 'InvalidTransformation',
      message: textOf(error),
      beside: isMissing ? 'Reconciling' : 'Stalled',
    },
    // A watch tells when it comes, or is corrected.
    result: { next: 'rest' },
  };
}

/** A template that was parsed, and failed on what it was given. */
const isOfValue = (error: unknown) => isSealError(error) && /^TEMPLATE_(?:EXECUTE|LIMIT)$/.test(error.code);

const subjects: Readonly<Record<StoreErrorSubject, Reason>> = {
  engine: 'WrongEngine',
  login: 'LoginRefused',
  trust: 'UntrustedServer',
};

function storeFailure(error: StoreError): Failure {
  const { class: errorClass, about, retryAfterMs } = error;
  const reason = about ? subjects[about] : errorClass;
  const mayPass = errorClass === 'Throttled' || (errorClass === 'Unavailable' && about === undefined);
  return {
    verdict: {
      ready: mayPass ? 'Unknown' : 'False',
      reason,
      message: inOurWords(errorClass === 'Invalid' && !about ? textOf(error) : advised(error, reason)),
      beside: 'Reconciling',
    },
    result: { next: 'retry', ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }) },
  };
}

// What the stores' messages call things, in the words of these kinds.
const words: readonly (readonly [theirs: string | RegExp, ours: string])[] = [
  [/and the store says (v[12])/, 'and spec.type says kv-$1'],
  [/set spec\.provider\.vault\.version to (v[12])/, 'set spec.type to kv-$1'],
  ['caBundle or caProvider of the store', 'caCertSecretRef or caCertPath of the VaultConnection'],
  [/the store's auth\.(\w+)/, 'spec.$1 of the VaultAuth'],
  ['the address of the store', 'the address of the VaultConnection'],
];

const inOurWords = (text: string) => words.reduce((all, [theirs, ours]) => all.replace(theirs, ours), text);
