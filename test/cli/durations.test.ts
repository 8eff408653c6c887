// Spans of time in every form that people write.

import { expect, it } from 'vitest';
import { momentOf, spanText } from '../../cli/durations.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
it.each([
  ['0s', -5],
  ['0s', 999],
  ['119s', 119 * second],
  ['2m', 2 * minute],
  ['179m', 179 * minute],
  ['3h', 3 * hour],
  ['3h20m', 3 * hour + 20 * minute],
  ['2d', 48 * hour],
  ['2d4h', 52 * hour],
  ['8d', 8 * 24 * hour],
  ['400d', 400 * 24 * hour],
])('%s is how %i ms are read', (text, ms) => {
  expect(spanText(ms)).toBe(text);
});

it('what is no time is none', () => {
  for (const text of [undefined, null, 7, 'soon', '']) expect(momentOf(text)).toBeUndefined();
  expect(momentOf('2026-12-01T08:00:00Z')?.getTime()).toBe(Date.UTC(2026, 11, 1, 8));
});
