// Limits, patience and outages: what a store is spared, and how soon everybody is served when it is back.
import { describe, expect, it } from 'vitest';
import { createFetcher } from '../../../../controller/stores/fetch/fetcher.ts';
import type { Fetcher, ReadOutcome } from '../../../../controller/stores/store.ts';
import { FakeClock } from '../../../support/clock.ts';
import { fakeBackend, storeError, textOf, value } from '../support/backend.ts';

function house() {
  const clock = new FakeClock();
  const fetcher = createFetcher({ clock, random: () => 0.5 });
  const recovered: string[] = [];
  fetcher.onRecovered((destination) => recovered.push(`${destination} at ${clock.monotonicMs()}`));
  return { clock, fetcher, recovered };
}

const signal = new AbortController().signal;
const read = (fetcher: Fetcher, backend: ReturnType<typeof fakeBackend>, key: string) =>
  fetcher.read(backend, { key }, { signal }).then(textOf, (error) => error);

/** A store that the test takes down and brings back. */
function fragile(options: Parameters<typeof fakeBackend>[0] = {}) {
  const state: { down: ReadOutcome | undefined } = { down: undefined };
  const backend = fakeBackend({ answer: ({ key }) => state.down ?? value(key), ...options });
  return { backend, state };
}

/** Five failures in a row: the circuit opens. */
async function takeDown(
  fetcher: Fetcher,
  { backend, state }: ReturnType<typeof fragile>,
  down = storeError('Unavailable'),
) {
  state.down = down;
  for (let count = 0; count < 5; count++) await read(fetcher, backend, `key-${count}`);
}

/** A machine so slow that a millisecond goes by whenever somebody looks at the clock. */
class SlowClock extends FakeClock {
  #lostMs = 0;
  override monotonicMs = () => super.monotonicMs() + ++this.#lostMs;
}

describe('limits', () => {
  it('fills its batches with what is asked for in one breath, however slow the machine is', async () => {
    const clock = new SlowClock();
    const fetcher = createFetcher({ clock, random: () => 0.5 });
    const backend = fakeBackend({ batch: 20, answer: ({ key }) => value(key) });
    const reads = Array.from({ length: 50 }, (_, index) => read(fetcher, backend, `key-${index}`));
    await clock.advance(100);
    await Promise.all(reads);
    expect(backend.calls.map(({ requests }) => requests.length)).toEqual([20, 20, 10]);
  });

  it('keeps no more calls out than the store allows', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ limits: { concurrency: 3 } });
    for (let index = 0; index < 10; index++) void read(fetcher, backend, `key-${index}`);
    await clock.advance(0);
    expect(backend.open).toHaveLength(3);
    backend.open[0]?.echo();
    await clock.advance(0);
    expect(backend.open).toHaveLength(3);
    expect(backend.calls).toHaveLength(4);
  });

  it('starts calls at the rate the store allows, after a burst of two seconds worth', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ limits: { perSecond: 10, concurrency: 100 }, answer: ({ key }) => value(key) });
    for (let index = 0; index < 50; index++) void read(fetcher, backend, `key-${index}`);
    await clock.advance(0);
    expect(backend.calls).toHaveLength(20);
    await clock.advance(1000);
    expect(backend.calls).toHaveLength(30);
    await clock.advance(2000);
    expect(backend.calls).toHaveLength(50);
  });

  it('halves the calls in flight when the store says "too many", and gives them back one by one', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ limits: { concurrency: 8 } });
    for (let index = 0; index < 100; index++) void read(fetcher, backend, `key-${index}`);
    await clock.advance(0);
    expect(backend.open).toHaveLength(8);
    backend.open[0]?.reject(storeError('Throttled'));
    await clock.advance(0);
    for (const call of backend.open) call.echo();
    await clock.advance(0);
    expect(backend.open.length).toBeGreaterThanOrEqual(4);
    expect(backend.open.length).toBeLessThan(8);
    while (backend.open.length > 0 && backend.calls.length < 60) {
      backend.open[0]?.echo();
      await clock.advance(0);
    }
    expect(backend.open).toHaveLength(8);
  });

  it('does not let a store that hangs delay another one', async () => {
    const { clock, fetcher } = house();
    const stuck = fakeBackend({ identity: 'stuck', obedient: false });
    const healthy = fakeBackend({ identity: 'healthy', answer: ({ key }) => value(key) });
    for (let index = 0; index < 500; index++) void read(fetcher, stuck, `key-${index}`);
    expect(await read(fetcher, healthy, 'db')).toBe('db');
    expect(clock.monotonicMs()).toBe(0);
  });

  it('gives up a call after thirty seconds even if the backend ignores that, and goes on', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ limits: { concurrency: 1 }, obedient: false });
    const asked = [read(fetcher, backend, 'a'), read(fetcher, backend, 'b')];
    await clock.advance(30_000);
    expect(await asked[0]).toMatchObject({ class: 'Unavailable', key: 'a', message: 'vault did not answer in time' });
    expect(backend.calls[0]?.signal.aborted).toBe(true);
    backend.calls[1]?.echo();
    expect(await asked[1]).toBe('b');
  });
});

