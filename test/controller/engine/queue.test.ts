// The order of the work queue, the shares of namespaces, and how retries wait.

import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../controller/engine/backoff.ts';
import { WorkQueue } from '../../../controller/engine/queue.ts';
import { FakeClock } from '../../support/clock.ts';

function open(concurrency = 16) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: () => 0, concurrency });
  const drain = () => {
    const taken: string[] = [];
    for (let key = queue.take(); key !== undefined; key = queue.take()) taken.push(key);
    return taken;
  };
  return { clock, queue, drain };
}

describe('the work queue', () => {
  it('holds a key once, however often it is asked for', () => {
    const { queue, drain } = open();
    for (let i = 0; i < 5; i++) queue.add('a/x');
    expect(drain()).toEqual(['a/x']);
  });

  it('never gives a key out twice at once, and gives it again when it changed during the work', () => {
    const { queue, drain } = open();
    queue.add('a/x');
    expect(queue.take()).toBe('a/x');
    queue.add('a/x');
    queue.add('a/x');
    expect(drain()).toEqual([]);
    queue.finish('a/x');
    expect(drain()).toEqual(['a/x']);
    queue.finish('a/x');
    expect(drain()).toEqual([]);
  });

  it('serves what changed before what is periodic, and promotes what changes while it waits', () => {
    const { queue, drain } = open();
    for (const key of ['a/old1', 'b/old2', 'c/old3']) queue.add(key, 'later');
    queue.add('d/new');
    queue.add('c/old3', 'now');
    expect(drain()).toEqual(['d/new', 'c/old3', 'a/old1', 'b/old2']);
  });

  it('serves what changed before what is new, and that before what is periodic', () => {
    const { queue, drain } = open();
    queue.add('a/old', 'later');
    queue.add('a/new', 'backlog');
    queue.add('a/drifted', 'now');
    queue.add('a/new2', 'later');
    queue.add('a/new2', 'backlog');
    expect(drain()).toEqual(['a/drifted', 'a/new', 'a/new2', 'a/old']);
  });

  it('lets nothing wait for ever, however much is urgent', () => {
    const { queue } = open(1);
    queue.add('a/old', 'later');
    const taken: (string | undefined)[] = [];
    for (let i = 0; i < 32; i++) {
      queue.add(`a/${i}`);
      queue.add(`a/${i}+`);
      const key = queue.take();
      taken.push(key);
      queue.finish(key ?? '');
    }
    expect(taken).toContain('a/old');
    expect(taken.indexOf('a/old')).toBe(31);
  });

  it('lets namespaces take turns', () => {
    const { queue, drain } = open();
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1', 'c/1']) queue.add(key);
    expect(drain()).toEqual(['a/1', 'b/1', 'c/1', 'a/2', 'a/3']);
  });

  it('keeps workers free for others when one namespace is slow', () => {
    const { queue, drain } = open(16);
    for (let i = 0; i < 100; i++) queue.add(`slow/${i}`);
    const stuck = drain();
    expect(stuck.length).toBeLessThanOrEqual(12);
    queue.add('other/x');
    expect(drain()).toEqual(['other/x']);
  });

  it('uses every worker where there are many namespaces, and its one where there is one', () => {
    const many = open(4);
    for (const group of ['a', 'b', 'c', 'd', 'e']) many.queue.add(`${group}/x`);
    expect(many.drain()).toHaveLength(4);
    const one = open(1);
    for (const key of ['a/x', 'a/y']) one.queue.add(key);
    expect(one.drain()).toEqual(['a/x']);
  });

  it('waits longer after each failure, and a change does not wait', async () => {
    const { queue, clock, drain } = open();
    queue.retry('a/x');
    await clock.advance(999);
    expect(drain()).toEqual([]);
    await clock.advance(1);
    expect(drain()).toEqual(['a/x']);
    queue.retry('a/x');
    queue.finish('a/x');
    await clock.advance(1_999);
    expect(drain()).toEqual([]);
    queue.add('a/x');
    expect(drain()).toEqual(['a/x']);
    queue.finish('a/x');
    await clock.advance(10_000);
    expect(drain()).toEqual([]);
  });

  it('keeps the earlier of two appointments, and none after it was cleared', async () => {
    const { queue, clock, drain } = open();
    queue.addAfter('a/x', 1_000);
    queue.addAfter('a/x', 5_000);
    expect(queue.delayed).toBe(1);
    await clock.advance(1_000);
    expect(drain()).toEqual(['a/x']);
    queue.finish('a/x');
    queue.addAfter('a/x', 1_000);
    queue.clear();
    await clock.advance(10_000);
    expect(drain()).toEqual([]);
  });

  it('says how long the oldest waits', async () => {
    const { queue, clock } = open();
    queue.add('a/x');
    await clock.advance(2_500);
    queue.add('a/y');
    expect([queue.depth, queue.oldestMs]).toEqual([2, 2_500]);
  });
});

describe('backoff', () => {
  it('doubles from one second to five minutes, with up to a fifth of jitter', () => {
    expect([1, 2, 3, 9, 10, 1_000].map((failures) => backoffMs(failures, () => 0))).toEqual([
      1_000, 2_000, 4_000, 256_000, 300_000, 300_000,
    ]);
    expect(backoffMs(10, () => 0.999999)).toBe(240_000);
  });
});
