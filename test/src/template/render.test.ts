// What a template may not do: cost without bound, reach outside, or show data in an error.

import { describe, expect, test } from 'vitest';
import { isSealError } from '../../../src/errors.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { type RenderOptions, render } from '../../../src/template/render.ts';

const marker = 'hunter2-marker';
const data = new Map([
  ['password', new SecretBytes(new TextEncoder().encode(marker))],
  ['list', new SecretBytes(new TextEncoder().encode(Array.from({ length: 2000 }, (_, i) => i).join(',')))],
]);

function failure(
  template: string,
  options: Partial<RenderOptions> = {},
): { code: string; message: string; hints: readonly string[] } {
  try {
    render(template, { name: 'config.json', data, ...options });
  } catch (error) {
    if (isSealError(error)) return error;
    throw error;
  }
  throw new Error('the template rendered');
}

describe('a template that costs too much is stopped', () => {
  test.each([
    [
      'a range over a range over a range',
      '{{ range 1000 }}{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}{{ end }}',
    ],
    ['an endless number', '{{ range 9223372036854775807 }}{{ end }}'],
    ['a template that calls itself', '{{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }}'],
    ['a long repetition', '{{ repeat 1000000000 "x" }}'],
    ['a repetition of repetitions', '{{ range 2000 }}{{ repeat 1000 "x" }}{{ end }}'],
    ['a wide number', '{{ printf "%999999999d" 1 }}'],
    ['a precise number', '{{ printf "%.999999999f" 1.0 }}'],
    ['a join that grows', '{{ $s := .list }}{{ range 20 }}{{ $s = print $s $s }}{{ end }}'],
    ['a replacement that grows', '{{ replace "," (repeat 100000 "y") .list }}'],
    ['a deep indentation', '{{ indent 100000000 .password }}'],
    [
      'a long text changed again and again',
      '{{ $x := repeat 900000 "x" }}{{ range 1000 }}{{ $y := upper $x }}{{ end }}',
    ],
  ])('%s', (_, template) => {
    expect(failure(template).code).toBe('TEMPLATE_LIMIT');
  });

  test('nesting that would exhaust the parser is refused', () => {
    expect(failure(`{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`).code).toBe('TEMPLATE_PARSE');
    expect(failure('{{ if 1 }}'.repeat(5000)).code).toBe('TEMPLATE_PARSE');
  });

  test('by more variables than any template has', () => {
    const declared = (count: number) => Array.from({ length: count }, (_, at) => `{{ $v${at} := 1 }}`).join('');
    expect(failure(`${declared(1001)}{{ $v0 }}`)).toMatchObject({
      code: 'TEMPLATE_PARSE',
      message: 'template config.json, line 1: more than 1000 variables',
    });
    const inTurn = `{{ if true }}${declared(900)}{{ end }}`.repeat(3);
    expect(render(inTurn, { name: 'config.json', data }).byteLength).toBe(0);
  });

  // Each line break was looked for anew at every token: a second for 80 kB, and minutes for a large template.
  test('but not one that is a single long line', () => {
    const long = '{{ .password }}'.repeat(60_000);
    const limits = { steps: 10_000_000, outputBytes: 2_000_000, depth: 100 };
    expect(render(long, { name: 'config.json', data, limits }).byteLength).toBe(60_000 * marker.length);
  });
});

describe('an error names the template and the line, and never shows data', () => {
  test.each([
    ['{{ fail .password }}', 1],
    ['\n\n{{ .password.deeper }}', 3],
    ['{{ index .password 1000 }}', 1],
    ['\n{{ range .password }}{{ end }}', 2],
    ['{{ b64dec .password }}', 1],
    ['{{ mustFromJson .password }}', 1],
    ['{{ eq .password 1 }}', 1],
    ['{{ ternary 1 2 .password }}', 1],
    ['{{ template "none" .password }}', 1],
    ['{{ substr 100 200 .password }}', 1],
  ])('%s', (template, line) => {
    const { message } = failure(template);
    expect(message).toContain(`template config.json, line ${line}`);
    expect(message).not.toContain(marker);
  });

  test('a function that draws random numbers names what to do instead', () => {
    const { message, hints } = failure('{{ randAlphaNum 16 }}');
    expect(message).toContain('"randAlphaNum" is not available');
    expect(hints.join()).toContain('encryptedData');
  });

  test('names of JavaScript objects are no functions', () => {
    expect(failure('{{ constructor }}').message).toContain('not defined');
    expect(failure('{{ toString }}').code).toBe('TEMPLATE_EXECUTE');
    expect(new TextDecoder().decode(render('{{ .constructor }}{{ .__proto__ }}', { name: 'x', data }).reveal())).toBe(
      '<no value><no value>',
    );
  });
});

test('what Go would garble or write in powers of two is not copied', () => {
  const text = (template: string) => new TextDecoder().decode(render(template, { name: 'x', data }).reveal());
  expect(text('{{ nospace "世 界" }}{{ initials "é à" }}')).toBe('世界éà');
  expect(failure('{{ printf "%x" 1.5 }}').message).toContain('%x of a float is not available');
});

test('with missingKey error, a field that is not there fails by name', () => {
  expect(failure('{{ .nosuch }}', { missingKey: 'error' }).message).toContain('no entry for key "nosuch"');
});

test('bytes that are no text come out as they went in', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const output = render('{{ .bin }}', { name: 'x', data: new Map([['bin', new SecretBytes(bytes)]]) });
  expect(output.reveal()).toEqual(bytes);
});
