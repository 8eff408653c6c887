// Files of old editors, whose lines end in carriage returns alone: what only reads them takes them as Kubernetes does, what writes refuses.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder } from './harness.ts';

let folder: Folder;
let sealed: string;
const asReturns = (text: string) => text.replaceAll('\n', '\r');
const place = 'environments/prod/db.yaml';

beforeAll(async () => {
  folder = new Folder();
  await folder.git('init', '-q');
  folder.write('.gitignore', 'certs\nkeys\n');
  folder.write(
    '.sealwright.yaml',
    `version: 1
clusters: {prod: {certificates: [certs/rsa2048.crt]}, stage: {certificates: [certs/second2048.crt]}}
rules:
  - {path: environments/prod/**, cluster: prod, namespace: shop}
  - {path: environments/stage/**, cluster: stage, namespace: shop}
`,
  );
  const argv = ['create', 'db', '-n', 'shop', '--from-literal', 'a=b', '--cert', 'certs/rsa2048.crt'];
  sealed = (await folder.seal(argv)).stdout;
  folder.write(place, sealed);
  await folder.git('add', '.');
});
afterAll(() => folder.remove());

const both = async (argv: string[], stdin = '') => {
  folder.write(place, sealed);
  const expected = await folder.seal(argv, { stdin });
  folder.write(place, asReturns(sealed));
  return [await folder.seal(argv, { stdin }), expected];
};

test.each([
  [['matrix']],
  [['matrix', '--json']],
  [['why', place]],
  [['wait', place]],
  [['verify', 'environments']],
  [['promote', 'nothing', '--from', 'prod', '--to', 'stage']],
])('seal %j says the same', async (argv) => {
  const [got, expected] = await both(argv);
  expect(got).toEqual(expected);
});

test('a file that is made of one by promote ends its lines as others do', async () => {
  const argv = ['promote', 'db', '--from', 'prod', '--to', 'stage', '-w', 'environments/stage/db.yaml'];
  folder.write(place, asReturns(sealed));
  const { code, stderr } = await folder.seal(argv, { stdin: 'c' });
  expect([code, stderr]).toEqual([0, expect.stringContaining('sealed a for shop/db')]);
  const made = readFileSync(join(folder.path, 'environments/stage/db.yaml'), 'utf8');
  expect(made.replace(/(a: |[0-9a-f]{32}).*/g, '')).toBe(sealed.replace(/(a: |[0-9a-f]{32}).*/g, ''));
});

const refused = (what: string) =>
  expect.stringMatching(
    new RegExp(
      `${what}: not valid YAML: a line ends in a carriage return alone\nhint: write line feeds: tr .* < FILE > NEW\n`,
    ),
  );

test.each([
  [['set', place, 'a=c']],
  [['unset', place, 'a']],
  [['reseal', 'environments', '--private-key', 'keys/rsa2048-pkcs8.key']],
  [['unseal', place, '--private-key', 'keys/rsa2048-pkcs8.key']],
  [['kubeseal', '--recovery-unseal', '--recovery-private-key', 'keys/rsa2048-pkcs8.key', '-f', place]],
])('seal %j refuses it, and changes nothing', async (argv) => {
  folder.write(place, asReturns(sealed));
  const { code, stdout, stderr } = await folder.seal(argv);
  expect([code, stdout, stderr]).toEqual([1, '', refused('environments/prod/db\\.yaml:1:33')]);
  expect(readFileSync(join(folder.path, place), 'utf8')).toBe(asReturns(sealed));
});

test('what a comment would hide from us, and not from Kubernetes, is refused', async () => {
  folder.write(
    'plain.yaml',
    'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: b # one\r  c: s3cret\n',
  );
  const { code, stdout, stderr } = await folder.seal(['plain.yaml', '-n', 'shop', '--cert', 'certs/rsa2048.crt']);
  expect([code, stdout, stderr]).toEqual([1, '', refused('plain\\.yaml:5:13')]);
  const shown = await folder.seal(['textconv', 'plain.yaml']);
  expect([shown.code, shown.stdout]).toEqual([0, expect.not.stringContaining('s3cret')]);
});

test('a file with both line ends is mended by one that does not make two of one', async () => {
  folder.write('both.yaml', asReturns(sealed).replace('\r', '\r\n'));
  const { stderr } = await folder.seal(['set', 'both.yaml', 'a=c']);
  expect(stderr).toMatch(/\nhint: write line feeds: perl -pe 's\/\\r\\n\?\/\\n\/g' < FILE > NEW\n$/);
});
