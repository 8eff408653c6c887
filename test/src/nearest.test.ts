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
