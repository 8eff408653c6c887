// Names and who stands under them.

import { expect, it } from 'vitest';
import { NameIndex } from '../../../controller/reconcilers/name-index.ts';

it('a name has all keys that were set under it, once each', () => {
  const index = new NameIndex();
  index.set('a', ['x', 'x', 'y']);
  index.set('b', ['x']);
  index.set('c', ['x']);
  expect([index.keysOf('x'), index.keysOf('y'), index.keysOf('z')]).toEqual([['a', 'b', 'c'], ['a'], []]);
  expect([index.namesOf('a'), index.namesOf('d')]).toEqual([['x', 'y'], []]);
});

it('a key stands under what it was set to last', () => {
  const index = new NameIndex();
  index.set('a', ['x', 'y']);
  index.set('b', ['x']);
  index.set('a', ['z']);
  expect([index.keysOf('x'), index.keysOf('y'), index.keysOf('z')]).toEqual([['b'], [], ['a']]);
  index.set('a', []);
  expect([index.keysOf('z'), index.namesOf('a')]).toEqual([[], []]);
});

it('a key that is deleted stands under nothing, and takes nobody along', () => {
  const index = new NameIndex();
  for (const key of ['a', 'b', 'c']) index.set(key, ['x']);
  index.delete('b');
  index.delete('nobody');
  expect(index.keysOf('x')).toEqual(['a', 'c']);
  index.delete('a');
  expect(index.keysOf('x')).toEqual(['c']);
  index.delete('c');
  expect(index.keysOf('x')).toEqual([]);
});
