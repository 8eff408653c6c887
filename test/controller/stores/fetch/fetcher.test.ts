// The shared way to the stores: who shares a read, who does not, and what each consumer gets.
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type AnsweredFrom, createFetcher, type FetcherOptions } from '../../../../controller/stores/fetch/fetcher.ts';
import type { Fetcher, FetchOptions } from '../../../../controller/stores/store.ts';
import { FakeClock } from '../../../support/clock.ts';
import { fakeBackend, storeError, textOf, value } from '../support/backend.ts';

function house(options: Partial<FetcherOptions> = {}) {
  const clock = new FakeClock();
  const fetcher = createFetcher({ clock, random: () => 0.5, ...options });
  return { clock, fetcher };
}

const forever = () => new AbortController().signal;
const read = (
  fetcher: Fetcher,
  backend: ReturnType<typeof fakeBackend>,
  key: string,
  options: Partial<FetchOptions> = {},
) => fetcher.read(backend, { key }, { signal: forever(), ...options });
const classOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error) => error.class ?? error,
  );

describe('sharing a read', () => {
  it('asks once for any number of consumers who come while the read is out', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const asked = Array.from({ length: 1000 }, () => read(fetcher, backend, 'db', { maxAgeMs: 1000 }));
    await clock.advance(0);
    expect(backend.calls).toHaveLength(1);
    backend.calls[0]?.echo();
    expect(new Set((await Promise.all(asked)).map(textOf))).toEqual(new Set(['db']));
  });

  it('tells everyone when the read began, however late they came', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const served: number[] = [];
    const options = { maxAgeMs: 60_000, onServed: (startedMs: number) => served.push(startedMs) };
    const beganMs = clock.monotonicMs();
    const early = read(fetcher, backend, 'db', options);
    await clock.advance(500);
    const joined = read(fetcher, backend, 'db', options);
    backend.calls[0]?.echo();
    await Promise.all([early, joined]);
    await clock.advance(30_000);
    await read(fetcher, backend, 'db', options);
    expect(served).toEqual([beganMs, beganMs, beganMs]);
  });

  it('gives everyone the very same bytes, so that a crowd costs no memory', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const asked = [read(fetcher, backend, 'db'), read(fetcher, backend, 'db')];
    await clock.advance(0);
    backend.calls[0]?.echo();
    const [first, second] = await Promise.all(asked);
    expect(first).toBe(second);
  });

  it('does not share between identities, versions, metadata and values', async () => {
    const { clock, fetcher } = house();
    const [one, other] = [fakeBackend({ identity: 'one' }), fakeBackend({ identity: 'other' })];
    const signal = forever();
    void fetcher.read(one, { key: 'db' }, { signal });
    void fetcher.read(one, { key: 'db', version: '1' }, { signal });
    void fetcher.read(one, { key: 'db', metadata: true }, { signal });
    void fetcher.read(one, { key: 'db', found: true }, { signal });
    void fetcher.read(other, { key: 'db' }, { signal });
    await clock.advance(0);
    expect(one.calls.map(({ requests: [request] }) => request)).toEqual([
      { key: 'db' },
      { key: 'db', version: '1' },
      { key: 'db', metadata: true },
      { key: 'db', found: true },
    ]);
    expect(other.calls).toHaveLength(1);
  });

  it('does not mistake a key with quotes, zeros and separators for another', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const signal = forever();
    void fetcher.read(backend, { key: 'a","b' }, { signal });
    void fetcher.read(backend, { key: 'a', version: 'b' }, { signal });
    void fetcher.read(backend, { key: 'a\0b' }, { signal });
    await clock.advance(0);
    expect(backend.calls).toHaveLength(3);
  });

  it('takes requests that spell a default out for the same read', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const signal = forever();
    void fetcher.read(backend, { key: 'a' }, { signal });
    void fetcher.read(backend, { key: 'a', version: undefined, metadata: false }, { signal });
    await clock.advance(0);
    expect(backend.calls).toHaveLength(1);
  });

  it('shares lists whose tags are written in another order', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const signal = forever();
    const asked = [
      fetcher.list(backend, { path: 'app', tags: { a: '1', b: '2' } }, { signal }),
      fetcher.list(backend, { path: 'app', tags: { b: '2', a: '1' } }, { signal }),
    ];
    void fetcher.list(backend, { path: 'app', regexp: 'x' }, { signal });
    await clock.advance(0);
    expect(backend.calls).toHaveLength(2);
    backend.calls[0]?.found([{ name: 'n', key: 'app/n' }]);
    expect(await Promise.all(asked)).toEqual([[{ name: 'n', key: 'app/n' }], [{ name: 'n', key: 'app/n' }]]);
  });
});

