// Any interleaving of asking, leaving, answering, failing and waiting: nobody gets an answer too old, another's, or none.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFetcher } from '../../../../controller/stores/fetch/fetcher.ts';
import { type Backend, isStoreError, type ReadOutcome, type ReadRequest } from '../../../../controller/stores/store.ts';
import { FakeClock } from '../../../support/clock.ts';
import { runs } from '../../../support/property.ts';
import { storeError, textOf, value } from '../support/backend.ts';

interface Asked {
  atMs: number;
  maxAgeMs: number;
  identity: string;
  key: string;
  leave: AbortController;
  left: boolean;
  outcome?: { text?: string; error?: unknown };
}

type Ending = 'value' | 'denied' | 'unavailable' | 'throttled' | 'throw-denied' | 'throw-down';

const identities = ['one', 'two'];
const keys = ['a', 'b', 'c'];

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      identity: fc.nat(1),
      key: fc.nat(2),
      maxAgeMs: fc.constantFrom(0, 1, 10, 500),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), who: fc.nat(50) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(20),
      how: fc.constantFrom<Ending>(
        'value',
        'value',
        'value',
        'denied',
        'unavailable',
        'throttled',
        'throw-denied',
        'throw-down',
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 5, 20, 700) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), identity: fc.nat(1) }) },
);

/** Backends that say, in each value, whose it is, which key, and when the read began; and that check what is in flight. */
function world(batch: number, concurrency: number) {
  const clock = new FakeClock();
  const open: { end: (how: Ending) => void }[] = [];
  const inFlight = new Map<string, number>();
  let most = 0;
  const backendOf = (identity: string): Backend => ({
    provider: 'vault',
    identity,
    destination: 'shared',
    limits: { concurrency },
    batchSize: () => batch,
    list: async () => [],
    validate: async () => 'valid',
    close: async () => {},
    read(requests: readonly ReadRequest[], signal) {
      const began = clock.monotonicMs();
      for (const { key } of requests) inFlight.set(`${identity}/${key}`, (inFlight.get(`${identity}/${key}`) ?? 0) + 1);
      most = Math.max(most, ...inFlight.values());
      expect(requests.length).toBeLessThanOrEqual(batch);
      expect(open.length + 1).toBeLessThanOrEqual(concurrency);
      return new Promise((resolve, reject) => {
        const over = (settle: () => void) => {
          if (!open.includes(call)) return;
          open.splice(open.indexOf(call), 1);
          for (const { key } of requests)
            inFlight.set(`${identity}/${key}`, (inFlight.get(`${identity}/${key}`) ?? 0) - 1);
          settle();
        };
        const call = {
          end: (how: Ending) =>
            over(() => {
              if (how === 'throw-denied') reject(storeError('Denied'));
              else if (how === 'throw-down') reject(storeError('Unavailable'));
              else resolve(requests.map((request) => outcomeOf(identity, request, began, how)));
            }),
        };
        open.push(call);
        signal.addEventListener('abort', () => over(() => reject(signal.reason)), { once: true });
      });
    },
  });
  return { clock, open, backendOf, most: () => most };
}

function outcomeOf(identity: string, { key }: ReadRequest, began: number, how: Ending): ReadOutcome {
  if (how === 'denied') return storeError('Denied', undefined, key);
  if (how === 'unavailable') return storeError('Unavailable', undefined, key);
  if (how === 'throttled') return storeError('Throttled', 300, key);
  return value(JSON.stringify([identity, key, began]));
}

describe('any interleaving', () => {
  it('gives each consumer exactly one answer: its own key, its own identity, begun no earlier than it takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80, size: 'max' }),
        fc.constantFrom(1, 2, 20),
        fc.constantFrom(1, 2, 5),
        async (steps, batch, concurrency) => {
          const { clock, open, backendOf, most } = world(batch, concurrency);
          const backends = identities.map(backendOf);
          const fetcher = createFetcher({ clock, random: () => 0.3 });
          const all: Asked[] = [];
          const ask = (identity: number, key: number, maxAgeMs: number) => {
            const asked: Asked = {
              atMs: clock.monotonicMs(),
              maxAgeMs,
              identity: identities[identity]!,
              key: keys[key]!,
              leave: new AbortController(),
              left: false,
            };
            all.push(asked);
            fetcher.read(backends[identity]!, { key: asked.key }, { signal: asked.leave.signal, maxAgeMs }).then(
              (remote) => {
                expect(asked.outcome).toBeUndefined();
                asked.outcome = { text: textOf(remote) };
              },
              (error) => {
                expect(asked.outcome).toBeUndefined();
                asked.outcome = { error };
              },
            );
          };
          for (const one of steps) {
            if (one.do === 'ask') ask(one.identity, one.key, one.maxAgeMs);
            if (one.do === 'leave') {
              const who = all[one.who];
              if (who && !who.outcome) who.left = true;
              who?.leave.abort(new Error('left'));
            }
            if (one.do === 'end') open[one.which % Math.max(1, open.length)]?.end(one.how);
            if (one.do === 'wait') await clock.advance(one.ms);
            if (one.do === 'forget') fetcher.forget(identities[one.identity]!);
          }
          // The store is well again: everyone must be served.
          for (let round = 0; round < 200 && all.some(({ outcome }) => !outcome); round++) {
            while (open.length > 0) open[0]?.end('value');
            await clock.advance(500);
          }
          for (const { outcome, left, identity, key, atMs, maxAgeMs } of all) {
            expect(outcome, 'nobody waits for ever').toBeDefined();
            // Who leaves in the very moment of the answer may get either, and nothing else.
            if (left && outcome?.error && !isStoreError(outcome.error))
              expect(outcome.error).toMatchObject({ message: 'left' });
            if (!left && outcome?.error) expect(isStoreError(outcome.error)).toBe(true);
            if (outcome?.text === undefined) continue;
            const [whose, which, began] = JSON.parse(outcome.text);
            expect([whose, which]).toEqual([identity, key]);
            expect(began).toBeGreaterThanOrEqual(atMs - maxAgeMs);
          }
          expect(most(), 'reads of one key at once').toBeLessThanOrEqual(1);
          fetcher.close();
          await clock.advance(0);
          expect(clock.waiting).toBe(0);
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
