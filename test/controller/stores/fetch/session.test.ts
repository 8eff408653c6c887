// Sessions with a provider: how many logins a crowd costs, and when a session is renewed, replaced and ended.
import { describe, expect, it } from 'vitest';
import { type Lease, Session, type SessionOptions } from '../../../../controller/stores/fetch/session.ts';
import { FakeClock } from '../../../support/clock.ts';
import { storeError } from '../support/backend.ts';

const signal = new AbortController().signal;

function house(options: Partial<SessionOptions<string>> = {}) {
  const clock = new FakeClock();
  const opened: string[] = [];
  const session = new Session<string>({
    clock,
    random: () => 0,
    provider: 'vault',
    open: async () => {
      const value = `token-${opened.length + 1}`;
      opened.push(value);
      return { value, lifetimeMs: 3_600_000 };
    },
    ...options,
  });
  return { clock, session, opened };
}

describe('a session', () => {
  it('is opened once for a thousand who ask at once, and not before anybody asks', async () => {
    const { session, opened } = house();
    expect(opened).toEqual([]);
    const tokens = await Promise.all(Array.from({ length: 1000 }, () => session.get(signal)));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(opened).toHaveLength(1);
  });

  it('is replaced after two thirds of its life, while everybody goes on with the old one', async () => {
    const { clock, session, opened } = house();
    await session.get(signal);
    await clock.advance(2_399_000);
    expect(await session.get(signal)).toBe('token-1');
    expect(opened).toHaveLength(1);
    await clock.advance(1_000);
    expect(await session.get(signal)).toBe('token-1');
    await clock.advance(0);
    expect(opened).toEqual(['token-1', 'token-2']);
    expect(await session.get(signal)).toBe('token-2');
  });

  it('is not waited for beyond its end, nor used in its last minute', async () => {
    const { clock, session } = house();
    await session.get(signal);
    await clock.advance(3_540_000);
    expect(await session.get(signal)).toBe('token-2');
  });

  it('stays in use when its renewal fails, until it ends', async () => {
    let isUp = true;
    let tried = 0;
    const { clock, session } = house({
      open: async () => {
        tried += 1;
        if (!isUp) throw storeError('Unavailable');
        return { value: 'token', lifetimeMs: 3_600_000 };
      },
    });
    await session.get(signal);
    isUp = false;
    await clock.advance(3_000_000);
    for (let count = 0; count < 100; count++) {
      expect(await session.get(signal)).toBe('token');
      await clock.advance(100);
    }
    expect(tried, 'a renewal that failed is tried again at a pace').toBe(2);
    await clock.advance(590_000);
    await expect(session.get(signal)).rejects.toMatchObject({ class: 'Unavailable' });
    isUp = true;
    expect(await session.get(signal)).toBe('token');
  });

  it('that never ends is never renewed', async () => {
    let count = 0;
    const { clock, session } = house({ open: async (): Promise<Lease<string>> => ({ value: `token-${++count}` }) });
    await session.get(signal);
    await clock.advance(1e10);
    expect(await session.get(signal)).toBe('token-1');
  });

  it('is opened anew when the provider no longer takes it, once for all who were told', async () => {
    const { session, opened } = house();
    const token = await session.get(signal);
    session.invalidate(token);
    expect(await session.get(signal)).toBe('token-2');
    session.invalidate(token);
    expect(await session.get(signal)).toBe('token-2');
    expect(opened).toHaveLength(2);
  });

  it('that was refused is not asked for again within a second, however many ask', async () => {
    let count = 0;
    const { clock, session } = house({
      open: async () => {
        count += 1;
        throw storeError('Denied');
      },
    });
    for (let index = 0; index < 100; index++)
      await expect(session.get(signal)).rejects.toMatchObject({ class: 'Denied' });
    expect(count).toBe(1);
    await clock.advance(1_000);
    await expect(session.get(signal)).rejects.toMatchObject({ class: 'Denied' });
    expect(count).toBe(2);
  });

  it('goes on opening when one of those who wait leaves', async () => {
    const { promise, resolve } = defer<Lease<string>>();
    const { session } = house({ open: () => promise });
    const leaving = new AbortController();
    const left = session.get(leaving.signal).catch((error) => error);
    const stays = session.get(signal);
    leaving.abort(new Error('left'));
    expect((await left).message).toBe('left');
    resolve({ value: 'token' });
    expect(await stays).toBe('token');
  });

  it('is revoked at the end, and none is opened after it', async () => {
    const revoked: string[] = [];
    const { session } = house({ revoke: async (value) => void revoked.push(value) });
    await session.get(signal);
    await session.close();
    expect(revoked).toEqual(['token-1']);
    await expect(session.get(signal)).rejects.toMatchObject({ class: 'Unavailable' });
  });

  it('is given back when another one has replaced it', async () => {
    const revoked: string[] = [];
    const { clock, session } = house({ revoke: async (value) => void revoked.push(value) });
    const first = await session.get(signal);
    expect(await session.replace(first, signal)).toBe('token-2');
    expect(await session.replace(first, signal), 'it was replaced already').toBe('token-2');
    await clock.advance(2_400_000);
    await session.get(signal);
    await clock.advance(0);
    expect(revoked).toEqual(['token-1', 'token-2']);
  });

  it('stays where no other one is to be had', async () => {
    let isUp = true;
    const { session } = house({
      open: async () => {
        if (!isUp) throw storeError('Denied');
        return { value: 'token', lifetimeMs: 3_600_000 };
      },
    });
    const token = await session.get(signal);
    isUp = false;
    await expect(session.replace(token, signal)).rejects.toMatchObject({ class: 'Denied' });
    expect(await session.get(signal)).toBe('token');
  });

  it('that is renewable is renewed without anybody asking, until the provider will not', async () => {
    const renewals: string[] = [];
    const { clock, session, opened } = house({
      open: async () => ({ value: `token-${opened.push('')}`, lifetimeMs: 3_600_000, renewable: true }),
      renew: async (value) => {
        renewals.push(value);
        return renewals.length < 3 ? { value, lifetimeMs: 3_600_000, renewable: true } : undefined;
      },
    });
    await session.get(signal);
    await clock.advance(3 * 2_400_000);
    expect(renewals).toEqual(['token-1', 'token-1', 'token-1']);
    expect(clock.waiting).toBe(0);
    expect(await session.get(signal), 'still good, while another one is opened').toBe('token-1');
    await clock.advance(0);
    expect(await session.get(signal)).toBe('token-2');
  });

  it('is refused longer each time, a minute at most', async () => {
    let count = 0;
    const { clock, session } = house({
      open: async () => {
        count += 1;
        throw storeError('Denied');
      },
    });
    for (let second = 0; second < 600; second++) {
      await session.get(signal).catch(() => undefined);
      await clock.advance(1_000);
    }
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(20);
  });

  it('ends without waiting for a provider that does not answer the revocation', async () => {
    const { clock, session } = house({
      revoke: (_, aborted) =>
        new Promise((_resolve, reject) => aborted.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await session.get(signal);
    const closed = session.close();
    await clock.advance(5_000);
    await closed;
    expect(clock.waiting).toBe(0);
  });
});

function defer<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
