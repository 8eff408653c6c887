// The word that was probably meant.

import { expect, test } from 'vitest';
import { nearest } from '../../src/nearest.ts';

test.each([
  ['crt', 'cert'],
  ['unsael', 'unseal'],
  ['kubseal', 'kubeseal'],
  ['CERT', 'cert'],
  ['zebra', undefined],
  ['', undefined],
])('%s is probably %s', (word, meant) => {
  expect(nearest(word, ['seal', 'cert', 'unseal', 'kubeseal', 'demo'])).toBe(meant);
});

test('no more letters may differ than were said', () => {
  expect(nearest('usenrmae', ['username'], 1)).toBeUndefined();
  expect(nearest('usename', ['username'], 1)).toBe('username');
});
