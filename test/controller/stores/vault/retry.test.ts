// What is tried again, how often, and after how long.

import { describe, expect, it } from 'vitest';
import { type RetrySettings, withRetries } from '../../../../controller/stores/vault/retry.ts';
import { type Answer, NoAnswer } from '../../../../controller/stores/vault/transport.ts';
import type { Clock } from '../../../../src/kube/clock.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';

const { signal } = new AbortController();

/** Attempts that come to these, one after another: a status, or why no answer came. */
async function attempts(outcomes: readonly (number | NoAnswer['code'])[], settings: RetrySettings = {}, random = 0) {
  const pauses: number[] = [];
  const clock: Clock = { ...systemClock, sleep: async (ms) => void pauses.push(ms) };
  let made = 0;
  const attempt = async (): Promise<Answer> => {
    const outcome = outcomes[made++] ?? 200;
    if (typeof outcome === 'number') return { status: outcome, headers: {}, text: '' };
    throw new NoAnswer(outcome, outcome);
  };
  const result = await withRetries(attempt, { ...settings, clock, random: () => random }, signal).then(
    ({ status }) => status,
    (error: NoAnswer) => error.code,
  );
  return { result, made, pauses };
}

describe('trying again', () => {
  it.each([412, 500, 502, 503, 599, 'reset'] as const)('%s, twice', async (outcome) => {
    expect(await attempts([outcome, outcome, 200])).toMatchObject({ result: 200, made: 3 });
    expect(await attempts([outcome, outcome, outcome, 200])).toMatchObject({ result: outcome, made: 3 });
  });

  it.each([
    200,
    204,
    400,
    403,
    404,
    405,
    429,
    472,
    501,
    'refused',
    'timeout',
    'tls',
    'unresolved',
    'redirected',
  ] as const)('never %s', async (outcome) => {
    expect(await attempts([outcome, 200])).toMatchObject({ result: outcome, made: 1 });
  });

  it('after pauses that double, longer by chance, shorter for a node that lags behind', async () => {
    expect((await attempts([500, 'reset'])).pauses).toEqual([250, 500]);
    expect((await attempts([412, 412])).pauses).toEqual([50, 100]);
    expect((await attempts([500], {}, 0.999)).pauses[0]).toBeCloseTo(375, -1);
  });

  it('as often and after as long as the store says', async () => {
    expect(await attempts([500, 500, 500, 500], { maxRetries: 4, intervalMs: 7 })).toEqual({
      result: 200,
      made: 5,
      pauses: [7, 7, 7, 7],
    });
    expect(await attempts([500], { maxRetries: 0 })).toMatchObject({ result: 500, made: 1 });
  });
});
