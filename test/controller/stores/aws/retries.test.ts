// `spec.retrySettings` of AWS stores: how many attempts a call gets, and how long the pause between them is.

import { describe, expect, it } from 'vitest';
import { fixedPace } from '../../../../controller/stores/aws/retries.ts';
import { smallAws } from '../support/small-aws.ts';
import { refusalOf, textOf } from '../support/vault.ts';

const house = smallAws();

describe('a call that AWS fails', () => {
  const failing = { name: 'InternalServiceError', status: 500 };

  it.each([
    ['without settings', undefined, 2],
    ['with an empty block, as the reference', { intervalMs: 1 }, 3],
    ['as often as asked', { maxRetries: 4, intervalMs: 1 }, 5],
    ['once and no more', { maxRetries: 0, intervalMs: 1 }, 1],
  ])('is tried %s', async (_, retries, attempts) => {
    house.aws.refusals.set('GetSecretValue', failing);
    const backend = await house.open({}, { ...(retries && { retries }) });
    expect((await refusalOf(backend, 'db')).class).toBe('Unavailable');
    expect(house.operations()).toHaveLength(attempts);
  });

  it('ends with the first answer', async () => {
    let failures = 2;
    house.aws.refusals.set('GetSecretValue', () => (failures-- > 0 ? failing : undefined));
    const backend = await house.open({}, { retries: { maxRetries: 3, intervalMs: 0 } });
    expect(await textOf(backend, 'db')).toBe('hunter2');
    expect(house.operations()).toHaveLength(3);
  });

  it('is not tried again where AWS says no', async () => {
    house.aws.refusals.set('GetSecretValue', { name: 'AccessDeniedException' });
    const backend = await house.open({}, { retries: { maxRetries: 3, intervalMs: 0 } });
    expect((await refusalOf(backend, 'db')).class).toBe('Denied');
    expect(house.operations()).toHaveLength(1);
  });

  it('waits as long as asked between attempts, the same each time', async () => {
    const pace = fixedPace(3, 2_500);
    const first = await pace.acquireInitialRetryToken();
    const second = await pace.refreshRetryTokenForRetry(first, { errorType: 'THROTTLING' });
    const third = await pace.refreshRetryTokenForRetry(second, { errorType: 'TRANSIENT' });
    expect([second.getRetryDelay(), third.getRetryDelay()]).toEqual([2_500, 2_500]);
    await expect(pace.refreshRetryTokenForRetry(third, { errorType: 'TRANSIENT' })).rejects.toThrow();
  });
});
