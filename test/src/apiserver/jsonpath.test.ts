import { expect, test } from 'vitest';
import { compileJsonPath } from '../../../src/apiserver/jsonpath.ts';

const object = {
  metadata: { name: 'x', annotations: { 'a.b/c': 'dotted' } },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', observedGeneration: 2 },
      { type: 'Stalled', status: 'False', observedGeneration: 1 },
    ],
  },
  list: [1, 2, 3],
};

test.each<[string, unknown[]]>([
  ['.metadata.name', ['x']],
  ['{.metadata.name}', ['x']],
  ['$.metadata.name', ['x']],
  ['.metadata.missing', []],
  ['.missing.name', []],
  [".metadata.annotations['a.b/c']", ['dotted']],
  ['.metadata.annotations.a\\.b/c', ['dotted']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type=='Stalled')].status", ['False']],
  ['.status.conditions[?(@.type != "Ready")].type', ['Stalled']],
  ['.status.conditions[?(@.observedGeneration>1)].type', ['Ready']],
  ['.status.conditions[?(@.reason)].type', []],
  ['.status.conditions[*].type', ['Ready', 'Stalled']],
  ['.status.conditions[0].type', ['Ready']],
  ['.list[-1]', [3]],
  ['.list[9]', []],
  ['.metadata.constructor', []],
])('%s', (path, expected) => {
  expect(compileJsonPath(path)(object)).toEqual(expected);
});

test('a path that is not understood is refused when it is compiled', () => {
  expect(() => compileJsonPath('.a[')).toThrow(expect.objectContaining({ code: 'JSONPATH' }));
  expect(() => compileJsonPath('..a')).toThrow(expect.objectContaining({ code: 'JSONPATH' }));
});
