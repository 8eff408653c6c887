import { describe, expect, test } from 'vitest';
import { compileSchema } from '../../../src/apiserver/schema.ts';
import type { Schema } from '../../../src/apiserver/schema-shape.ts';

const spec = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties, ...more } },
});

const problems = (schema: Schema, value: unknown) =>
  compileSchema(schema)
    .validate({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, spec: value } as Record<string, unknown>)
    .map(({ field, message }) => `${field}: ${message}`);

describe('validation speaks as kube-apiserver does', () => {
  test.each<[string, Schema, unknown, string[]]>([
    [
      'wrong type',
      spec({ x: { type: 'integer' } }),
      { x: 'a' },
      ['spec.x: Invalid value: "string": spec.x in body must be of type integer: "string"'],
    ],
    ['missing', spec({ x: { type: 'string' } }, { required: ['x'] }), {}, ['spec.x: Required value']],
    [
      'null where it may not be',
      spec({ x: { type: 'string' } }),
      { x: null },
      ['spec.x: Invalid value: "null": spec.x in body must be of type string: "null"'],
    ],
    ['null where it may be', spec({ x: { type: 'string', nullable: true } }), { x: null }, []],
    ['an integer is a number', spec({ x: { type: 'number' } }), { x: 1 }, []],
    [
      'int-or-string',
      spec({ x: { 'x-kubernetes-int-or-string': true } }),
      { x: true },
      ['spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean"'],
    ],
    [
      'enum',
      spec({ x: { type: 'string', enum: ['A', 'B'] } }),
      { x: 'C' },
      ['spec.x: Unsupported value: "C": supported values: "A", "B"'],
    ],
    [
      'pattern',
      spec({ x: { type: 'string', pattern: '^a+$' } }),
      { x: 'b' },
      [`spec.x: Invalid value: "b": spec.x in body should match '^a+$'`],
    ],
    [
      'length is counted in characters',
      spec({ x: { type: 'string', maxLength: 2 }, y: { type: 'string', minLength: 2 } }),
      { x: 'äöü', y: '😀' },
      [
        'spec.x: Too long: may not be more than 2 bytes',
        'spec.y: Invalid value: "😀": spec.y in body should be at least 2 chars long',
      ],
    ],
    [
      'bounds',
      spec({ x: { type: 'integer', minimum: 1 }, y: { type: 'integer', maximum: 3, exclusiveMaximum: true } }),
      { x: 0, y: 3 },
      [
        'spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1',
        'spec.y: Invalid value: 3: spec.y in body should be less than 3',
      ],
    ],
    [
      'lists',
      spec({ x: { type: 'array', maxItems: 1, items: { type: 'string' } } }),
      { x: ['a', 1] },
      [
        'spec.x[1]: Invalid value: "integer": spec.x[1] in body must be of type string: "integer"',
        'spec.x: Too many: 2: must have at most 1 item',
      ],
    ],
    [
      'date-time',
      spec({ x: { type: 'string', format: 'date-time' } }),
      { x: 'soon' },
      ['spec.x: Invalid value: "soon": spec.x in body must be of type date-time: "soon"'],
    ],
    [
      'duplicate keys',
      spec({
        x: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['n'],
          items: { type: 'object', properties: { n: { type: 'string' } } },
        },
      }),
      { x: [{ n: 'a' }, { n: 'a' }] },
      ['spec.x[1]: Duplicate value: {"n":"a"}'],
    ],
    [
      'duplicate items of a set',
      spec({ x: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } } }),
      { x: ['a', 'b', 'a', 'a'] },
      ['spec.x[2]: Duplicate value: "a"'],
    ],
    [
      'oneOf',
      spec({ a: { type: 'string' }, b: { type: 'string' } }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
      { a: '', b: '' },
      ['<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      'not',
      spec({ a: { type: 'string' } }, { not: { required: ['a'] } }),
      { a: '' },
      ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
    ],
  ])('%s', (_name, schema, value, expected) => {
    expect(problems(schema, value)).toEqual(expected);
  });

  test('a member named like something every object inherits is judged as a member', () => {
    const schema = spec({}, { additionalProperties: { type: 'string' }, required: ['toString'] });
    expect(problems(schema, { constructor: 1 })).toEqual([
      'spec.constructor: Invalid value: "integer": spec.constructor in body must be of type string: "integer"',
      'spec.toString: Required value',
    ]);
  });
});

describe('pruning', () => {
  const prune = (schema: Schema, object: Record<string, unknown>) => [compileSchema(schema).prune(object), object];

  test('removes what the schema does not name, and never apiVersion, kind or what metadata has', () => {
    const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'a', foo: 1 }, spec: { x: 1, y: 2 }, other: 1 };
    expect(prune(spec({ x: { type: 'integer' } }), object)).toEqual([
      ['metadata.foo', 'other', 'spec.y'],
      { apiVersion: 'v1', kind: 'X', metadata: { name: 'a' }, spec: { x: 1 } },
    ]);
  });

  test('goes into lists and maps', () => {
    const item: Schema = { type: 'object', properties: { a: { type: 'string' } } };
    const schema = spec({ list: { type: 'array', items: item }, map: { type: 'object', additionalProperties: item } });
    expect(prune(schema, { spec: { list: [{ a: '', b: 1 }], map: { k: { c: 1 } } } })).toEqual([
      ['spec.list[0].b', 'spec.map.k.c'],
      { spec: { list: [{ a: '' }], map: { k: {} } } },
    ]);
  });

  test('keeps unknown fields where asked, but prunes inside the fields that are known there', () => {
    const schema = spec(
      { known: { type: 'object', properties: {} } },
      { 'x-kubernetes-preserve-unknown-fields': true },
    );
    expect(prune(schema, { spec: { any: { thing: 1 }, known: { gone: 1 } } })).toEqual([
      ['spec.known.gone'],
      { spec: { any: { thing: 1 }, known: {} } },
    ]);
  });

  test('an embedded resource keeps its type and metadata', () => {
    const schema = spec({ o: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: {} } });
    const object = { spec: { o: { apiVersion: 'v1', kind: 'K', metadata: {}, x: 1 } } };
    expect(prune(schema, object)).toEqual([
      ['spec.o.x'],
      { spec: { o: { apiVersion: 'v1', kind: 'K', metadata: {} } } },
    ]);
  });
});

describe('defaulting', () => {
  const defaulted = (schema: Schema, object: Record<string, unknown>) => {
    compileSchema(schema).applyDefaults(object);
    return object;
  };
  const schema = spec({ x: { type: 'integer', default: 1 }, y: { type: 'string' } });

  test('fills fields inside objects that exist and makes none', () => {
    expect(defaulted(schema, { spec: {} })).toEqual({ spec: { x: 1 } });
    expect(defaulted(schema, {})).toEqual({});
  });

  test('null counts as missing unless it is allowed', () => {
    expect(defaulted(schema, { spec: { x: null, y: null } })).toEqual({ spec: { x: 1 } });
    const nullable = spec({ x: { type: 'integer', default: 1, nullable: true } });
    expect(defaulted(nullable, { spec: { x: null } })).toEqual({ spec: { x: null } });
  });

  test('a default is copied, so that one object cannot change another', () => {
    const shared = spec({ x: { type: 'object', default: { a: 1 }, properties: { a: { type: 'integer' } } } });
    const first = defaulted(shared, { spec: {} }) as { spec: { x: { a: number } } };
    first.spec.x.a = 2;
    expect(defaulted(shared, { spec: {} })).toEqual({ spec: { x: { a: 1 } } });
  });
});
