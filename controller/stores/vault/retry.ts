// Trying again what may be over in a moment: a node that lags behind, a server error, a connection that broke.

import type { Clock } from '../../../src/kube/clock.ts';
import { type Answer, NoAnswer } from './transport.ts';

/** As `spec.retrySettings` of a store. */
export interface RetrySettings {
  /** Default: 2, as Vault's Go client. */
  maxRetries?: number | undefined;
  /** Fixed pause. Default: 250 ms, doubling (50 ms for a node that lags behind), up to half of it more by chance. */
  intervalMs?: number | undefined;
}

/** The settings, and what they are applied with. */
export interface RetryOptions extends RetrySettings {
  clock: Clock;
  /** In [0, 1), for jitter. */
  random: () => number;
}

/** Makes `attempt` until its answer is none that passes by itself, and returns or throws what came last. */
export async function withRetries(
  attempt: () => Promise<Answer>,
  { maxRetries = 2, intervalMs, clock, random }: RetryOptions,
  signal: AbortSignal,
): Promise<Answer> {
  for (let retry = 0; ; retry++) {
    let firstMs = 250;
    try {
      const answer = await attempt();
      if (retry >= maxRetries || !isPassing(answer.status)) return answer;
      if (answer.status === 412) firstMs = 50;
    } catch (error) {
      if (retry >= maxRetries || !(error instanceof NoAnswer) || error.code !== 'reset') throw error;
    }
    await clock.sleep(intervalMs ?? Math.round(firstMs * 2 ** retry * (1 + random() / 2)), signal);
  }
}

// 501 is a server that was never initialised: nothing of a moment. 429 is the fetch layer's, which holds back all others too.
const isPassing = (status: number) => status === 412 || (status >= 500 && status !== 501);
