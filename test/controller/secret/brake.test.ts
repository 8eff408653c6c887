// When so many objects vanish that removals are held.

import { describe, expect, it } from 'vitest';
import { largestOrdinary, Vanished } from '../../../controller/secret/brake.ts';

it.each([
  [0, 10],
  [50, 10],
  [51, 10],
  [100, 20],
  [1004, 200],
])('of %i objects, up to %i may go at once', (total, most) => {
  expect(largestOrdinary(total)).toBe(most);
});

describe('objects that vanish', () => {
  function counting(there: number) {
    const masses: number[] = [];
    let nowMs = 0;
    let count = there;
    const vanished = new Vanished({
      monotonicMs: () => nowMs,
      count: () => count,
      onMass: (many) => masses.push(many),
    });
    const lose = (many: number) => {
      for (let one = 0; one < many; one++) {
        count -= 1;
        vanished.add();
      }
    };
    const pass = (ms: number) => {
      nowMs += ms;
    };
    return { masses, lose, pass };
  }

  it('are a mass above a fifth, told once', () => {
    const { masses, lose } = counting(100);
    lose(20);
    expect(masses).toEqual([]);
    lose(15);
    expect(masses).toEqual([21]);
  });

  it('are none when they go one after the other, and a second mass is told again', () => {
    const { masses, lose, pass } = counting(100);
    for (let minute = 0; minute < 20; minute++) {
      lose(2);
      pass(60_000);
    }
    expect(masses).toEqual([]);
    pass(300_000);
    lose(20);
    pass(300_000);
    lose(1);
    lose(20);
    expect(masses).toEqual([13, 11]);
  });
});
