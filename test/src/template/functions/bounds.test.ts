// No function may be made to run for long, or to fail in another way than by name, whatever it is given.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSealError } from '../../../../src/errors.ts';
import { SecretBytes } from '../../../../src/redact.ts';
import { functionTable } from '../../../../src/template/functions/table.ts';
import { render } from '../../../../src/template/render.ts';
import { runs } from '../../../support/property.ts';

const data = new Map([['text', new SecretBytes(new TextEncoder().encode('a: [1, é]\n-----BEGIN X-----'))]]);

function outcome(template: string): string {
  try {
    render(template, { name: 'case', data, missingKey: 'error' });
    return 'rendered';
  } catch (error) {
    if (isSealError(error)) return error.code;
    throw error;
  }
}

const dear = /^(?:bcrypt|htpasswd|derivePassword|.*[pP][kK][cC][sS]12.*)$/;
const names = Object.keys(functionTable).filter((name) => !dear.test(name));
const leaf = fc.constantFrom(
  '0',
  '-1',
  '3',
  '1.5',
  '1e300',
  '9223372036854775807',
  '""',
  '"a"',
  '"a.b/c-d"',
  '"(a*)*"',
  '"1.2.3"',
  '"\\xff"',
  '"{\\"a\\":[1]}"',
  '"http://u@h/p"',
  'nil',
  'true',
  '.text',
  '(list)',
  '(dict)',
  '(list 1 "a" nil)',
  '(dict "a" (list 1))',
  '(until 100)',
  '(repeat 1000 "ab ")',
  '(toYaml .)',
);
const { call } = fc.letrec((tie) => ({
  call: fc
    .tuple(fc.constantFrom(...names), fc.array(fc.oneof({ weight: 3, arbitrary: leaf }, tie('call')), { maxLength: 4 }))
    .map(([name, args]) => `(${[name, ...args].join(' ')})`),
}));

test('whatever functions are called with, they render or fail as a template', () => {
  fc.assert(
    fc.property(call, (template) => {
      expect(outcome(`{{ ${template} }}`)).toMatch(/^(?:rendered|TEMPLATE_(?:PARSE|EXECUTE|LIMIT))$/);
    }),
    { numRuns: runs(3000) },
  );
});

test.each([
  ['a list of itself, again and again', '{{ $l := list "x" }}{{ range 64 }}{{ $l = list $l $l }}{{ end }}{{ $l }}'],
  ['the same as JSON', '{{ $l := list "x" }}{{ range 64 }}{{ $l = list $l $l }}{{ end }}{{ toJson $l }}'],
  ['the same as YAML', '{{ $l := list "x" }}{{ range 64 }}{{ $l = list $l $l }}{{ end }}{{ toYaml $l }}'],
  ['a map inside itself', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}'],
  ['a map inside itself, copied', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $_ := deepCopy $d }}'],
  [
    'a map merged into itself',
    '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $_ := merge $d $d }}{{ $_ := merge $d (deepCopy $d) }}',
  ],
  [
    'a list that is compared with itself',
    '{{ $l := list "x" }}{{ range 64 }}{{ $l = list $l $l }}{{ end }}{{ uniq (list $l (list $l)) }}',
  ],
  ['very many numbers', '{{ until 9223372036854775807 }}'],
  ['a sequence without end', '{{ seq 1 9223372036854775806 }}'],
  [
    'expressions that match everywhere',
    '{{ $t := repeat 200000 "a" }}{{ range 100 }}{{ $_ := regexFindAll "a*b" $t -1 }}{{ end }}',
  ],
  ['a replacement that grows', '{{ regexReplaceAll "a" (repeat 10000 "a") (repeat 10000 "b") }}'],
  ['many distinct lists', '{{ $l := list }}{{ range until 3000 }}{{ $l = append $l (list .) }}{{ end }}{{ uniq $l }}'],
  ['a long layout', '{{ toDate (repeat 100000 "A_") "x" }}'],
  ['a long layout of a date', '{{ date (repeat 100000 "2 ") 0 }}'],
  ['names taken apart', '{{ range 2 }}{{ camelcase (repeat 200000 "ab ") }}{{ end }}'],
  ['hashing again and again', '{{ $t := repeat 900000 "a" }}{{ range 100 }}{{ $_ := sha512sum $t }}{{ end }}'],
  [
    'products of very many digits',
    '{{ $n := until 100000 }}{{ range 100 }}{{ range $n }}{{ $_ := mulf . 1.23456789 }}{{ end }}{{ end }}',
  ],
  [
    'YAML that refers to itself',
    '{{ fromYaml (print "a: &a [x]\\n" (repeat 1000 "b: &b [*a, *a]\\n")) }}{{ range 1000000 }}{{ end }}',
  ],
  ['YAML of very many keys', '{{ $_ := fromYaml (repeat 100000 "x:\\n") }}'],
  ['YAML of very many mistakes', '{{ $_ := fromYaml (print "[" (repeat 400000 ",")) }}'],
  ['YAML of very many levels', '{{ $_ := fromYaml (repeat 5000 "? ") }}'],
  ['YAML with a key twice', '{{ $_ := fromYaml "a: 1\\nb: 2\\na: 3" }}'],
])('%s is stopped', (_, template) => {
  expect(outcome(template)).toMatch(/^TEMPLATE_(?:LIMIT|EXECUTE)$/);
});
