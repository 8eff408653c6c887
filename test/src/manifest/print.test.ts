// Printing manifests of our own.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { printManifest, printManifests } from '../../../src/manifest/print.ts';
import { runs } from '../../support/property.ts';

const sealed = {
  kind: 'SealedSecret',
  apiVersion: 'bitnami.com/v1alpha1',
  spec: {
    template: {
      type: 'kubernetes.io/tls',
      metadata: { labels: { on: 'yes', version: '1.10', app: 'shop' }, name: 'db' },
    },
    encryptedData: { password: `AgB${'x+/'.repeat(200)}==`, '1': 'AgA=' },
  },
  metadata: {
    annotations: { 'sealwright.dev/sealed': 'password 9f shop/db 2026-11-21\n1 9f shop/db 2026-11-21\n' },
    namespace: 'shop',
    name: 'db',
  },
};

describe('printing', () => {
  it('puts what a reader looks for first, each value on one line, the record in a block', () => {
    expect(printManifest(sealed, 'yaml')).toBe(`apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  namespace: shop
  annotations:
    sealwright.dev/sealed: |
      password 9f shop/db 2026-11-21
      1 9f shop/db 2026-11-21
spec:
  encryptedData:
    "1": AgA=
    password: AgB${'x+/'.repeat(200)}==
  template:
    metadata:
      name: db
      labels:
        "on": "yes"
        version: "1.10"
        app: shop
    type: kubernetes.io/tls
`);
  });

  it('knows no names but those of the object', () => {
    const json = '{"constructor":{"__proto__":1},"toString":2}';
    expect(printManifest(JSON.parse(json), 'yaml')).toBe('constructor:\n  __proto__: 1\ntoString: 2\n');
    expect(JSON.stringify(JSON.parse(printManifest(JSON.parse(json), 'json')))).toBe(json);
  });

  it('prints JSON with two spaces, the same order and a final newline', () => {
    const json = printManifest(sealed, 'json');
    expect(JSON.parse(json)).toEqual(sealed);
    expect(json).toMatch(
      /^\{\n {2}"apiVersion": "bitnami.com\/v1alpha1",\n {2}"kind": "SealedSecret",\n {2}"metadata": \{\n {4}"name": "db",/,
    );
    expect(json.endsWith('}\n')).toBe(true);
  });

  it('prints lists, empty collections, numbers and nulls', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'X',
      metadata: { name: 'x', finalizers: ['a', 'b'], labels: {} },
      z: [[1, [2]], { a: null, b: [{ c: true }] }, [], 'x: y'],
    };
    expect(printManifest(object, 'yaml')).toBe(`apiVersion: v1
kind: X
metadata:
  name: x
  labels: {}
  finalizers:
  - a
  - b
z:
- - 1
  - - 2
- a: null
  b:
  - c: true
- []
- "x: y"
`);
  });

  it('separates documents', () => {
    expect(printManifests([{ kind: 'A' }, { kind: 'B' }], 'yaml')).toBe('kind: A\n---\nkind: B\n');
    expect(printManifests([{ kind: 'A' }, { kind: 'B' }], 'json')).toBe('{\n  "kind": "A"\n}\n{\n  "kind": "B"\n}\n');
  });

  it.each([
    'yes',
    'e0',
    'No',
    'y',
    'ON',
    'true',
    'null',
    '~',
    '',
    '1',
    '010',
    '1_000',
    '0x1f',
    '0o7',
    '1e3',
    '.5',
    '.inf',
    '-.INF',
    '.NaN',
    '12:30',
    '2026-11-21',
    '2026-11-21T00:00:00Z',
    '<<',
    '=',
    '- a',
    '? a',
    ': a',
    'a: b',
    'a #b',
    '#a',
    '&a',
    '*a',
    '!a',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    '{a',
    '[a',
    ' a',
    'a ',
    '---',
    '...',
    'a:',
    "it's",
    '"a"',
    'a\tb',
    'tab\t',
  ])('quotes %j so that every YAML reader sees text', (text) => {
    expect(printManifest({ value: text }, 'yaml')).toBe(`value: ${JSON.stringify(text)}\n`);
    expect(printManifest({ [text]: 1 }, 'yaml')).toBe(`${JSON.stringify(text)}: 1\n`);
  });

  it('escapes what YAML 1.1 takes for a line break or forbids', () => {
    expect(printManifest({ a: '\u0085\u2028\u2029\ufeff\u007f\u0000é😀' }, 'yaml')).toBe(
      'a: "\\u0085\\u2028\\u2029\\ufeff\\u007f\\u0000é😀"\n',
    );
    expect(printManifest({ a: 'x\ud800' }, 'yaml')).toBe('a: "x\ufffd"\n');
  });

  it('uses blocks only for texts that an editor would not spoil', () => {
    expect(
      printManifest(
        { a: 'x\n\n  y\n', b: 'x\ny', c: 'x \ny\n', d: ' x\ny\n', e: 'x\r\ny\n', f: 'x\n\n', g: '\nx\n' },
        'yaml',
      ),
    ).toBe(
      'a: |\n  x\n\n    y\nb: |-\n  x\n  y\nc: "x \\ny\\n"\nd: " x\\ny\\n"\ne: "x\\r\\ny\\n"\nf: "x\\n\\n"\ng: "\\nx\\n"\n',
    );
  });

  it('is read back as what was printed, under YAML 1.1 and 1.2', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^[ \n\t:#'"|>\-a0]{0,12}$/));
    const { object } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(
        text.filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4 },
      ),
    }));
    fc.assert(
      fc.property(object as fc.Arbitrary<object>, (value) => {
        const clean: unknown = JSON.parse(JSON.stringify(value));
        const printed = printManifest(value, 'yaml');
        expect(parse(printed, { version: '1.1', schema: 'yaml-1.1', merge: false })).toEqual(clean);
        expect(parse(printed, { version: '1.2' })).toEqual(clean);
        expect(JSON.parse(printManifest(value, 'json'))).toEqual(clean);
      }),
      { numRuns: runs(120) },
    );
  });
});
