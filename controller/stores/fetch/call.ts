// One call to a backend: bounded in time whatever the backend does, and always ending in outcomes.

import type { Clock } from '../../../src/kube/clock.ts';
import { isStoreError, StoreError } from '../store.ts';
import type { Ask, Outcome } from './flight.ts';

/** How a call ended. */
export interface CallOutcomes {
  /** One for each ask, in order. */
  readonly all: readonly Outcome[];
  /** Several reads failed with one error, thrown for all of them. */
  readonly asOne: boolean;
  /** The backend did not end in time. */
  readonly timedOut: boolean;
}

/** Calls the backend of `asks`, which are all of one identity, and more than one only for reads. Never rejects. */
export async function callBackend(
  asks: readonly [Ask, ...Ask[]],
  { clock, timeoutMs, abort }: { clock: Clock; timeoutMs: number; abort: AbortController },
): Promise<CallOutcomes> {
  let timedOut = false;
  const stopTimer = clock.timer(timeoutMs, () => {
    timedOut = true;
    abort.abort();
  });
  const { aborted, leave } = untilAborted(abort.signal);
  try {
    // A backend that ignores the signal must not keep its place in the lane.
    const outcomes = await Promise.race([perform(asks, abort.signal), aborted]);
    return outcomes ? { all: outcomes, asOne: false, timedOut } : fail(asks, unanswered(asks[0]), timedOut);
  } catch (error) {
    return fail(asks, abort.signal.aborted ? unanswered(asks[0]) : asStoreError(error, asks[0]), timedOut);
  } finally {
    stopTimer();
    leave();
  }
}

async function perform(asks: readonly [Ask, ...Ask[]], signal: AbortSignal): Promise<readonly Outcome[]> {
  const [{ backend, find }] = asks;
  if (find) return [await backend.list(find, signal)];
  const requests = asks.flatMap(({ request }) => request ?? []);
  const outcomes = await backend.read(requests, signal);
  if (outcomes.length !== requests.length) throw new TypeError('as many outcomes as requests are expected');
  return outcomes;
}

function untilAborted(signal: AbortSignal): { aborted: Promise<undefined>; leave: () => void } {
  let settle = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    settle = () => resolve(undefined);
    signal.addEventListener('abort', settle, { once: true });
  });
  return { aborted, leave: () => signal.removeEventListener('abort', settle) };
}

function fail(asks: readonly Ask[], error: StoreError, timedOut: boolean): CallOutcomes {
  const all = asks.map(({ request }) => (asks.length > 1 ? withKey(error, request?.key) : error));
  return { all, asOne: asks.length > 1, timedOut };
}

// What was thrown for all names no key; each consumer's error names its own.
function withKey(error: StoreError, key: string | undefined): StoreError {
  const { provider, retryAfterMs, hints, cause } = error;
  return new StoreError(error.class, error.message, { provider, key, retryAfterMs, hint: hints, cause });
}

/** The call was given up, by the clock or because nobody waits any more. */
export function unanswered({ backend: { provider }, request }: Ask): StoreError {
  return new StoreError('Unavailable', `${provider} did not answer in time`, { provider, key: request?.key });
}

function asStoreError(error: unknown, { backend: { provider }, request }: Ask): StoreError {
  if (isStoreError(error)) return error;
  // A defect of ours. Its message may quote what was being parsed, so only its class is told, and no cause is kept.
  const name = error instanceof Error ? error.name : typeof error;
  const what = request ? `reading "${request.key}" from ${provider}` : `listing ${provider}`;
  return new StoreError('Invalid', `${what} failed unexpectedly (${name})`, { provider, key: request?.key });
}
