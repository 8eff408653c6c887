// Documents of a manifest, read one by one.

import { describe, expect, it } from 'vitest';
import { parseManifest, placeIn, unread } from '../../../src/manifest/documents.ts';
import { problemOf } from '../../../src/manifest/objects.ts';

const secret = 'hunter2-do-not-show';
const firstValue = (text: string) => parseManifest(text, { file: 'f.yaml' }).documents[0]?.read().value;

describe('reading a document', () => {
  it.each([
    ['booleans of YAML 1.1', 'a: [yes, No, on, OFF, true, y]', [true, false, true, false, true, true]],
    ['dates and times of day, as text', 'a: [2026-01-02, 12:30, 1:30:00]', ['2026-01-02', '12:30', '1:30:00']],
    ['integers as Go reads them', 'a: [0777, 0o17, 0X1F, 0b11, 1_000, -010]', [511, 15, 31, 3, 1000, -8]],
    ['floats', 'a: [1.5, 1e3, .5, 1_0.5, 09.5]', [1.5, 1000, 0.5, 10.5, 9.5]],
    ['nulls', 'a: [~, null, ]', [null, null]],
    ['quoted words as text', 'a: ["yes", \'on\', "010"]', ['yes', 'on', '010']],
  ])('takes %s', (_, text, a) => {
    expect(firstValue(text)).toEqual({ a });
  });

  it('follows aliases and merge keys', () => {
    expect(firstValue('a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2\n')).toEqual({
      a: { x: 1 },
      b: { x: 1 },
      c: { x: 1, y: 2 },
    });
  });

  it('does not let a document choose the meaning of words by a %YAML directive', () => {
    expect(firstValue('%YAML 1.2\n---\na: yes\n')).toEqual({ a: true });
  });

  it('reads an empty document as null', () => {
    expect(firstValue('---\n# nothing\n---\na: 1\n')).toBeNull();
  });

  it('keeps a key named __proto__ out of the prototype', () => {
    const value = firstValue('__proto__: {polluted: true}\n') as Record<string, unknown>;
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect(value.polluted).toBeUndefined();
  });

  it('takes carriage returns between the words of JSON for blanks, and no other ones', () => {
    const json = JSON.stringify({ a: ['b', 1], c: { d: 'e' } }, null, 2);
    for (const text of [json.replaceAll('\n', '\r'), json.replaceAll('\n', '\r\r\n'), json.replaceAll(' ', '\r')])
      expect(firstValue(text)).toEqual({ a: ['b', 1], c: { d: 'e' } });
    expect(() => firstValue(json.replace('b', 'b\r'))).toThrow('a line ends in a carriage return alone');
  });

  it('knows the line on which each document starts', () => {
    const { documents } = parseManifest('\ufeffa: 1\r\n---\r\nb: 1\r\n...\n# c\nc: 1\n', { file: 'f.yaml' });
    expect(documents.map(({ line }) => line)).toEqual([1, 2, 5]);
    expect(documents.map((document) => placeIn(document, 0))).toEqual(['f.yaml:1:1', 'f.yaml:2:1', 'f.yaml:5:1']);
  });

  it('reads an unread copy anew, and forgets with it', () => {
    const [document] = parseManifest('a: 1\n', { file: 'f.yaml' }).documents;
    const copy = unread(document!);
    expect(copy.read()).toEqual(document?.read());
    expect(copy.read()).not.toBe(document?.read());
  });

  it('reads a document when asked and then once', () => {
    const { documents } = parseManifest('a: 1\n---\na: {{ broken }}\n', { file: 'f.yaml' });
    expect(documents[0]?.read()).toBe(documents[0]?.read());
    expect(() => documents[1]?.read()).toThrow();
  });
});

