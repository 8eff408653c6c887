import { describe, expect, it } from 'vitest';
import { Barrier } from '../../../controller/engine/barrier.ts';
import { FakeClock } from '../../support/clock.ts';

/** A barrier for three. Work ends when a test says so; `passed` has the names of what went on, in order. */
function open() {
  const clock = new FakeClock();
  const state = { isPressed: true };
  const barrier = new Barrier({ clock, size: 3, isPressed: () => state.isPressed });
  const passed: string[] = [];
  const enter = (name: string, mayWait = true) => {
    let finish = (_error?: Error) => {};
    const work = () =>
      new Promise<string>((resolve, reject) => {
        finish = (error) => (error ? reject(error) : resolve(name));
      });
    void barrier
      .after(work, () => mayWait)
      .then(
        (done) => passed.push(done),
        (error: Error) => passed.push(error.message),
      );
    return async (error?: Error) => {
      finish(error);
      await clock.advance(0);
    };
  };
  return { barrier, clock, state, passed, enter };
}

describe('a barrier', () => {
  it('lets so many go on together, and then the next', async () => {
    const { passed, enter, clock } = open();
    const ends = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => enter(name));
    for (const end of ends.slice(0, 2)) await end();
    expect(passed).toEqual([]);
    await ends[2]?.();
    expect(passed).toEqual(['a', 'b', 'c']);
    for (const end of ends.slice(3, 5)) await end();
    expect(passed).toHaveLength(3);
    await ends[5]?.();
    expect(passed).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(clock.waiting).toBe(0);
  });

  it('keeps nobody where nobody else comes', async () => {
    const { passed, enter } = open();
    const [a, b] = [enter('a'), enter('b')];
    await a();
    expect(passed).toEqual([]);
    await b();
    expect(passed).toEqual(['a', 'b']);
    await enter('alone')();
    expect(passed).toEqual(['a', 'b', 'alone']);
  });

  it('keeps nobody where nothing is to come after what is in work', async () => {
    const { passed, enter, state } = open();
    const [a, b] = [enter('a'), enter('b'), enter('c'), enter('d')];
    await a();
    expect(passed).toEqual([]);
    state.isPressed = false;
    await b();
    expect(passed).toEqual(['a', 'b']);
  });

  it('keeps nobody for longer than 150 milliseconds', async () => {
    const { passed, enter, clock } = open();
    const [a, b, c] = [enter('a'), enter('b'), enter('slow')];
    await a();
    await clock.advance(100);
    await b();
    expect(passed).toEqual([]);
    await clock.advance(50);
    expect(passed).toEqual(['a', 'b']);
    await c();
    expect(passed).toEqual(['a', 'b', 'slow']);
    expect(clock.waiting).toBe(0);
  });

  it('waits once for who is slow, and not again each time', async () => {
    const { passed, enter, clock } = open();
    const slow = enter('slow');
    await enter('a')();
    await clock.advance(150);
    expect(passed).toEqual(['a']);
    const [b, c] = [enter('b'), enter('c')];
    await b();
    expect(passed).toEqual(['a']);
    await c();
    expect(passed).toEqual(['a', 'b', 'c']);
    const d = enter('d');
    await slow();
    expect(passed).toHaveLength(3);
    await d();
    expect(passed).toEqual(['a', 'b', 'c', 'slow', 'd']);
    expect(clock.waiting).toBe(0);
  });

  it('counts on nobody whose work throws before it begins', async () => {
    const { passed, barrier, enter } = open();
    const broken = () => {
      throw new Error('broken');
    };
    await expect(barrier.after(broken, () => true)).rejects.toThrow('broken');
    await enter('a')();
    expect(passed).toEqual(['a']);
  });

  it('passes at once what may not wait, and leaves the others waiting', async () => {
    const { passed, enter } = open();
    const [a, remembered] = [enter('a'), enter('remembered', false), enter('c')];
    await a();
    await remembered();
    expect(passed).toEqual(['remembered']);
  });

  it('passes failures on at once, and nobody waits for who failed', async () => {
    const { passed, enter } = open();
    const [a, b, c] = [enter('a'), enter('b'), enter('c')];
    await a();
    await b(new Error('no key opens b'));
    expect(passed).toEqual(['no key opens b']);
    await c(new Error('no key opens c'));
    expect(passed).toHaveLength(3);
    expect(passed).toContain('a');
  });
});