describe('how fresh an answer is', () => {
  it('reuses an answer within the age that the consumer takes', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ answer: ({ key }) => value(key) });
    await read(fetcher, backend, 'db');
    await clock.advance(900);
    await read(fetcher, backend, 'db', { maxAgeMs: 1000 });
    expect(backend.calls).toHaveLength(1);
    await clock.advance(200);
    await read(fetcher, backend, 'db', { maxAgeMs: 1000 });
    expect(backend.calls).toHaveLength(2);
  });

  it('reads anew for a consumer who takes nothing older than its asking', async () => {
    const { clock, fetcher } = house();
    let count = 0;
    const backend = fakeBackend({ answer: () => value(String(++count)) });
    expect(textOf(await read(fetcher, backend, 'db'))).toBe('1');
    await clock.advance(1);
    expect(textOf(await read(fetcher, backend, 'db'))).toBe('2');
  });

  it('counts age from the beginning of the read: one that began too early is not joined but followed', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const early = read(fetcher, backend, 'db');
    await clock.advance(100);
    const late = [read(fetcher, backend, 'db', { maxAgeMs: 50 }), read(fetcher, backend, 'db')];
    await clock.advance(0);
    expect(backend.calls, 'never two reads of one key at once').toHaveLength(1);
    backend.calls[0]?.resolve([value('old')]);
    await clock.advance(0);
    backend.calls[1]?.resolve([value('new')]);
    expect(textOf(await early)).toBe('old');
    expect((await Promise.all(late)).map(textOf)).toEqual(['new', 'new']);
    expect(backend.calls).toHaveLength(2);
  });

  it('keeps no answer beyond its five minutes, whatever age is taken', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ answer: ({ key }) => value(key) });
    await read(fetcher, backend, 'db');
    await clock.advance(300_000);
    await read(fetcher, backend, 'db', { maxAgeMs: Number.POSITIVE_INFINITY });
    expect(backend.calls).toHaveLength(2);
  });

  it('does not reuse a value that the store has meanwhile dropped by its own date', async () => {
    const { clock, fetcher } = house();
    const expires = new Date(clock.now().getTime() + 1000);
    const backend = fakeBackend({ answer: ({ key }) => value(key, { expires }) });
    await read(fetcher, backend, 'db');
    await clock.advance(1000);
    await read(fetcher, backend, 'db', { maxAgeMs: 60_000 });
    expect(backend.calls).toHaveLength(2);
  });

  it('keeps a refusal for two seconds only, so that a repair is seen soon', async () => {
    const { clock, fetcher } = house();
    let isThere = false;
    const backend = fakeBackend({
      answer: ({ key }) => (isThere ? value(key) : storeError('NotFound', undefined, key)),
    });
    expect(await classOf(read(fetcher, backend, 'db', { maxAgeMs: 60_000 }))).toBe('NotFound');
    expect(await classOf(read(fetcher, backend, 'db', { maxAgeMs: 60_000 }))).toBe('NotFound');
    expect(backend.calls).toHaveLength(1);
    isThere = true;
    await clock.advance(2_000);
    expect(await classOf(read(fetcher, backend, 'db', { maxAgeMs: 60_000 }))).toBe('answered');
  });

  it('never keeps a failure that may pass', async () => {
    const { fetcher } = house();
    let isUp = false;
    const backend = fakeBackend({ answer: ({ key }) => (isUp ? value(key) : storeError('Unavailable')) });
    expect(await classOf(read(fetcher, backend, 'db', { maxAgeMs: 60_000 }))).toBe('Unavailable');
    isUp = true;
    expect(await classOf(read(fetcher, backend, 'db', { maxAgeMs: 60_000 }))).toBe('answered');
  });

  it('drops what it kept for an identity, and what is still on its way there', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const other = fakeBackend({ identity: 'store-ab', answer: ({ key }) => value(key) });
    await read(fetcher, other, 'db');
    const asked = read(fetcher, backend, 'db');
    await clock.advance(0);
    fetcher.forget('store-a');
    backend.calls[0]?.echo();
    await asked;
    void read(fetcher, backend, 'db', { maxAgeMs: 60_000 });
    await read(fetcher, other, 'db', { maxAgeMs: 60_000 });
    expect(backend.calls).toHaveLength(2);
    expect(other.calls, 'another identity whose name begins the same').toHaveLength(1);
  });

  it('holds no more bytes than it may: the answer not asked for longest goes first', async () => {
    const { fetcher } = house({ keep: { maxBytes: 10_000 } });
    const backend = fakeBackend({ answer: ({ key }) => value(key.repeat(3_000)) });
    for (const key of ['a', 'b', 'a', 'c', 'd']) await read(fetcher, backend, key, { maxAgeMs: 60_000 });
    await read(fetcher, backend, 'd', { maxAgeMs: 60_000 });
    expect(backend.calls).toHaveLength(4);
    await read(fetcher, backend, 'b', { maxAgeMs: 60_000 });
    expect(backend.calls).toHaveLength(5);
  });
});

