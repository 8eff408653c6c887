// How fast repairs of one Secret may follow one another.

import { expect, it } from 'vitest';
import { Patience } from '../../../controller/reconcilers/patience.ts';
import { FakeClock } from '../../support/clock.ts';

it('twenty repairs in a row are made at once, then one every ten seconds', async () => {
  const clock = new FakeClock();
  const patience = new Patience(clock);
  for (let repair = 0; repair < 20; repair++) {
    expect(patience.leftMs('a/db')).toBe(0);
    patience.note('a/db');
  }
  expect(patience.leftMs('a/db')).toBe(10_000);
  expect(patience.leftMs('a/other')).toBe(0);
  await clock.advance(10_000);
  expect(patience.leftMs('a/db')).toBe(0);
  patience.note('a/db');
  expect(patience.leftMs('a/db')).toBe(10_000);
  await clock.advance(200_000);
  expect(patience.leftMs('a/db')).toBe(0);
});
