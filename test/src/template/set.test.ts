// Templates that call each other by name, over data as a Vault server hands it out.

import { describe, expect, test } from 'vitest';
import { isSealError } from '../../../src/errors.ts';
import { TemplateSet } from '../../../src/template/set.ts';
import { GoMap, GoNumber } from '../../../src/template/values.ts';

const data = () =>
  new GoMap([
    ['password', 'hunter2'],
    ['port', new GoNumber('5432')],
    ['gone', null],
  ]);

/** Members as `name=text`, `=text` for those without a name; all rendered, in order. */
function rendered(...members: string[]): string[] {
  const set = new TemplateSet(
    members.map((member, index) => {
      const at = member.indexOf('=');
      return { name: member.slice(0, at) || undefined, label: `#${index}`, text: member.slice(at + 1) };
    }),
  );
  const render = set.rendering(data, { missingKey: 'error in use' });
  return members.map((_, index) => new TextDecoder().decode(render(index).reveal()));
}

function failure(...members: string[]): string {
  try {
    rendered(...members);
  } catch (error) {
    if (isSealError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error('it rendered');
}

describe('a template of a set', () => {
  test('calls another by its name, whichever comes first', () => {
    expect(rendered('a={{ template "b" . }}!', 'b=[{{ .password }}]')).toEqual(['[hunter2]!', '[hunter2]']);
  });

  test('calls what another defines inside itself', () => {
    expect(rendered('=x{{ define "in" }}({{ . }}){{ end }}', 'b={{ template "in" .port }}')).toEqual(['x', '(5432)']);
  });

  test('finds its own definitions before those of others', () => {
    const own = (text: string) => `{{ define "in" }}${text}{{ end }}{{ template "in" }}`;
    expect(rendered(`=${own('1')}`, `=${own('2')}`, '={{ template "in" }}')).toEqual(['1', '2', '1']);
  });

  test('that only defines what has its own name is what it defines', () => {
    expect(rendered('a={{ template "line" . }}', 'line={{ define "line" }}[{{ .password }}]{{ end }}')[0]).toBe(
      '[hunter2]',
    );
  });

  test('without a name is called by nobody', () => {
    expect(failure('=x', 'b={{ template "" . }}')).toBe(
      'TEMPLATE_EXECUTE template #1, line 1: a template that is not defined is called',
    );
  });

  test('sees the data as it was given, whatever others did with it', () => {
    expect(rendered('={{ $_ := unset . "password" }}{{ len . }}', '={{ len . }}{{ .password }}')).toEqual([
      '2',
      '3hunter2',
    ]);
  });

  test('is named when it fails, also where it is called', () => {
    expect(failure('={{ template "b" . }}', 'b=\n{{ .password.x }}')).toBe(
      "TEMPLATE_EXECUTE template #1, line 2: can't evaluate field x in type string",
    );
    expect(failure('={{ template "b" . }}{{ .port.Nope }}', 'b=ok')).toBe(
      "TEMPLATE_EXECUTE template #0, line 1: can't evaluate field Nope in type json.Number",
    );
    expect(failure('=ok', '=a\n{{ nope }}')).toBe('TEMPLATE_PARSE template #1, line 2: function "nope" not defined');
  });

  test('may not call itself for ever', () => {
    expect(failure('a={{ template "a" . }}')).toMatch(/^TEMPLATE_LIMIT /);
  });
});

describe('what is not there', () => {
  test.each([
    ['{{ .typo | default "d" }}', 'd'],
    ['{{ if .typo }}x{{ else }}y{{ end }}', 'y'],
    ['{{ with .typo.deeper }}x{{ else }}y{{ end }}', 'y'],
    ['{{ or .typo "z" }}', 'z'],
    ['{{ empty .typo }}{{ not .typo }}{{ coalesce .typo "c" }}', 'truetruec'],
    ['{{ $x := .typo }}{{ ternary "a" "b" (empty $x) }}', 'a'],
  ])('may be asked about: %s', (text, result) => {
    expect(rendered(`=${text}`)).toEqual([result]);
  });

  test.each([
    '{{ .typo }}',
    '{{ $x := .typo }}{{ $x }}',
    '{{ .typo | quote }}',
    '{{ print .typo }}',
    '{{ list .typo }}',
    '{{ .typo.deeper }}',
  ])('is neither written nor worked on: %s', (text) => {
    expect(failure(`=${text}`)).toMatch(/^TEMPLATE_EXECUTE template #0, line 1: map has no entry for key "\w+"$/);
  });

  test('is not what is there and null, which prints as Go prints it', () => {
    expect(rendered('={{ .gone }}{{ .gone | default "d" }}')).toEqual(['<no value>d']);
  });
});

test('a number where a text is wanted is told with the way out', () => {
  const set = new TemplateSet([{ name: 'a', label: 'a', text: '{{ .port | b64enc }}' }]);
  expect(() => set.rendering(data, { missingKey: 'error in use' })(0)).toThrow(
    expect.objectContaining({
      message: 'template a, line 1: wrong type for an argument of b64enc: expected string; got json.Number',
      hints: ['toString makes a text of a number'],
    }),
  );
});
