// Batches of both services: what is in them, what spoils them, and when they are given up.

import { describe, expect, it } from 'vitest';
import { createFetcher } from '../../../../controller/stores/fetch/fetcher.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { FakeClock } from '../../../support/clock.ts';
import { smallAws } from '../support/small-aws.ts';

const { signal } = new AbortController();
const house = smallAws();

describe('batches', () => {
  const read = (
    names: string[],
    backend: Awaited<ReturnType<typeof house.open>>,
    fetcher = createFetcher({ clock: systemClock, random: () => 0 }),
  ) =>
    Promise.all(
      names.map((key) =>
        fetcher.read(backend, { key }, { signal }).then(
          () => key,
          (error) => error.class,
        ),
      ),
    );

  it('match answers that come in another order, by name and by partial ARN', async () => {
    const backend = await house.open();
    const partial = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:cache';
    const outcomes = await backend.read([{ key: 'db' }, { key: partial }, { key: 'binary' }], signal);
    const texts = outcomes.map((outcome) =>
      'bytes' in outcome ? Buffer.from(outcome.bytes.reveal()).toString('hex') : outcome,
    );
    expect(texts).toEqual([Buffer.from('hunter2').toString('hex'), Buffer.from('{"a":1.10}').toString('hex'), '00ff']);
    expect(house.operations()).toEqual(['BatchGetSecretValue']);
  });

  it('ask for a secret once although two keys mean it', async () => {
    const backend = await house.open({ prefix: 'd' });
    await backend.read([{ key: 'b' }, { key: 'db', found: true }], signal);
    expect(house.aws.calls[0]?.input).toEqual({ SecretIdList: ['db'] });
  });

  it('are not tried again for a quarter of an hour after they were denied, by any consumer of the identity', async () => {
    house.aws.refusals.set('BatchGetSecretValue', { name: 'AccessDeniedException' });
    const clock = new FakeClock();
    const backend = await house.open({}, { clock });
    expect(backend.batchSize({ key: 'db' })).toBe(20);
    expect(await read(['db', 'cache'], backend)).toEqual(['db', 'cache']);
    expect(house.operations()).toEqual(['BatchGetSecretValue', 'GetSecretValue', 'GetSecretValue']);
    expect(backend.batchSize({ key: 'db' })).toBe(1);
    await clock.advance(15 * 60_000);
    expect(backend.batchSize({ key: 'db' })).toBe(20);
  });

  it('go on after one whose request was wrong', async () => {
    house.aws.refusals.set('BatchGetSecretValue', { name: 'ValidationException' });
    const backend = await house.open();
    expect(await read(['db', 'cache'], backend)).toEqual(['db', 'cache']);
    expect(backend.batchSize({ key: 'db' })).toBe(20);
  });

  it('are given up where the server does not know them', async () => {
    house.aws.refusals.set('BatchGetSecretValue', { name: 'UnknownOperationException' });
    const backend = await house.open();
    expect(await read(['db', 'cache'], backend)).toEqual(['db', 'cache']);
    expect(backend.batchSize({ key: 'db' })).toBe(1);
  });

  it('never carry versions or metadata', async () => {
    for (const service of ['SecretsManager', 'ParameterStore'] as const) {
      const backend = await house.open({ service });
      expect(backend.batchSize({ key: 'a', version: '1' })).toBe(1);
      expect(backend.batchSize({ key: 'a', metadata: true })).toBe(1);
      await house.stage.close();
    }
  });

  it('of parameters leave a denied name alone, so that it does not spoil the others', async () => {
    const backend = await house.open({ service: 'ParameterStore' });
    const fetcher = createFetcher({ clock: systemClock, random: () => 0 });
    const deny = () =>
      JSON.stringify(house.aws.calls.at(-1)?.input).includes('/b') ? { name: 'AccessDeniedException' } : undefined;
    house.aws.refusals.set('GetParameters', deny).set('GetParameter', deny);
    expect(await read(['/a', '/b'], backend, fetcher)).toEqual(['/a', 'Denied']);
    expect(backend.batchSize({ key: '/b' })).toBe(1);
    expect(backend.batchSize({ key: '/a' })).toBe(10);
  });

  it('of parameters are given up after three refusals in a row', async () => {
    const backend = await house.open({ service: 'ParameterStore' });
    house.aws.refusals.set('GetParameters', { name: 'AccessDeniedException' });
    for (let round = 0; round < 4; round++) expect(await read(['/a', '/b'], backend)).toEqual(['/a', '/b']);
    expect(house.operations().filter((operation) => operation === 'GetParameters')).toHaveLength(3);
  });
});
