// One call for the files of several clusters: all of them or none.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Folder } from './harness.ts';

const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: s3cret}\n';
const configuration = `version: 1
clusters:
  one: {certificates: [certs/rsa2048.crt]}
  two: {certificates: [certs/second2048.crt]}
  old: {certificates: [certs/expired.crt]}
`;

let folder: Folder;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
};
beforeEach(() => {
  folder = new Folder();
  write('.sealwright.yaml', configuration);
  write('plain.txt', secret);
  write(
    'env/one/db.yaml',
    'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec: {encryptedData: {}}\n',
  );
  write('env/two/db.yaml', 'apiVersion: v1\nkind: ConfigMap\n');
});
afterEach(() => folder.remove());

test.each([
  [
    'a folder is missing',
    ['plain.txt', '-w', 'env/{cluster}/db.yaml', '-w', 'none/db.yaml', '--cluster', 'one'],
    'none/db.yaml',
  ],
  ['a certificate has expired', ['plain.txt', '-w', 'env/{cluster}.yaml'], 'cluster old'],
  ['a file is no SealedSecret', ['set', 'env/{cluster}/db.yaml', 'a=b', '--cluster', 'one,two'], 'env/two/db.yaml'],
  [
    'a file is missing',
    [
      'create',
      'db',
      '--from-literal',
      'a=b',
      '-n',
      'x',
      '-w',
      'env/one/new.yaml',
      '-w',
      'no/new.yaml',
      '--cluster',
      'one',
    ],
    'no/new.yaml',
  ],
  ['a name is empty', ['plain.txt', '-w', ''], 'has no name'],
  ['a configuration is missing', ['plain.txt', '-w', '../{cluster}.yaml'], '{cluster}'],
])('where %s, nothing is written', async (_, argv, names) => {
  const before = folder.snapshot();
  const { code, stderr } = await folder.seal(argv);
  expect(code).not.toBe(0);
  expect(stderr).toContain(names);
  expect(folder.snapshot()).toEqual(before);
});

test('a value for several clusters is asked for once, after everything else is known to be well', async () => {
  const questions: string[] = [];
  const prompt = async (question: string) => {
    questions.push(question);
    return new TextEncoder().encode('hunter2');
  };
  const options = { prompt, terminal: { in: true, err: true } };
  const argv = ['create', 'db', '-n', 'shop', '--prompt', 'password', '-w', 'env/{cluster}/new.yaml'];
  expect((await folder.seal(argv, options)).code).not.toBe(0);
  expect(questions).toEqual([]);
  expect((await folder.seal([...argv, '--cluster', 'one,two'], options)).code).toBe(0);
  expect(questions).toEqual(['Value of password']);
});

test('what is sealed follows the rule of the file that is written, not of the one that is read', async () => {
  write(
    '.sealwright.yaml',
    `${configuration}rules:\n  - {path: env/two/**, cluster: two}\n  - {path: "*", cluster: one}\n`,
  );
  const keyOf = async (argv: string[]) => /password ([0-9a-f]{32})/.exec((await folder.seal(argv)).stdout)?.[1];
  await folder.seal(['plain.txt', '-w', 'env/two/out.yaml']);
  const { stdout } = await folder.seal(['cert', '--cert', 'certs/second2048.crt', '--info', '--json']);
  const { code } = await folder.seal(['unseal', 'env/two/out.yaml', '--private-key', 'keys/second2048-pkcs8.key']);
  expect(code).toBe(0);
  expect(await keyOf(['plain.txt'])).not.toBe(JSON.parse(stdout).keyId);
});
