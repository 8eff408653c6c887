import { expect, test } from 'vitest';
import type { Schema } from '../../../src/apiserver/schema-shape.ts';
import { checkStructural, hasValidationRules } from '../../../src/apiserver/structural.ts';

const field = (schema: Schema): Schema => ({ type: 'object', properties: { x: schema } });
const keyed = (items: Schema): Schema => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['k'],
  items,
});

test.each<[string, Schema, string[]]>([
  ['a structural schema', field({ type: 'string' }), []],
  ['no type at the root', {}, ['s.type: Required value: must not be empty at the root']],
  [
    'a list at the root',
    { type: 'array', items: { type: 'string' } },
    ['s.type: Invalid value: "array": must be object at the root'],
  ],
  [
    'a field without type',
    field({}),
    ['s.properties[x].type: Required value: must not be empty for specified object fields'],
  ],
  ['a field of any type', field({ 'x-kubernetes-preserve-unknown-fields': true }), []],
  ['a list without items', field({ type: 'array' }), ['s.properties[x].items: Required value: must be specified']],
  [
    'items without type',
    field({ type: 'array', items: {} }),
    ['s.properties[x].items.type: Required value: must not be empty for specified array items'],
  ],
  [
    'properties beside additionalProperties',
    field({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } }),
    ['s.properties[x].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
  ],
  [
    'a type inside anyOf',
    field({ type: 'string', anyOf: [{ type: 'string' }] }),
    ['s.properties[x].anyOf[0].type: Forbidden: must be empty to be structural'],
  ],
  [
    'the one type pattern allowed inside anyOf',
    field({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }),
    [],
  ],
  [
    'metadata with more than names',
    { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
    [
      's.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
    ],
  ],
  [
    'a key that no item has',
    field(keyed({ type: 'object' })),
    ['s.properties[x].x-kubernetes-list-map-keys: Invalid value: ["k"]: entries must all be names of item properties'],
  ],
  [
    'a key that every item has',
    field(keyed({ type: 'object', required: ['k'], properties: { k: { type: 'string' } } })),
    [],
  ],
])('%s', (_name, schema, expected) => {
  expect(checkStructural(schema, 's').map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
});

test('CEL rules are found wherever they stand', () => {
  const rule = { 'x-kubernetes-validations': [{ rule: 'true' }] };
  expect(hasValidationRules(field({ type: 'array', items: { type: 'string', ...rule } }))).toBe(true);
  expect(hasValidationRules(field({ type: 'string' }))).toBe(false);
});
