import { describe, expect, test } from 'vitest';
import { jsonPatch, mergePatch } from '../../../src/apiserver/merge-patch.ts';

describe('merge patch: the examples of RFC 7386, appendix A', () => {
  test.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j + %j', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });

  test('a member named __proto__ is a member', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(Object.keys(merged as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('JSON patch', () => {
  test('applies operations in order and leaves the original alone', () => {
    const target = { a: { b: 1 }, list: [1, 3] };
    const patched = jsonPatch(target, [
      { op: 'test', path: '/a/b', value: 1 },
      { op: 'replace', path: '/a/b', value: 2 },
      { op: 'add', path: '/list/1', value: 2 },
      { op: 'add', path: '/list/-', value: 4 },
      { op: 'copy', from: '/a', path: '/c~1d' },
      { op: 'remove', path: '/a' },
    ]);
    expect(patched).toEqual({ list: [1, 2, 3, 4], 'c/d': { b: 2 } });
    expect(target).toEqual({ a: { b: 1 }, list: [1, 3] });
  });

  test('replaces what is not there and takes a missing value for null, as kube-apiserver does', () => {
    expect(jsonPatch({ a: {} }, [{ op: 'replace', path: '/a/b', value: 1 }])).toEqual({ a: { b: 1 } });
    expect(jsonPatch({}, [{ op: 'add', path: '/a' }])).toEqual({ a: null });
  });

  test.each<[string, unknown, number]>([
    ['not a list', {}, 400],
    ['an unknown operation', [{ op: 'frob', path: '/a' }], 422],
    ['a test that fails', [{ op: 'test', path: '/a', value: 'hunter2' }], 422],
    ['a removal of nothing', [{ op: 'remove', path: '/nothing' }], 422],
    ['a replacement in nothing', [{ op: 'replace', path: '/nothing/at/all', value: 1 }], 422],
    ['a path without a slash', [{ op: 'add', path: 'a', value: 1 }], 422],
  ])('%s is refused, without repeating any value', (_name, patch, code) => {
    const refused = { name: 'PatchError', code, message: expect.not.stringMatching(/hunter2|swordfish/) };
    expect(() => jsonPatch({ a: 'swordfish' }, patch)).toThrow(expect.objectContaining(refused));
  });
});