describe('batches', () => {
  const keysOf = (backend: ReturnType<typeof fakeBackend>) =>
    backend.calls.map(({ requests }) => requests.map(({ key }) => key));

  it('reads a thousand keys in fifty calls of twenty', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ batch: 20, answer: ({ key }) => value(key) });
    const asked = Array.from({ length: 1000 }, (_, index) => read(fetcher, backend, `key-${index}`));
    await clock.advance(5);
    expect((await Promise.all(asked)).map(textOf)).toEqual(Array.from({ length: 1000 }, (_, index) => `key-${index}`));
    expect(backend.calls).toHaveLength(50);
  });

  it('waits five milliseconds for company and sends a full batch at once', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ batch: 3 });
    void read(fetcher, backend, 'a');
    await clock.advance(4);
    expect(backend.calls).toHaveLength(0);
    void read(fetcher, backend, 'b');
    await clock.advance(1);
    expect(keysOf(backend)).toEqual([['a', 'b']]);
    for (const key of ['c', 'd', 'e']) void read(fetcher, backend, key);
    expect(keysOf(backend)).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  it('never mixes identities in a batch, and each gets its turn', async () => {
    const { clock, fetcher } = house();
    const limits = { concurrency: 1 };
    const one = fakeBackend({ identity: 'one', destination: 'aws', batch: 2, limits });
    const other = fakeBackend({ identity: 'other', destination: 'aws', batch: 2, limits });
    for (let index = 0; index < 6; index++) void read(fetcher, one, `one-${index}`);
    void read(fetcher, other, 'other-0');
    await clock.advance(5);
    for (let turn = 0; turn < 2; turn++) {
      one.open[0]?.echo();
      await clock.advance(0);
    }
    expect(keysOf(one)).toEqual([
      ['one-0', 'one-1'],
      ['one-2', 'one-3'],
    ]);
    expect(keysOf(other)).toEqual([['other-0']]);
  });

  it('gives each consumer its own outcome when only some keys failed', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({
      batch: 20,
      answer: ({ key }) => (key === 'b' ? storeError('NotFound', undefined, key) : value(key)),
    });
    const asked = ['a', 'b', 'c'].map((key) => classOf(read(fetcher, backend, key)));
    await clock.advance(5);
    expect(await Promise.all(asked)).toEqual(['answered', 'NotFound', 'answered']);
    expect(backend.calls).toHaveLength(1);
  });

  it('reads one by one when the batch was refused as a whole', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ batch: 20 });
    const asked = ['a', 'b'].map((key) => read(fetcher, backend, key));
    await clock.advance(5);
    backend.calls[0]?.reject(storeError('Denied'));
    await clock.advance(0);
    expect(keysOf(backend)).toEqual([['a', 'b'], ['a'], ['b']]);
    for (const call of backend.open) call.echo();
    expect((await Promise.all(asked)).map(textOf)).toEqual(['a', 'b']);
  });

  it('does not multiply calls to a store that is down or busy: that ends the whole batch', async () => {
    for (const errorClass of ['Unavailable', 'Throttled'] as const) {
      const { clock, fetcher } = house();
      const backend = fakeBackend({ batch: 20 });
      const asked = ['a', 'b'].map((key) => read(fetcher, backend, key).catch((error) => error));
      await clock.advance(5);
      backend.calls[0]?.reject(storeError(errorClass));
      const errors = await Promise.all(asked);
      expect(errors.map((error) => [error.class, error.key])).toEqual([
        [errorClass, 'a'],
        [errorClass, 'b'],
      ]);
      expect(backend.calls).toHaveLength(1);
    }
  });

  it('keeps no refusal of a batch against a key that nobody waits for any more', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ batch: 20 });
    const gone = new AbortController();
    void read(fetcher, backend, 'a', { signal: gone.signal }).catch(() => undefined);
    void read(fetcher, backend, 'b');
    await clock.advance(5);
    gone.abort();
    backend.calls[0]?.reject(storeError('Denied'));
    await clock.advance(0);
    void read(fetcher, backend, 'a', { maxAgeMs: 60_000 });
    await clock.advance(5);
    expect(keysOf(backend)).toEqual([['a', 'b'], ['b'], ['a']]);
  });

  it('asks the backend anew how much it batches, so that a denied batch is remembered there', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ batch: 20, answer: ({ key }) => value(key) });
    backend.batch = 1;
    const asked = ['a', 'b'].map((key) => read(fetcher, backend, key));
    await clock.advance(0);
    await Promise.all(asked);
    expect(keysOf(backend)).toEqual([['a'], ['b']]);
  });
});

