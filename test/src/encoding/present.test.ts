// Objects without what is undefined.

import { expect, test } from 'vitest';
import { present } from '../../../src/encoding/present.ts';

test('fields that are undefined are left out, and the others keep their order', () => {
  const made = present({ b: 1, gone: undefined, a: null, zero: 0, empty: '' });
  expect(Object.entries(made)).toEqual([
    ['b', 1],
    ['a', null],
    ['zero', 0],
    ['empty', ''],
  ]);
  expect('gone' in made).toBe(false);
});
