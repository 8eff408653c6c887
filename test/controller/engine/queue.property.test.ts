// Whatever is asked of the queue, and in whatever order: no wish for a look is lost, and no key is in work twice.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Result } from '../../../controller/engine/outcome.ts';
import type { Lane } from '../../../controller/engine/queue.ts';
import { Workers } from '../../../controller/engine/worker.ts';
import { FakeClock } from '../../support/clock.ts';
import { runs } from '../../support/property.ts';

const keys = ['a/x', 'a/y', 'b/x', 'c'];

/** Workers of a controller whose objects have versions; a look takes the one that is there when it begins. */
class Scene {
  readonly clock = new FakeClock();
  readonly there = new Map<string, number>();
  readonly seen = new Map<string, number>();
  readonly ends: { key: string; end: (result: Result | 'bug') => void }[] = [];
  readonly problems: string[] = [];
  readonly workers: Workers;

  constructor(concurrency: number) {
    const working = new Set<string>();
    this.workers = new Workers({
      clock: this.clock,
      random: () => 0.5,
      concurrency,
      onBug: () => {},
      look: async (key) => {
        if (working.has(key)) this.problems.push(`${key} is in work twice`);
        working.add(key);
        if (working.size > concurrency) this.problems.push('too many are in work');
        const version = this.there.get(key) ?? 0;
        const result = await new Promise<Result | 'bug'>((end) => this.ends.push({ key, end }));
        working.delete(key);
        if (result === 'bug') throw new Error('bug');
        if (result.next === 'rest') this.seen.set(key, version);
        return result;
      },
    });
    this.workers.start();
  }

  change(key: string, lane: Lane): void {
    this.there.set(key, (this.there.get(key) ?? 0) + 1);
    this.workers.queue.add(key, lane);
  }

  end(nth: number, result: Result | 'bug'): void {
    const [ended] = this.ends.splice(nth % Math.max(1, this.ends.length), 1);
    if (!ended) return;
    ended.end(result);
    // What it waited for comes at once, or before the look has ended.
    if (result !== 'bug' && result.next === 'held') this.workers.queue.add(ended.key, 'later');
  }
}

const key = fc.constantFrom(...keys);
const results: (Result | 'bug')[] = [
  { next: 'rest' },
  { next: 'later' },
  { next: 'held' },
  { next: 'again', afterMs: 1_000 },
  { next: 'retry' },
  { next: 'retry', afterMs: 5_000 },
  'bug',
];
const step = fc.oneof(
  fc.record({ does: fc.constant('change'), key, lane: fc.constantFrom('now', 'backlog', 'later') }),
  fc.record({ does: fc.constant('end'), nth: fc.nat(3), result: fc.constantFrom(...results) }),
  fc.record({ does: fc.constant('wait'), ms: fc.constantFrom(0, 500, 10_000) }),
) as fc.Arbitrary<{ does: string; key: string; lane: Lane; nth: number; result: Result | 'bug'; ms: number }>;

it('every change is looked at after it was made', async () => {
  const story = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60, size: 'max' }));
  const property = fc.asyncProperty(story, async ([concurrency, steps]) => {
    const scene = new Scene(concurrency);
    for (const { does, key, lane, nth, result, ms } of steps) {
      if (does === 'change') scene.change(key, lane);
      else if (does === 'end') scene.end(nth, result);
      await scene.clock.advance(ms ?? 0);
    }
    for (let turns = 0; turns < 12; turns++) {
      while (scene.ends.length > 0) {
        scene.end(0, { next: 'rest' });
        await scene.clock.advance(0);
      }
      await scene.clock.advance(600_000);
    }
    const { queue } = scene.workers;
    expect(scene.problems).toEqual([]);
    expect(Object.fromEntries(scene.seen)).toEqual(Object.fromEntries(scene.there));
    expect([queue.depth, queue.working, queue.delayed]).toEqual([0, 0, 0]);
    await Promise.all([scene.workers.idle(), scene.workers.stop(new AbortController().signal)]);
  });
  await fc.assert(property, { numRuns: runs(300) });
});
