// Splitting streams into documents.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { splitStream } from '../../../src/manifest/stream.ts';
import { runs } from '../../support/property.ts';

const parts = (text: string) => splitStream(text).map(({ from, to, format }) => [format, text.slice(from, to)]);

describe('splitting YAML', () => {
  it.each([
    ['an empty file', '', []],
    ['only blanks and comments', '\n# nothing\n  \n', []],
    ['a byte order mark alone', '\ufeff', []],
    ['one document', 'a: 1\n', ['a: 1\n']],
    ['a marker first', '---\na: 1\n', ['---\na: 1\n']],
    ['a byte order mark and a marker', '\ufeff---\na: 1\n---\nb: 1', ['\ufeff---\na: 1\n', '---\nb: 1']],
    ['two documents', 'a: 1\n---\nb: 2\n', ['a: 1\n', '---\nb: 2\n']],
    ['CR LF', 'a: 1\r\n---\r\nb: 2\r\n', ['a: 1\r\n', '---\r\nb: 2\r\n']],
    ['comments before the first marker', '# c\n\n---\na: 1\n', ['# c\n\n---\na: 1\n']],
    ['a comment on the marker', 'a: 1\n--- # c\nb: 2\n', ['a: 1\n', '--- # c\nb: 2\n']],
    ['a document end', 'a: 1\n...\n# c\n---\nb: 2\n', ['a: 1\n...\n', '# c\n---\nb: 2\n']],
    ['a document end and no marker', 'a: 1\n...\nb: 2\n', ['a: 1\n...\n', 'b: 2\n']],
    ['a document end last', 'a: 1\n...\n', ['a: 1\n...\n']],
    [
      'directives',
      '%YAML 1.1\n---\na: 1\n...\n%TAG ! x\n---\nb: 2\n',
      ['%YAML 1.1\n---\na: 1\n...\n', '%TAG ! x\n---\nb: 2\n'],
    ],
    ['an empty document between markers', '---\n---\na: 1\n', ['---\n', '---\na: 1\n']],
    ['dashes that are no marker', 'a: |\n  ---\n----\n--- x\n', ['a: |\n  ---\n----\n', '--- x\n']],
    ['a marker at the very end', 'a: 1\n---', ['a: 1\n', '---']],
    [
      'a Helm template',
      '{{- if .x }}\na: 1\n{{- end }}\n---\nb: 2\n',
      ['{{- if .x }}\na: 1\n{{- end }}\n', '---\nb: 2\n'],
    ],
  ])('%s', (_, text, expected) => {
    expect(parts(text)).toEqual(expected.map((part) => ['yaml', part]));
  });

  it('finds the documents that a YAML parser finds', () => {
    const line = fc.constantFrom(
      '---',
      '--- # c',
      '...',
      '# c',
      '',
      'a: 1',
      'a: 1',
      'b: |',
      '  text',
      '  ---',
      ' ...',
      '%YAML 1.2',
      '----',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), fc.constantFrom('\n', '\r\n'), (lines, lineBreak) => {
        const text = lines.join(lineBreak);
        const expected = parseAllDocuments(text, { logLevel: 'silent' });
        fc.pre(Array.isArray(expected) && expected.every(({ errors }) => errors.length === 0));
        const values = expected.map((document) => document.toJS()).filter((value) => value !== null);
        const ours = splitStream(text).flatMap(({ from, to }) =>
          parseAllDocuments(text.slice(from, to), { logLevel: 'silent' }).map((each) => each.toJS()),
        );
        expect(ours.filter((value) => value !== null)).toEqual(values);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('splitting something huge', () => {
  it.each([
    ['blank lines', '\n'.repeat(3_000_000), 0],
    ['blanks', ' '.repeat(3_000_000), 0],
    ['a string of JSON', `{"a": "${'x\\"'.repeat(1_000_000)}"}`, 1],
    ['quotes', `{${'"'.repeat(300_001)}`, 1],
    ['backslashes', `{"${'\\'.repeat(300_001)}"`, 1],
  ])('comes to an end for %s', (_, text, count) => {
    expect(splitStream(text)).toHaveLength(count);
  });
});

describe('splitting JSON', () => {
  it.each([
    ['an object', '{"a": 1}\n', ['{"a": 1}']],
    ['objects one after another', '{"a":1}{"b":2}\n\n{"c":3}', ['{"a":1}', '{"b":2}', '{"c":3}']],
    ['brackets in strings', '{"a": "}{\\"["}\n{"b": []}', ['{"a": "}{\\"["}', '{"b": []}']],
    ['a byte order mark', '\ufeff{"a": 1}', ['{"a": 1}']],
    ['CR LF and tabs', '{\r\n\t"a": 1\r\n}\r\n', ['{\r\n\t"a": 1\r\n}']],
    ['JSON after a marker', '---\n{"a": 1}\n---\n{"b": 2}\n', ['{"a": 1}', '{"b": 2}']],
  ])('%s', (_, text, expected) => {
    expect(parts(text)).toEqual(expected.map((part) => ['json', part]));
  });

  it.each([
    ['flow YAML', '{a: 1}\n'],
    ['JSON that is cut off', '{"a": {"b": 1}\n'],
    ['JSON with something behind it', '{"a": 1} x\n'],
    ['a string that never ends', '{"a": "x}\n'],
  ])('takes %s for YAML, whose reader says what is wrong', (_, text) => {
    expect(parts(text)).toEqual([['yaml', text]]);
  });

  it('looks for the end of a string in its own document alone: many that are open are no work for each other', () => {
    const text = '{\\"\n---\n'.repeat(2 ** 18);
    expect(splitStream(text)).toHaveLength(2 ** 18 + 1);
  });
});
