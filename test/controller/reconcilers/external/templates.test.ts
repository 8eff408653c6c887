// What templates of an ExternalSecret may cost, and what their YAML may be.

import { describe, expect, test } from 'vitest';
import { templated } from '../../../../controller/reconcilers/external/templates.ts';
import type { ExternalSecret, ExternalSecretTemplate } from '../../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../../src/redact.ts';

const nowhere = { read: () => Promise.reject(new Error('nothing is read here')) };

function made(template: ExternalSecretTemplate, value = '') {
  const object = { metadata: {}, spec: { target: { template } } } as ExternalSecret;
  return templated(object, new Map([['text', new SecretBytes(new TextEncoder().encode(value))]]), nowhere);
}

describe('what a template renders to as YAML', () => {
  const literal = { templateFrom: [{ literal: '{{ .text }}' }] };

  test('gives its pairs', async () => {
    const { values } = await made(literal, 'a: 1\nb: "x"\nc: |\n  two\n  lines\nd:\n');
    expect([...values].map(([name, value]) => [name, new TextDecoder().decode(value.reveal())])).toEqual([
      ['a', '1'],
      ['b', 'x'],
      ['c', 'two\nlines\n'],
      ['d', ''],
    ]);
  });

  test.each([
    ['very many keys', 'x:\n'.repeat(300_000), /too many parts/],
    ['very many mistakes', `[${','.repeat(900_000)}`, /too many parts/],
    ['very many levels', '? '.repeat(5_000), /no YAML map/],
    ['a key twice', 'a: 1\na: 2', /no YAML map/],
  ])('is refused with %s', async (_, text, message) => {
    await expect(made(literal, text)).rejects.toThrow(message);
  });
});

test('all templates of one object have one bound together', async () => {
  const busy = '{{ range until 90000 }}{{ $x := add . 1 }}{{ end }}';
  const data = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`item-${at}`, busy]));
  await expect(made({ data: data(3) })).resolves.toBeDefined();
  await expect(made({ data: data(300) })).rejects.toThrow(/more than 5000000 steps/);
});