describe('a document that cannot be read', () => {
  it.each([
    ['a key that is there twice', `a: 1\na: ${secret}\n`, 2],
    ['a colon too many', `a: b\nc: ${secret}: x\n`, 2],
    ['a quote that never ends', `a: "${secret}\n`, 1],
    ['an alias of nothing', `a: *${secret}\n`, 1],
    ['a tag', `x: 1\na: !${secret} ${secret}\n`, 2],
    ['a line that is no entry', `a: 1\n${secret}\nb: 2\n`, 2],
    ['a tab as indentation', `a:\n\tb: ${secret}\n`, 2],
    ['wrong indentation', `a:\n    b: 1\n  c: ${secret}\n`, 3],
    ['a template', `kind: Secret\na: {{ .${secret} }}\n`, 2],
    ['JSON that is cut off', `{"a": {"b": "${secret}"\n`, 1],
    ['a key of JSON that is there twice', `{"a": 1,\n"a": "${secret}"}\n`, 2],
    ['a bad escape', `a: "\\q${secret}"\n`, 1],
  ])('names file, line and reason for %s, and never the text', (_, text, line) => {
    const manifest = parseManifest(`# first\n---\nok: 1\n---\n${text}`, { file: 'dir/f.yaml' });
    const error = problemOf(manifest.documents.at(-1)!);
    expect(error).toMatchObject({
      code: 'NOT_YAML',
      message: expect.stringMatching(/^dir\/f\.yaml:\d+:\d+: not valid (YAML|JSON): \w/),
    });
    expect(Number(error?.message.split(':')[1])).toBeGreaterThanOrEqual(4 + line);
    expect(JSON.stringify([error?.message, error?.hints, String(error?.cause)])).not.toContain(secret);
    expect(manifest.documents[0]?.read().value).toEqual({ ok: 1 });
  });

  it('reads tens of thousands of keys, and finds the one that is there twice', () => {
    const keys = Array.from({ length: 40_000 }, (_, i) => `k${i}: v\n`).join('');
    expect(problemOf(parseManifest(keys, { file: 'f' }).documents[0]!)).toBeUndefined();
    expect(problemOf(parseManifest(`${keys}k7: w\n`, { file: 'f' }).documents[0]!)?.message).toBe(
      'f:40001:1: not valid YAML: a key is there twice',
    );
    expect(firstValue('a: &a {x: 1}\nb: {<<: *a, <<: *a}\n')).toMatchObject({ b: { x: 1 } });
  });

  it('survives nesting without end and aliases that multiply', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[i]}`)}]`),
    ];
    for (const text of ['['.repeat(50_000), '{"a":'.repeat(20_000), bomb.join('\n'), `${'- '.repeat(20_000)}x`]) {
      expect(problemOf(parseManifest(text, { file: 'f' }).documents[0]!)).toMatchObject({ code: 'NOT_YAML' });
    }
  });

  it('tells a place in the file by line and column, whatever document it is in', () => {
    const { documents } = parseManifest('a: 1\r\n---\r\nb:\r\n  c: 2\r\n', { file: 'f' });
    expect(placeIn(documents[1]!, '---\r\nb:\r\n  '.length)).toBe('f:4:3');
  });
});

describe('aliases', () => {
  const problemOf = (text: string) => {
    try {
      parseManifest(text, { file: 'f.yaml' }).documents[0]?.read();
      return undefined;
    } catch (error) {
      return String(error);
    }
  };

  it('that name nothing yet are told by their place', () => {
    expect(problemOf('a: &a x\nb: *a\nc: *z\nz: &z y\nd: *a\n')).toContain('f.yaml:3:4: not valid YAML: an alias');
  });

  it('by the ten thousand are refused in one pass', () => {
    expect(problemOf(`a: &a x\nb: [${Array(50_000).fill('*a').join(',')}]\n`)).toContain('aliases multiply');
  });
});

describe('a document that is nested without end', () => {
  const nested: [string, string][] = [
    ['in brackets', `a: ${'['.repeat(60_000)}`],
    ['in braces', `a: ${'{b: '.repeat(20_000)}1${'}'.repeat(20_000)}\n`],
    ['in blocks', Array.from({ length: 3000 }, (_, n) => `${' '.repeat(n)}a:\n`).join('')],
    ['in dashes', `${'- '.repeat(3000)}a\n`],
    ['in JSON', `{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`],
  ];
  it.each(nested)('%s is refused before it uses up the stack', (_, text) => {
    const [document] = parseManifest(text, { file: 'f.yaml' }).documents;
    expect(() => document?.read()).toThrow(/it is nested too deeply|is missing/);
  });

  it('no deeper than manifests are is read', () => {
    const [document] = parseManifest(`a: ${'['.repeat(100)}${']'.repeat(100)}\n`, { file: 'f.yaml' }).documents;
    expect(() => document?.read()).not.toThrow();
  });
});