describe('a store that says "not now"', () => {
  it('is left alone as long as it asked, by every identity there', async () => {
    const { clock, fetcher } = house();
    const one = fragile({ identity: 'one', destination: 'vault' });
    const other = fragile({ identity: 'other', destination: 'vault' });
    one.state.down = storeError('Throttled', 30_000);
    expect(await read(fetcher, one.backend, 'a')).toMatchObject({ class: 'Throttled', retryAfterMs: 30_000 });
    expect(await read(fetcher, other.backend, 'b')).toMatchObject({
      class: 'Throttled',
      message: '"b" was not read: vault asks for fewer requests',
      retryAfterMs: expect.closeTo(30_375),
    });
    await clock.advance(30_000);
    expect([...one.backend.calls, ...other.backend.calls]).toHaveLength(1);
  });

  it('is asked again once, after the wait, and then serves everyone at once', async () => {
    const { clock, fetcher, recovered } = house();
    const store = fragile();
    store.state.down = storeError('Throttled', 30_000);
    await read(fetcher, store.backend, 'a');
    store.state.down = undefined;
    await clock.advance(31_000);
    expect(store.backend.calls).toHaveLength(2);
    expect(recovered).toEqual(['store-a at 30375']);
    expect(await read(fetcher, store.backend, 'b')).toBe('b');
  });

  it('makes those in the queue wait where that is short, instead of failing them', async () => {
    const { clock, fetcher } = house();
    const store = fragile({ limits: { concurrency: 1 } });
    store.state.down = storeError('Throttled', 1_000);
    const asked = [read(fetcher, store.backend, 'a'), read(fetcher, store.backend, 'b')];
    await clock.advance(10);
    store.state.down = undefined;
    const later = read(fetcher, store.backend, 'c');
    await clock.advance(900);
    expect(store.backend.calls, 'not before its time').toHaveLength(1);
    await clock.advance(2_000);
    expect(await asked[0]).toMatchObject({ class: 'Throttled' });
    expect([await asked[1], await later]).toEqual(['b', 'c']);
  });

  it('still serves what is kept', async () => {
    const { fetcher } = house();
    const store = fragile();
    await read(fetcher, store.backend, 'a');
    await takeDown(fetcher, store);
    expect(textOf(await fetcher.read(store.backend, { key: 'a' }, { signal, maxAgeMs: 60_000 }))).toBe('a');
  });

  it('is not believed to be back because a call that was out already succeeds', async () => {
    const { clock, fetcher, recovered } = house();
    const backend = fakeBackend();
    const asked = [read(fetcher, backend, 'a'), read(fetcher, backend, 'b')];
    await clock.advance(0);
    backend.calls[0]?.resolve([storeError('Throttled', 30_000)]);
    await asked[0];
    backend.calls[1]?.echo();
    expect(await asked[1]).toBe('b');
    expect(recovered).toEqual([]);
    expect(await read(fetcher, backend, 'c')).toMatchObject({ class: 'Throttled' });
  });

  it('cannot shut itself away for a day: fifteen minutes at most', async () => {
    const { clock, fetcher } = house();
    const store = fragile();
    store.state.down = storeError('Throttled', 86_400_000);
    await read(fetcher, store.backend, 'a');
    store.state.down = undefined;
    await clock.advance(15 * 60_000 + 1_000);
    expect(await read(fetcher, store.backend, 'b')).toBe('b');
  });
});

