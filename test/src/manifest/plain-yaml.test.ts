// Manifests read without a tree, beside the same read with one.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlain } from '../../../src/manifest/plain-yaml.ts';
import { splitStream } from '../../../src/manifest/stream.ts';
import { parseYaml } from '../../../src/manifest/yaml.ts';
import { runs } from '../../support/property.ts';

/** What the real parser makes of a text: its value and where it starts, or that it is no YAML. */
function real(text: string) {
  try {
    const { value, root } = parseYaml(text);
    return { value, start: root?.range[0] };
  } catch {
    return 'not YAML';
  }
}

/** Whatever is read at all is read as by the real parser. */
function agrees(text: string): boolean {
  const plain = readPlain(text);
  if (plain !== undefined) expect({ text, is: plain }).toEqual({ text, is: real(text) });
  return plain !== undefined;
}

const root = join(import.meta.dirname, '../../..');
const folders = ['test/vectors', 'deploy', 'docs'];
const corpus = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);
const documents = corpus.flatMap((text) => splitStream(text).map(({ from, to }) => text.slice(from, to)));

const manifest = `# sealed
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db   # its name
  namespace: "shop"
  labels: {app: shop, tier: "db", count: 1, deep: {a: [x, 'y z']}, none: []}  # all
  annotations:
    sealwright.dev/sealed: |
      password 9f2c66d0e1a4b7c8d35e0f1122334455 shop/db 2026-11-21

      username 9f2c66d0e1a4b7c8d35e0f1122334455 shop/db 2026-03-02
    note: |-
      two
        lines

spec:
  encryptedData:
    password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq/abc==
    username: 'AgB=='
  template:
    immutable: true
    replicas: 3
    list:
    - a
    - b: 1
      c:
        - d
    -
      e: f
    empty:
`;

describe('manifests in plain style', () => {
  it('are read without the real parser, and as it reads them', () => {
    expect(agrees(manifest)).toBe(true);
    expect(agrees(`---\n${manifest}`)).toBe(true);
    expect(readPlain(manifest)?.value).toMatchObject({
      metadata: {
        name: 'db',
        labels: { app: 'shop', deep: { a: ['x', 'y z'] } },
        annotations: { note: 'two\n  lines' },
      },
      spec: { template: { list: ['a', { b: 1, c: ['d'] }, { e: 'f' }], empty: null } },
    });
  });

  it.each([
    ['an anchor', 'a: &x b\nc: *x\n'],
    ['a merge key', 'a: &x {b: c}\nd:\n  <<: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['an escape', 'a: "\\n"\n'],
    ['two quotes for one', "a: 'it''s'\n"],
    ['a flow collection over several lines', 'a: {b: c,\n  d: e}\n'],
    ['a flow collection without an end', 'a: {b: c\n'],
    ['a pair in a flow sequence', 'a: [b: c]\n'],
    ['a key alone in a flow mapping', 'a: {b}\n'],
    ['a comma too many', 'a: [b, ]\n'],
    ['something behind a flow collection', 'a: {b: c} d\n'],
    ['folded text', 'a: >\n  b\n  c\n'],
    ['text over several lines', 'a: b\n  c\n'],
    ['a number that is no decimal', 'a: 0x10\n'],
    ['an old octal', 'a: 0777\n'],
    ['a fraction', 'a: 1.50\n'],
    ['a switch of YAML 1.1', 'a: yes\n'],
    ['a key twice', 'a: b\na: c\n'],
    ['a key that is a word of JavaScript', '__proto__: b\n'],
    ['a wrong indentation', 'a:\n    b: c\n  d: e\n'],
    ['a template', 'a: {{ .b }}\n'],
    ['a tab', 'a:\tb\n'],
    ['a second colon', 'a: b: c\n'],
    ['letters beyond ASCII', 'a: \u2028b\n'],
    ['a carriage return', 'a: b\r\n'],
    ['nothing', '# only a comment\n'],
    ['a document that is one word', 'word\n'],
    ['block text without an end', 'a: |\n  b'],
    ['block text that keeps its blank lines', 'a: |+\n  b\n\n'],
    ['a sequence in a sequence', '- - a\n'],
    ['no end of nesting', `a: ${'['.repeat(100_000)}\n`],
    ['no end of nesting in blocks', Array.from({ length: 2000 }, (_, n) => `${' '.repeat(n)}a:\n`).join('')],
    ['a key that is too long', `${'k'.repeat(2000)}: a\n`],
  ])('are none where there is %s', (_, text) => {
    expect(readPlain(text)).toBeUndefined();
  });

  it('are most of those that we have, and every one is read as by the real parser', () => {
    const read = documents.filter(agrees);
    expect(read.length).toBeGreaterThan(documents.length / 4);
  });

  it('are read as by the real parser however they are cut, indented and joined', () => {
    const pieces = [
      ...['a:', 'b: c', 'key/x.y: value', '- d', '- e: f', '-', '- ', 'g: |', 'h: |-', 'text: # no', 'i: 1', 'j: true'],
      ...['# note', '', ' ', 'k: "q"', "l: 'q' # c", 'm: {}', 'n: []', '---', 'o: a#b', 'p: a #b', 'q: -1', 'r: 1.2.3'],
      ...['s: a: b', 't: "a" b', 'u:v', 'w: - x', 'y: z', 'null: 1', 'x: ~', 'aa: ..', 'bb: 1e3', 'cc: /a', 'dd: $(x)'],
      ...[
        'ee: {a: b, c: [d, 1]}',
        'ff: [a b, {c: "d"}]',
        'gg: {a:b}',
        'hh: {a: b}c',
        'ii: [,]',
        'mm: [a [b]]',
        'nn: [[a], {b: c}]',
        'oo: {a {b: c}}',
        'jj: {a: , b: c}',
        'kk: [ ]',
        'll: { a: b }',
      ],
    ];
    const line = fc.tuple(fc.nat({ max: 4 }), fc.constantFrom(...pieces), fc.constantFrom('', '', '', ' '));
    const text = fc
      .tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom('\n', ''))
      .map(([lines, end]) => lines.map(([n, piece, tail]) => ' '.repeat(n) + piece + tail).join('\n') + end);
    fc.assert(
      fc.property(text, (one) => {
        agrees(one);
      }),
      { numRuns: runs(1500) },
    );
  });

  it('are read as by the real parser when a letter of them is changed', () => {
    const letters = [...'\n -:#|"\'{}[]&*!>%@`,?=~0.aT'];
    const change = fc.tuple(fc.nat({ max: manifest.length - 1 }), fc.nat({ max: 3 }), fc.constantFrom('', ...letters));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const text = changes.reduce((all, [at, gone, put]) => all.slice(0, at) + put + all.slice(at + gone), manifest);
        // A marker in the middle parts documents before any is read.
        if (!/\n(?:---|\.\.\.)/.test(text)) agrees(text);
      }),
      { numRuns: runs(1500) },
    );
  });
});
