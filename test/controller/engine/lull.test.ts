// When the lull after a flood is noticed, and that it is noticed once.

import { describe, expect, it } from 'vitest';
import { Lull } from '../../../controller/engine/lull.ts';
import { FakeClock } from '../../support/clock.ts';

function open() {
  const clock = new FakeClock();
  const at: number[] = [];
  const work = { isBusy: false };
  const lull = new Lull({ clock, isBusy: () => work.isBusy, action: () => at.push(clock.monotonicMs()) });
  const changes = (count: number) => {
    for (let i = 0; i < count; i++) lull.note();
  };
  return { clock, at, work, changes };
}

describe('the lull after a flood', () => {
  it('comes once, a moment after the last change', async () => {
    const { clock, at, changes } = open();
    changes(1_000);
    for (let i = 0; i < 20; i++) {
      await clock.advance(500);
      changes(100);
    }
    expect(at).toEqual([]);
    await clock.advance(2_000);
    expect(at).toHaveLength(1);
    await clock.advance(3_600_000);
    expect(at).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it('does not come while work waits, however long that takes', async () => {
    const { clock, at, work, changes } = open();
    work.isBusy = true;
    changes(5_000);
    await clock.advance(600_000);
    expect(at).toEqual([]);
    work.isBusy = false;
    await clock.advance(1_000);
    expect(at).toHaveLength(1);
  });

  it('is not kept off by the little that always changes somewhere', async () => {
    const { clock, at, changes } = open();
    changes(1_000);
    for (let i = 0; i < 5; i++) {
      changes(1);
      await clock.advance(200);
    }
    expect(at).toHaveLength(1);
  });

  it('does not come after less than a flood, nor sets a timer for it', async () => {
    const { clock, at, changes } = open();
    changes(999);
    expect(clock.waiting).toBe(0);
    await clock.advance(3_600_000);
    expect(at).toEqual([]);
  });

  it('comes again only after another whole flood', async () => {
    const { clock, at, changes } = open();
    changes(1_900);
    await clock.advance(10_000);
    changes(999);
    await clock.advance(10_000);
    expect(at).toHaveLength(1);
    changes(1);
    await clock.advance(1_000);
    expect(at).toHaveLength(2);
  });
});