describe('a store that is down', () => {
  it('is given up after five failures in a row: later asks fail at once, each naming its own key', async () => {
    const { fetcher } = house();
    const store = fragile();
    await takeDown(fetcher, store);
    expect(await read(fetcher, store.backend, 'mine')).toMatchObject({
      class: 'Unavailable',
      key: 'mine',
      message: '"mine" was not read: vault does not answer',
    });
    expect(store.backend.calls).toHaveLength(5);
  });

  it('is not given up for refusals: a store that says no is there', async () => {
    const { fetcher } = house();
    const store = fragile();
    await takeDown(fetcher, store, storeError('Denied'));
    store.state.down = undefined;
    expect(await read(fetcher, store.backend, 'fresh')).toBe('fresh');
  });

  it('is not given up when answers come between the failures', async () => {
    const { fetcher } = house();
    const { backend } = fragile({ answer: ({ key }) => (key === 'broken' ? storeError('Unavailable') : value(key)) });
    for (let count = 0; count < 20; count++) {
      await read(fetcher, backend, 'broken');
      expect(await read(fetcher, backend, `key-${count}`)).toBe(`key-${count}`);
    }
  });

  it('fails those who wait in its queue at once', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ limits: { concurrency: 5 } });
    const asked = Array.from({ length: 100 }, (_, index) => read(fetcher, backend, `key-${index}`));
    await clock.advance(0);
    while (backend.open.length > 0) {
      for (const call of backend.open) call.reject(storeError('Unavailable'));
      await clock.advance(0);
    }
    const errors = await Promise.all(asked);
    expect(errors.every((error) => error.class === 'Unavailable')).toBe(true);
    expect(backend.calls, 'five failures, and what had gone out before the fifth').toHaveLength(9);
  });

  it('is probed by one call at a time, at a pace that slows to one in five seconds', async () => {
    const { clock, fetcher } = house();
    const store = fragile();
    await takeDown(fetcher, store);
    await clock.advance(300_000);
    const probes = store.backend.calls.length - 5;
    expect(probes).toBeGreaterThanOrEqual(60);
    expect(probes).toBeLessThanOrEqual(85);
    expect(store.backend.calls.every(({ requests }) => requests.length === 1)).toBe(true);
  });

  it('serves everyone within five seconds of its return, by calling back, although nobody asked meanwhile', async () => {
    const { clock, fetcher, recovered } = house();
    const store = fragile();
    await takeDown(fetcher, store);
    await clock.advance(300_000);
    store.state.down = undefined;
    expect(recovered).toEqual([]);
    await clock.advance(5_000);
    expect(recovered).toHaveLength(1);
    const asked = Array.from({ length: 1000 }, (_, index) => read(fetcher, store.backend, `key-${index}`));
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 1000 }, (_, index) => `key-${index}`));
  });

  it('gives the answer of the probe to whoever is called back', async () => {
    const { clock, fetcher } = house();
    const store = fragile();
    const answers: Promise<string>[] = [];
    fetcher.onRecovered(() => {
      answers.push(fetcher.read(store.backend, { key: 'key-0' }, { signal, maxAgeMs: 1000 }).then(textOf));
    });
    store.state.down = storeError('Unavailable');
    for (let count = 0; count < 5; count++) await read(fetcher, store.backend, 'key-0');
    store.state.down = undefined;
    await clock.advance(5_000);
    expect(await Promise.all(answers)).toEqual(['key-0']);
    expect(store.backend.calls).toHaveLength(6);
  });

  it('comes back although one of its keys stays broken: probes take turns', async () => {
    const { clock, fetcher, recovered } = house();
    let isDown = true;
    const backend = fakeBackend({
      answer: ({ key }) => (isDown || key === 'broken' ? storeError('Unavailable') : value(key)),
    });
    for (let count = 0; count < 5; count++) await read(fetcher, backend, 'broken');
    await read(fetcher, backend, 'healthy');
    isDown = false;
    await clock.advance(10_000);
    expect(recovered).toHaveLength(1);
    expect(await read(fetcher, backend, 'healthy')).toBe('healthy');
  });

  it('gives a probe five seconds, not thirty', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend();
    const asked = Array.from({ length: 5 }, (_, index) => read(fetcher, backend, `key-${index}`));
    await clock.advance(0);
    for (const call of backend.open) call.reject(storeError('Unavailable'));
    await Promise.all(asked);
    await clock.advance(500);
    expect(backend.open).toHaveLength(1);
    await clock.advance(5_000);
    expect(backend.calls[5]?.signal.aborted).toBe(true);
  });

  it('is not given up for longer because calls that were out fail late', async () => {
    const { clock, fetcher, recovered } = house();
    const backend = fakeBackend();
    const asked = Array.from({ length: 16 }, (_, index) => read(fetcher, backend, `key-${index}`));
    await clock.advance(0);
    for (const call of backend.open) call.reject(storeError('Unavailable'));
    await Promise.all(asked);
    await clock.advance(500);
    expect(backend.calls).toHaveLength(17);
    backend.open[0]?.echo();
    await clock.advance(0);
    expect(recovered).toEqual(['store-a at 500']);
  });

  it('is probed although a call from before still hangs', async () => {
    const { clock, fetcher, recovered } = house();
    let isDown = true;
    const backend = fakeBackend({
      answer: ({ key }) => {
        if (key === 'hangs') return new Promise(() => {});
        return isDown ? storeError('Unavailable') : value(key);
      },
    });
    void read(fetcher, backend, 'hangs');
    for (let count = 0; count < 5; count++) await read(fetcher, backend, 'key');
    isDown = false;
    await clock.advance(1_000);
    expect(recovered).toHaveLength(1);
  });

  it('is not probed by a read that is still out', async () => {
    const { clock, fetcher } = house();
    const backend = fakeBackend({ obedient: false });
    const first = read(fetcher, backend, 'a');
    await clock.advance(0);
    backend.calls[0]?.reject(storeError('Unavailable'));
    await first;
    void read(fetcher, backend, 'a');
    void read(fetcher, backend, 'b');
    await clock.advance(0);
    backend.calls[2]?.resolve([storeError('Throttled', 300)]);
    await clock.advance(1_000);
    expect(backend.open.map(({ requests: [request] }) => request?.key)).toEqual(['a', 'b']);
  });

  it('is not probed for those who are gone, and takes nothing with it', async () => {
    const { clock, fetcher } = house();
    const store = fragile();
    await takeDown(fetcher, store);
    fetcher.forget('store-a');
    expect(clock.waiting).toBe(0);
    store.state.down = undefined;
    await clock.advance(60_000);
    expect(store.backend.calls).toHaveLength(5);
    expect(await read(fetcher, store.backend, 'fresh')).toBe('fresh');
  });

  it('lets the next who asks be the probe where those it knew of are gone', async () => {
    const { clock, fetcher, recovered } = house();
    const gone = fragile({ identity: 'gone', destination: 'vault' });
    const stuck = fakeBackend({ identity: 'stays', destination: 'vault', obedient: false });
    void read(fetcher, stuck, 'hangs');
    await takeDown(fetcher, gone);
    fetcher.forget('gone');
    await clock.advance(10_000);
    expect(gone.backend.calls).toHaveLength(5);
    const asked = read(fetcher, stuck, 'fresh');
    await clock.advance(0);
    stuck.calls[1]?.echo();
    expect(await asked).toBe('fresh');
    expect(recovered).toHaveLength(1);
  });

  it('stops calling back those who asked not to be called', async () => {
    const { clock, fetcher } = house();
    const store = fragile();
    const stop = fetcher.onRecovered(() => expect.unreachable());
    stop();
    await takeDown(fetcher, store);
    store.state.down = undefined;
    await clock.advance(5_000);
  });

  it('leaves nothing running when all is well', async () => {
    const { clock, fetcher } = house();
    const store = fragile();
    await takeDown(fetcher, store);
    store.state.down = undefined;
    await clock.advance(5_000);
    await clock.advance(600_000);
    expect(clock.waiting).toBe(0);
  });
});
