import { describe, expect, test } from 'vitest';
import { inOrder, mapBounded } from '../../../src/seal/parallel.ts';

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

describe('bounded work that is taken one by one', () => {
  async function taken<T>(results: AsyncIterable<T>): Promise<T[]> {
    const all: T[] = [];
    for await (const result of results) all.push(result);
    return all;
  }

  test('results come in the order of the inputs, and no more than the limit runs at once', async () => {
    let running = 0;
    let most = 0;
    const results = inOrder([5, 1, 4, 2, 3], 2, async (turns) => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      running--;
      return turns * 10;
    });
    expect(await taken(results)).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  test('nothing is started ahead of one who takes no result', async () => {
    const started: number[] = [];
    const results = inOrder([1, 2, 3, 4, 5, 6], 3, async (item) => started.push(item));
    await results.next();
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    expect(started).toEqual([1, 2, 3]);
    await results.return();
    expect(started).toEqual([1, 2, 3]);
  });

  test('the earliest failure is told in its turn, and what failed behind it is no surprise', async () => {
    const results = inOrder([0, 1, 2], 3, async (item) => {
      if (item > 0) throw new Error(`${item}`);
      return item;
    });
    expect(await results.next()).toEqual({ done: false, value: 0 });
    await expect(results.next()).rejects.toThrow('1');
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test('nothing to do is done at once', async () => {
    expect(await taken(inOrder([], 4, () => Promise.reject(new Error('never'))))).toEqual([]);
  });
});
