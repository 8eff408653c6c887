// Every expectation here was compared with kube-apiserver 1.36.

import { describe, expect, test } from 'vitest';
import { strategicMerge } from '../../../src/apiserver/strategic-merge.ts';
import { builtInSchema } from '../../../src/apiserver/types.ts';

const schema = builtInSchema({ group: '', kind: 'ServiceAccount' });
const named = (...names: string[]) => names.map((name) => ({ name }));

describe('strategic merge patch', () => {
  test.each<[string, object, object, object]>([
    [
      'null removes a member',
      { data: { x: '1', y: '1' } },
      { data: { x: null, z: '1' } },
      { data: { y: '1', z: '1' } },
    ],
    [
      'keyed items are merged, new ones come first',
      { secrets: named('a', 'b') },
      { secrets: named('d', 'b') },
      { secrets: named('d', 'a', 'b') },
    ],
    [
      'a keyed item is deleted',
      { secrets: named('a', 'b') },
      { secrets: [{ $patch: 'delete', name: 'a' }] },
      { secrets: named('b') },
    ],
    [
      'a keyed list is replaced',
      { secrets: named('a') },
      { secrets: [{ $patch: 'replace' }, { name: 'z' }] },
      { secrets: named('z') },
    ],
    [
      'an order is set; items it does not name keep their place',
      { secrets: named('a', 'b', 'c') },
      { '$setElementOrder/secrets': named('c', 'b', 'n'), secrets: named('n') },
      { secrets: named('a', 'c', 'b', 'n') },
    ],
    [
      'a list without key is replaced',
      { imagePullSecrets: named('a') },
      { imagePullSecrets: named('b') },
      { imagePullSecrets: named('b') },
    ],
    [
      'primitive items are added once',
      { metadata: { finalizers: ['a/b', 'c/d'] } },
      { metadata: { finalizers: ['e/f', 'a/b'] } },
      { metadata: { finalizers: ['e/f', 'a/b', 'c/d'] } },
    ],
    [
      'primitive items are deleted',
      { metadata: { finalizers: ['a/b', 'c/d'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/b'] } },
      { metadata: { finalizers: ['c/d'] } },
    ],
    ['a map is replaced', { data: { x: '1' } }, { data: { $patch: 'replace', n: '1' } }, { data: { n: '1' } }],
    ['a map is emptied', { data: { x: '1' } }, { data: { $patch: 'delete' } }, { data: {} }],
    [
      'only retained keys stay',
      { data: { x: '1', m: '1' } },
      { data: { $retainKeys: ['m'], m: '2' } },
      { data: { m: '2' } },
    ],
    ['directives for what is not there say nothing', {}, { data: { $patch: 'delete' } }, {}],
  ])('%s', (_name, target, patch, expected) => {
    const before = structuredClone(target);
    expect(strategicMerge(target as never, patch as never, schema)).toEqual(expected);
    expect(target).toEqual(before);
  });

  test.each<[string, object, number]>([
    ['an item without its key', { secrets: [{ namespace: 'x' }] }, 422],
    ['an unknown directive', { metadata: { $patch: 'frob' } }, 422],
    ['a member that is not among the retained', { metadata: { $retainKeys: ['q'], m: '2' } }, 400],
    ['an order that lacks an item', { '$setElementOrder/secrets': named('q'), secrets: named('n') }, 422],
  ])('%s is refused', (_name, patch, code) => {
    const target = { metadata: { name: 'x' }, secrets: named('a') };
    expect(() => strategicMerge(target, patch as never, schema)).toThrow(expect.objectContaining({ code }));
  });
});
