// Bounded work in the order of its inputs, and what is made ready ahead.

import { describe, expect, test } from 'vitest';
import { mapBounded, preparedAhead } from '../../../src/seal/parallel.ts';

describe('bounded work', () => {
  test('results keep the order of the inputs, and no more than the limit runs at once', async () => {
    let running = 0;
    let most = 0;
    const results = await mapBounded([5, 1, 4, 2, 3], 2, async (turns) => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      running--;
      return turns * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  test('after a failure nothing new is started', async () => {
    const started: number[] = [];
    const work = mapBounded([1, 2, 3, 4, 5, 6], 2, async (item) => {
      started.push(item);
      await Promise.resolve();
      if (item === 1) throw new Error('one');
    });
    await expect(work).rejects.toThrow('one');
    expect(started.length).toBeLessThan(6);
  });

  test('of several failures the earliest item decides, however late it fails', async () => {
    const work = mapBounded([3, 1, 2], 3, async (turns) => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      throw new Error(`after ${turns} turns`);
    });
    await expect(work).rejects.toThrow('after 3 turns');
  });

  test('nothing to do is done at once', async () => {
    expect(await mapBounded([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});

describe('what is made ready ahead', () => {
  const sizeOf = (item: number) => item;

  async function taken<T>(results: AsyncIterable<T>): Promise<T[]> {
    const all: T[] = [];
    for await (const result of results) all.push(result);
    return all;
  }

  test('comes in the order of the items', async () => {
    for (const room of [0, 3, 100]) {
      const results = preparedAhead([5, 1, 4, 2, 3], { room, sizeOf }, async (item) => item * 10);
      expect(await taken(results)).toEqual([50, 10, 40, 20, 30]);
    }
  });

  test('is as much as there is room for beside what was given, and without room nothing', async () => {
    for (const [room, ahead] of [
      [0, [5]],
      [4, [5]],
      [5, [5, 1]],
      [9, [5, 1, 4]],
      [100, [5, 1, 4, 2, 3]],
    ] as const) {
      const ready: number[] = [];
      const results = preparedAhead([5, 1, 4, 2, 3], { room, sizeOf }, async (item) => ready.push(item));
      await results.next();
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      expect(ready).toEqual(ahead);
    }
  });

  test('a failure ends it', async () => {
    const results = preparedAhead([1, 2, 3], { room: 0, sizeOf }, async (item) => {
      if (item === 2) throw new Error('two');
      return item;
    });
    expect(await results.next()).toEqual({ done: false, value: 1 });
    await expect(results.next()).rejects.toThrow('two');
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test('nothing to do is done at once', async () => {
    expect(await taken(preparedAhead([], { room: 4, sizeOf }, () => Promise.reject(new Error('never'))))).toEqual([]);
  });
});
