// What reviewers see of changes: every line, and no value.

import { describe, expect, it } from 'vitest';
import { reviewText } from '../../../src/manifest/review.ts';

const sealed = (password = 'AgBxyz') => `# the shop
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  namespace: shop
  annotations:
    sealwright.dev/sealed: |
      password 9f2c66d0e1a4b7c8d35e0f1122334455 shop/db 2026-11-21
spec:
  encryptedData:
    password: ${password} # changed often
    user: >-
      AgBabc
      def
  template: {type: Opaque}
`;

describe('sealed values', () => {
  it('are told by day, key, scope and a digest of the ciphertext; every other line stays', async () => {
    const shown = await reviewText(sealed());
    expect(shown).toContain('    password: <sealed 2026-11-21 9f2c66d0, strict, value ');
    expect(shown).toMatch(
      /value [0-9a-f]{8}> # changed often\n {4}user: <sealed, strict, value [0-9a-f]{8}>\n {2}template/,
    );
    expect(shown).not.toContain('AgB');
    const kept = (text: string) => text.split('\n').filter((line) => !/password|user|AgB|def|\/sealed:/.test(line));
    expect(kept(shown)).toEqual(kept(sealed()));
  });

  it('are told once: what the record says of them goes', async () => {
    const shown = await reviewText(sealed());
    expect(shown).toContain('    sealwright.dev/sealed: <told with each value>\nspec:\n');
    expect(shown.match(/2026-11-21/g)).toHaveLength(1);
    expect(shown.match(/9f2c66d0/g)).toHaveLength(1);
    expect(shown).not.toContain('shop/db');
    const crlf = sealed().replaceAll('\n', '\r\n');
    expect((await reviewText(crlf)).replaceAll('\r\n', '\n')).toBe(shown);
  });

  it('are told with what they were sealed for, where the manifest is called otherwise', async () => {
    const shown = await reviewText(sealed().replace(' shop/db ', ' shop/old '));
    expect(shown).toMatch(/password: <sealed 2026-11-21 9f2c66d0 for shop\/old, strict, value [0-9a-f]{8}>/);
    const bare = await reviewText(sealed().replace('  namespace: shop\n', ''));
    expect(bare).toMatch(/password: <sealed 2026-11-21 9f2c66d0 for shop\/db, strict, value [0-9a-f]{8}>/);
  });

  it('leave lines of the record that are about nothing else', async () => {
    const line = `gone ${'0'.repeat(32)} shop/db 2026-01-02`;
    const old = `password ${'1'.repeat(32)} shop/db 2026-01-02`;
    const written = sealed().replace('      password 9f', `      ${line}\n      ${old}\n      password 9f`);
    const shown = await reviewText(written);
    expect(shown).toContain(`    sealwright.dev/sealed: |\n      ${line}\n      ${old}\nspec:\n`);
    expect(await reviewText(written.replaceAll('\n', '\r\n'))).toBe(shown.replaceAll('\n', '\r\n'));
    const quoted = sealed().replace(/\|\n {6}(password .*)\n/, (_, text) => `"${text}\\n${line}\\n"\n`);
    expect(await reviewText(quoted)).toContain(
      `/sealed: "password 9f2c66d0e1a4b7c8d35e0f1122334455 shop/db 2026-11-21\\n${line}\\n"`,
    );
  });

  it('are told once in JSON, and the document stays JSON', async () => {
    const text = `password ${'9f'.repeat(16)} shop/db 2026-11-21\n`;
    const metadata = { name: 'db', namespace: 'shop', annotations: { 'sealwright.dev/sealed': text } };
    const object = {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata,
      spec: { encryptedData: { password: 'AgB' } },
    };
    const shown = JSON.parse(await reviewText(JSON.stringify(object, undefined, 2)));
    expect(shown.metadata.annotations).toEqual({ 'sealwright.dev/sealed': '<told with each value>' });
    expect(shown.spec.encryptedData.password).toMatch(/^<sealed 2026-11-21 9f9f9f9f, strict, value /);
  });

  it('show that they changed, without a record as well', async () => {
    const lines = async (text: string) => (await reviewText(text)).split('\n');
    const [before, after] = [await lines(sealed('AgBone')), await lines(sealed('AgBtwo'))];
    expect(before.filter((line, index) => line !== after[index])).toHaveLength(1);
    expect(await reviewText(sealed())).toBe(await reviewText(sealed()));
  });

  it('are told in JSON and with Windows line ends, in every document', async () => {
    const json = JSON.stringify(
      { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', spec: { encryptedData: { a: 'AgB' } } },
      undefined,
      2,
    );
    expect(JSON.parse(await reviewText(json)).spec.encryptedData.a).toMatch(/^<sealed, strict, value [0-9a-f]{8}>$/);
    const crlf = sealed().replaceAll('\n', '\r\n');
    expect((await reviewText(crlf)).replaceAll('\r\n', '\n')).toBe(await reviewText(sealed()));
    const two = `${sealed()}---\n${sealed()}`;
    expect(await reviewText(two)).toBe(`${await reviewText(sealed())}---\n${await reviewText(sealed())}`);
  });
});

describe('plain values', () => {
  const word = 'hunter2';
  const secret = (body: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n${body}`;

  it.each([
    ['in plain style', secret(`stringData:\n  password: ${word}\n  user: me # c\ntype: Opaque\n`)],
    ['in a block', secret(`stringData:\n  password: |\n    one\n    ${word}\n  user: me\n`)],
    ['in base64', secret(`data:\n  password: ${btoa(word)}\n`)],
    ['in flow style', secret(`stringData: {password: ${word}}\n`)],
    ['by an alias', `x: &x {password: ${word}}\n${secret('stringData: *x\n')}`],
    ['by a merge key', `x: &x {password: ${word}}\n${secret('stringData:\n  <<: *x\n')}`],
    [
      'in a List',
      `apiVersion: v1\nkind: List\nitems:\n- ${secret(`stringData: {password: ${word}}\n`).replace(/\n(?=.)/g, '\n  ')}`,
    ],
    [
      'in what kubectl applied last',
      secret(
        `metadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {"password": "${word}"}\nstringData: {a: b}\n`,
      ).replace('metadata: {name: db}\n', ''),
    ],
    ['in a damaged document', secret(`stringData:\n  password: ${word}\n  name: ${word}\n  broken: [\n    ${word}\n`)],
    ['in a Helm template', `{{ if }}\n${secret(`stringData:\n  password: ${word}\n  other: {{ .x }}\n`)}{{ end }}\n`],
    ['in flow style in a Helm template', `{{ if }}\n${secret(`stringData: {password: ${word}}\n`)}{{ end }}\n`],
    ['as the whole of data in a damaged document', secret(`data: ${word}\nbroken: [\n`)],
    ['in what is behind --- in a damaged document', `--- {kind: Secret, stringData: {p: ${word}}, x: *x}\n`],
    ['behind a kind on the same line', `{apiVersion: v1,\nkind: Secret, stringData: {p: ${word}}, x: *x}\n`],
    ['in a block that has colons, in a template', secret(`stringData:\n  a: |\n    ${word}: x\n  b: {{ .x }}{{\n`)],
    [
      'in a quoted value of several lines, in a template',
      secret(`stringData:\n  a: "x\n    ${word}: y"\n  b: {{ x }}{{\n`),
    ],
    ['with a tag on the kind', secret(`stringData:\n  <<: {p: ${word}}\n  q: z\n`).replace('Secret', '!!str Secret')],
    ['as a list', secret(`data: [${word}]\n`)],
    ['as text in place of items', secret(`stringData: !!binary ${word}\n`)],
    ['with a key that is no word', secret(`stringData:\n  ? [a, b]\n  : ${word}\n`)],
    ['in a list of objects', `- ${secret(`stringData: {p: ${word}}\n`).replace(/\n(?=.)/g, '\n  ')}`],
    ['in Helm values', `extra:\n- ${secret(`stringData: {p: ${word}}\n`).replace(/\n(?=.)/g, '\n  ')}`],
    ['with a kind twice', secret(`kind: ConfigMap\nstringData: {p: ${word}}\n`)],
    ['with a key twice', secret(`stringData:\n  password: ${word}\n  password: ${word}\n`)],
  ])('are not shown: %s', async (_, text) => {
    const shown = await reviewText(text);
    expect(shown).not.toContain(word);
    expect(shown).not.toContain(btoa(word).slice(0, 6));
    expect(shown).toContain('<plain value, not shown>');
    expect(shown.split('\n').length).toBeGreaterThan(1);
  });

  it('are the same whatever they are', async () => {
    const shown = await Promise.all(
      ['one', 'another'].map((value) => reviewText(secret(`stringData:\n  a: ${value}\n`))),
    );
    expect(shown[0]).toBe(shown[1]);
    expect(shown[0]).toContain('  a: <plain value, not shown>');
  });
});

it.each(['', '\n', 'no manifest', 'kind: Deployment\nspec: {replicas: 1}\n', 'kind: [', '\ufeffa: 1\r\n', '{{ x }}\n'])(
  'a text without Secrets is shown as it is: %j',
  async (text) => {
    expect(await reviewText(text)).toBe(text);
  },
);
