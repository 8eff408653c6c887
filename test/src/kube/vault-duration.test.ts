// When something is due that is asked for so often.

import { expect, it } from 'vitest';
import { dueAfterMs } from '../../../src/kube/vault-duration.ts';

it('what is asked for every 30 s is due after 24 to 27 s', () => {
  expect(dueAfterMs(30_000, 0)).toBeCloseTo(27_000);
  expect(dueAfterMs(30_000, 0.5)).toBeCloseTo(25_500);
  expect(dueAfterMs(30_000, 1)).toBeCloseTo(24_000);
  expect(dueAfterMs(0, 0.7)).toBe(0);
});
