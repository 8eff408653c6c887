// The workers: how each end of a look is acted upon, and how they stop.

import { describe, expect, it } from 'vitest';
import type { Result } from '../../../controller/engine/outcome.ts';
import { type Turn, Workers } from '../../../controller/engine/worker.ts';
import { FakeClock } from '../../support/clock.ts';

function open(look: (key: string, turn: Turn) => Promise<Result>, concurrency = 4) {
  const clock = new FakeClock();
  const bugs: string[] = [];
  const workers = new Workers({ clock, random: () => 0, concurrency, look, onBug: (key) => bugs.push(key) });
  return { clock, workers, bugs };
}

describe('the workers', () => {
  it('look at every key once started, and rest', async () => {
    const looked: string[] = [];
    const { workers } = open(async (key) => {
      looked.push(key);
      return { next: 'rest' };
    });
    workers.queue.add('a/x');
    expect(looked).toEqual([]);
    workers.start();
    await workers.idle();
    expect(looked).toEqual(['a/x']);
  });

  it('retry for ever, and forget the failures after a success', async () => {
    const ends: Result[] = [
      { next: 'retry' },
      { next: 'retry' },
      { next: 'rest' },
      { next: 'retry' },
      { next: 'rest' },
    ];
    let looks = 0;
    const { workers, clock } = open(async () => ends[looks++] ?? { next: 'rest' });
    workers.start();
    workers.queue.add('a/x');
    await workers.idle();
    await clock.advance(1_000);
    await workers.idle();
    await clock.advance(2_000);
    await workers.idle();
    expect(looks).toBe(3);
    workers.queue.add('a/x');
    await workers.idle();
    await clock.advance(1_000);
    await workers.idle();
    expect(looks).toBe(5);
  });

  it('are not idle while a look is held up, and do not forget that it failed before', async () => {
    const ends: Result[] = [{ next: 'retry' }, { next: 'held' }, { next: 'retry' }];
    let looks = 0;
    const { workers, clock } = open(async () => ends[looks++] ?? { next: 'rest' });
    workers.start();
    workers.queue.add('a/x');
    await workers.idle();
    await clock.advance(1_000);
    let isIdle = false;
    const idle = workers.idle().then(() => {
      isIdle = true;
    });
    await clock.advance(60_000);
    expect([looks, isIdle]).toEqual([2, false]);
    workers.queue.add('a/x', 'backlog');
    await idle;
    expect([looks, workers.queue.failures('a/x')]).toEqual([3, 2]);
  });

  it('survive a look that throws', async () => {
    let looks = 0;
    const { workers, clock, bugs } = open(async () => {
      looks += 1;
      if (looks === 1) throw new Error('bug');
      return { next: 'rest' };
    });
    workers.start();
    workers.queue.add('a/x');
    await workers.idle();
    expect(bugs).toEqual(['a/x']);
    await clock.advance(1_000);
    await workers.idle();
    expect(looks).toBe(2);
  });

  it('stop although the watches go on bringing changes', async () => {
    const looked: string[] = [];
    let end = (_: Result) => {};
    const { workers } = open((key) => {
      looked.push(key);
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    workers.start();
    workers.queue.add('a/x');
    const stopped = workers.stop(new AbortController().signal);
    workers.queue.add('a/x');
    workers.queue.add('a/y');
    end({ next: 'rest' });
    await stopped;
    expect(looked).toEqual(['a/x']);
  });

  it('do not start once they were stopped', async () => {
    const { workers } = open(() => {
      throw new Error('looked');
    });
    await workers.stop(new AbortController().signal);
    workers.start();
    workers.queue.add('a/x');
    expect([workers.queue.depth, workers.queue.working]).toEqual([1, 0]);
  });

  it('stop when what is in work has ended, and start nothing more', async () => {
    let end = () => {};
    const looked: string[] = [];
    const { workers } = open((key) => {
      looked.push(key);
      return new Promise((resolve) => {
        end = () => resolve({ next: 'again', afterMs: 0 });
      });
    }, 1);
    workers.start();
    workers.queue.add('a/x');
    workers.queue.add('a/y');
    const stopped = workers.stop(new AbortController().signal);
    end();
    await stopped;
    expect(looked).toEqual(['a/x']);
    expect(workers.queue.delayed).toBe(0);
  });

  it('are told when an urgent look keeps others waiting, and come back to it when none waits', async () => {
    const looked: [string, boolean][] = [];
    const { workers } = open(async (key, { isHoldingUp }) => {
      looked.push([key, isHoldingUp()]);
      return { next: isHoldingUp() ? 'later' : 'rest' };
    }, 1);
    for (const key of ['a/x', 'b/x', 'c/x']) workers.queue.add(key, 'backlog');
    workers.start();
    await workers.idle();
    expect(looked).toEqual([
      ['a/x', true],
      ['b/x', true],
      ['c/x', false],
      ['a/x', false],
      ['b/x', false],
    ]);
  });

  it('break off what is in work when time is up', async () => {
    const { workers } = open(
      (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ next: 'rest' }))),
    );
    workers.start();
    workers.queue.add('a/x');
    const deadline = new AbortController();
    const stopped = workers.stop(deadline.signal);
    deadline.abort();
    await stopped;
  });
});