describe('leaving', () => {
  it('lets one consumer go without disturbing the others', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const leaving = new AbortController();
    const left = read(fetcher, backend, 'db', { signal: leaving.signal }).catch((error) => error);
    const stays = read(fetcher, backend, 'db');
    await clock.advance(0);
    leaving.abort(new Error('shutting down'));
    expect((await left).message).toBe('shutting down');
    expect(backend.calls[0]?.signal.aborted).toBe(false);
    backend.calls[0]?.echo();
    expect(textOf(await stays)).toBe('db');
  });

  it('cancels the call when the last consumer has gone, and reads anew for the next', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const leaving = new AbortController();
    void read(fetcher, backend, 'db', { signal: leaving.signal }).catch(() => undefined);
    await clock.advance(0);
    leaving.abort();
    expect(backend.calls[0]?.signal.aborted).toBe(true);
    const asked = read(fetcher, backend, 'db', { maxAgeMs: 60_000 });
    await clock.advance(0);
    expect(backend.calls).toHaveLength(2);
    backend.calls[1]?.echo();
    expect(textOf(await asked)).toBe('db');
  });

  it('never sends what everyone left while it was queued', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ batch: 20 });
    const leaving = new AbortController();
    void read(fetcher, backend, 'a', { signal: leaving.signal }).catch(() => undefined);
    void read(fetcher, backend, 'b');
    leaving.abort();
    await clock.advance(5);
    expect(backend.calls.map(({ requests }) => requests.map(({ key }) => key))).toEqual([['b']]);
  });

  it('keeps a batch going while anybody waits for one of its keys', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ batch: 20 });
    const leaving = new AbortController();
    void read(fetcher, backend, 'a', { signal: leaving.signal }).catch(() => undefined);
    const stays = read(fetcher, backend, 'b');
    await clock.advance(5);
    leaving.abort();
    expect(backend.calls[0]?.signal.aborted).toBe(false);
    backend.calls[0]?.echo();
    expect(textOf(await stays)).toBe('b');
  });

  it('asks nothing for a consumer that is already gone', async () => {
    const { fetcher } = house();
    const backend = fakeBackend();
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(read(fetcher, backend, 'db', { signal })).rejects.toThrow('gone');
    expect(backend.calls).toHaveLength(0);
  });

  it('leaves no listener on a signal that lives on', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ answer: ({ key }) => value(key) });
    const { signal } = new AbortController();
    const asked = ['a', 'b', 'a'].map((key) => read(fetcher, backend, key, { signal }));
    await clock.advance(0);
    await Promise.all(asked);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('does not wait longer than its patience, goes on reading, and calls back when the answer is there', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    let late = 0;
    const asked = read(fetcher, backend, 'db', { patienceMs: 1000, onLate: () => late++ }).catch((error) => error);
    await clock.advance(1000);
    expect(await asked).toMatchObject({ class: 'Unavailable', key: 'db', message: 'vault has not answered yet' });
    expect(backend.calls[0]?.signal.aborted).toBe(false);
    backend.calls[0]?.echo();
    await clock.advance(0);
    expect(late).toBe(1);
    expect(textOf(await read(fetcher, backend, 'db', { maxAgeMs: 2000, patienceMs: 1000 }))).toBe('db');
    expect(backend.calls).toHaveLength(1);
  });

  it('does not call back a consumer who was answered in time', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ answer: ({ key }) => value(key) });
    await read(fetcher, backend, 'db', { patienceMs: 1000, onLate: () => expect.unreachable() });
    await clock.advance(5000);
  });

  it('fails what waits and asks nothing more once it is closed', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ limits: { concurrency: 1 } });
    const asked = ['a', 'b', 'a'].map((key) => classOf(read(fetcher, backend, key)));
    await clock.advance(0);
    fetcher.close();
    expect(await Promise.all(asked)).toEqual(['Unavailable', 'Unavailable', 'Unavailable']);
    expect(backend.calls[0]?.signal.aborted).toBe(true);
    expect(await classOf(read(fetcher, backend, 'c'))).toBe('Unavailable');
    expect(backend.calls).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });
});

describe('what is told', () => {
  it('says for each ask where its answer came from', async () => {
    const told: AnsweredFrom[] = [];
    const { fetcher } = house({ onAnswered: (_, from) => told.push(from) });
    const backend = fakeBackend({ answer: ({ key }) => value(key) });
    await Promise.all([read(fetcher, backend, 'db'), read(fetcher, backend, 'db')]);
    await read(fetcher, backend, 'db', { maxAgeMs: 1000 });
    expect(told).toEqual(['call', 'joined', 'kept']);
  });

  it('tells a defect by its class alone: the message may quote a value', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const asked = read(fetcher, backend, 'db').catch((error) => error);
    await clock.advance(0);
    backend.calls[0]?.reject(new SyntaxError('Unexpected token in "hunter2"'));
    const error = await asked;
    expect(error).toMatchObject({
      class: 'Invalid',
      message: 'reading "db" from vault failed unexpectedly (SyntaxError)',
    });
    expect(error.cause).toBeUndefined();
  });

  it('does not take fewer outcomes than requests for answers', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const asked = classOf(read(fetcher, backend, 'a'));
    await clock.advance(0);
    backend.calls[0]?.resolve([]);
    expect(await asked).toBe('Invalid');
  });
});
