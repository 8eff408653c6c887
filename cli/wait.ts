// Waiting for something to become true in a cluster.

import { SealError } from '../src/errors.ts';
import type { Context } from './context.ts';

const pollMs = 15;
const limitMs = 15_000;

/** Asks until there is an answer. Throws `SealError` (`NOT_IN_TIME`) after fifteen seconds, and what the signal says when it aborts. */
export async function waitUntil<T>(
  { clock, signal }: Pick<Context, 'clock' | 'signal'>,
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const end = clock.monotonicMs() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (clock.monotonicMs() > end)
      throw new SealError('NOT_IN_TIME', `waited ${limitMs / 1000} s in vain until ${what}`);
    await clock.sleep(pollMs, signal);
  }
}
