// `seal set` and `seal unset` on real files: the corpus with its real key, prompts, links, line ends, and files that change meanwhile.

import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseManifest } from '../../src/manifest/documents.ts';
import { isSealedSecret } from '../../src/manifest/kinds.ts';
import { objectsOf, problemOf } from '../../src/manifest/objects.ts';
import operations from '../vectors/yaml-corpus/operations.json' with { type: 'json' };
import { Folder } from './harness.ts';

const corpus = join(import.meta.dirname, '..', 'vectors', 'yaml-corpus');
const sealed = `# ours
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: shop}
spec:
  encryptedData:
    password: AgBold # why
`;
const withCert = ['--cert', 'certs/rsa2048.crt'];

let folder: Folder;
const at = (name: string) => join(folder.path, name);
const textOf = (name: string) => readFileSync(at(name), 'utf8');

beforeEach(() => {
  folder = new Folder();
  writeFileSync(at('db.yaml'), sealed);
});
afterEach(() => folder.remove());

/** What the SealedSecret in a file opens to, with its other documents left aside. */
async function opened(name: string, sealedName: string): Promise<Record<string, string>> {
  const { documents } = parseManifest(readFileSync(at(name)), { file: name });
  const objects = documents.filter((document) => !problemOf(document)).flatMap(objectsOf);
  const one = objects.find(
    ({ value }) => isSealedSecret(value) && (value.metadata as { name: string }).name === sealedName,
  );
  const { stdout, stderr } = await folder.seal(['unseal', '--private-key', 'corpus.key', '-o', 'json'], {
    stdin: JSON.stringify(one!.value),
  });
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as { data: Record<string, string> }).data;
}

test.each([['a=db.yaml'], ['a=deep/../db.yaml'], ['link.yaml']])(
  'a file is no value of itself: --from-file %s',
  async (source) => {
    mkdirSync(at('deep'));
    symlinkSync('db.yaml', at('link.yaml'));
    const { code, stderr } = await folder.seal(['set', 'db.yaml', '--from-file', source, ...withCert]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^seal: \S+ is both the value and the file that it is sealed into\n/),
    ]);
    expect(textOf('db.yaml')).toBe(sealed);
  },
);

test('a file whose lines end in carriage returns alone is not edited, and says what mends it', async () => {
  writeFileSync(at('db.yaml'), sealed.replaceAll('\n', '\r').replace('# ours\r', ''));
  const { code, stderr } = await folder.seal(['set', 'db.yaml', 'a=b', ...withCert]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^seal: db\.yaml:1:\d+: not valid YAML.*\nhint: .*: tr '\\r' '\\n' < FILE > NEW\n$/),
  ]);
});

describe('the corpus, through the command', () => {
  const cases = operations.files.flatMap(({ file, target, ops, useName }) =>
    (ops as { id: string; op: string; key: string; expect: string }[]).map((op) => ({
      id: `${file}: ${op.id}, ${op.expect}`,
      file,
      target,
      op,
      argv: useName && op.expect !== 'refused' ? ['--name', target.name] : [],
    })),
  );

  test.each(cases)('$id', async ({ file, target, op, argv }) => {
    const name = file.replace('files/', '');
    copyFileSync(join(corpus, file), at(name));
    copyFileSync(join(corpus, 'private.key'), at('corpus.key'));
    const cert = op.op === 'set' ? ['--cert', join(corpus, 'certificate.crt')] : [];
    const before = folder.snapshot();
    const old = await opened(name, target.name);
    const { code, stdout } = await folder.seal([op.op, name, op.key, ...argv, ...cert], { stdin: 'f r e s h' });
    expect(stdout).toBe('');
    if (op.expect !== 'done') {
      expect(code).not.toBe(0);
      expect(folder.snapshot()).toEqual(before);
      return;
    }
    expect(code).toBe(0);
    const { [op.key]: _, ...others } = old;
    const value = Buffer.from('f r e s h').toString('base64');
    expect(await opened(name, target.name)).toEqual(op.op === 'set' ? { ...others, [op.key]: value } : others);
    expect(readdirSync(folder.path).filter((each) => each.startsWith('.seal-'))).toEqual([]);
  });
});

describe('a value', () => {
  test('is asked for on a terminal, after everything else is known to be well', async () => {
    const questions: string[] = [];
    const terminal = { in: true, err: true };
    const prompt = async (question: string) => {
      questions.push(question);
      return new TextEncoder().encode('typed');
    };
    const done = await folder.seal(['set', 'db.yaml', 'password', 'token', ...withCert], { terminal, prompt });
    expect([done.code, done.stdout]).toEqual([0, '']);
    expect(questions).toEqual(['Value of password', 'Value of token']);
    const failed = await folder.seal(['set', 'db.yaml', 'password', '--cert', 'none.pem'], { terminal, prompt });
    expect(failed.code).toBe(1);
    expect(questions).toHaveLength(2);
  });

  test.each([
    ['ends in a line end', 's3cret\n', /db\.yaml: password ends in a line end/],
    ['is base64 of text already', 'aHVudGVyMmh1bnRlcjI=', /db\.yaml: password is itself base64/],
    ['is a placeholder', 'changeme', /db\.yaml: password looks like a placeholder/],
  ])('that %s is sealed as it is, with a warning that does not show it', async (_, stdin, says) => {
    const { code, stderr } = await folder.seal(['set', 'db.yaml', 'password', ...withCert], { stdin });
    expect(code).toBe(0);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain(stdin.trim());
  });

  test('on the command line is sealed, and warned about without being shown', async () => {
    const { code, stderr } = await folder.seal(['set', 'db.yaml', 'password=s3=cret', ...withCert]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: the value of password may be in the shell's history/);
    expect(stderr).not.toContain('s3=');
  });
});

describe('a file', () => {
  const set = (name: string, options = {}) =>
    folder.seal(['set', name, 'password', ...withCert], { stdin: 'x', ...options });

  test('of a new item that is nearly one that is there gets a word of doubt', async () => {
    const { code, stderr } = await folder.seal(['set', 'db.yaml', 'pasword', ...withCert], { stdin: 'longer-s3cret' });
    expect(code).toBe(0);
    expect(stderr).toContain(
      'warning: db.yaml: pasword is a new item beside password\nhint: if it is a slip: seal unset db.yaml pasword\n',
    );
    for (const name of ['password2', 'password', 'user', 'passphrase']) {
      const outcome = await folder.seal(['set', 'db.yaml', name, ...withCert], { stdin: 'longer-s3cret' });
      expect(outcome.stderr).not.toContain('new item');
    }
  });

  test('keeps its mode, and a link to it stays a link', async () => {
    chmodSync(at('db.yaml'), 0o640);
    mkdirSync(at('deep'));
    symlinkSync('../db.yaml', at('deep/link.yaml'));
    expect((await set('deep/link.yaml')).code).toBe(0);
    expect(lstatSync(at('deep/link.yaml')).isSymbolicLink()).toBe(true);
    expect(statSync(at('db.yaml')).mode & 0o777).toBe(0o640);
    expect(textOf('db.yaml')).toMatch(/^ {4}password: AQ\S+ # why$/m);
  });

  test('keeps its mark and its Windows line ends', async () => {
    writeFileSync(at('db.yaml'), `\ufeff${sealed.replaceAll('\n', '\r\n')}`);
    expect((await set('db.yaml')).code).toBe(0);
    expect(textOf('db.yaml').startsWith('\ufeff# ours\r\n')).toBe(true);
    expect(textOf('db.yaml')).not.toMatch(/(?<!\r)\n/);
  });

  test('that somebody else changes meanwhile is left alone', async () => {
    const prompt = async () => {
      writeFileSync(at('db.yaml'), `${sealed}# theirs\n`);
      return new TextEncoder().encode('mine');
    };
    const { code, stderr } = await set('db.yaml', { terminal: { in: true, err: false }, prompt });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^seal: db\.yaml was changed by somebody else in the meantime\nhint: nothing was written/);
    expect(textOf('db.yaml')).toBe(`${sealed}# theirs\n`);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('.seal-'))).toEqual([]);
  });

  test('gets no record with --no-record, and the stale line goes', async () => {
    await set('db.yaml');
    expect(textOf('db.yaml')).toContain('sealwright.dev/sealed');
    const { code } = await folder.seal(['set', 'db.yaml', 'password', '--no-record', ...withCert], { stdin: 'y' });
    expect(code).toBe(0);
    expect(textOf('db.yaml')).not.toMatch(/password [0-9a-f]{32}/);
  });

  test('whose annotations are an alias gets its value, and a word about the record', async () => {
    const aliased = sealed.replace('namespace: shop}', 'namespace: shop, labels: &x {a: b}, annotations: *x}');
    writeFileSync(at('db.yaml'), aliased);
    const { code, stderr } = await set('db.yaml');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: db\.yaml: the seal record is left out.*\nhint: /);
    expect(textOf('db.yaml').replace(/AQ\S+/, 'AgBold')).toBe(aliased);
  });

  test('with a scope of its own is sealed under that scope', async () => {
    const wide = 'annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}';
    writeFileSync(at('db.yaml'), sealed.replace('namespace: shop', wide));
    expect((await set('db.yaml')).code).toBe(0);
    expect((parse(textOf('db.yaml')) as { metadata: { annotations: object } }).metadata.annotations).toMatchObject({
      'sealwright.dev/sealed': expect.stringMatching(/^password [0-9a-f]{32} \* 2026-12-01\n$/),
    });
    const { code, stdout } = await folder.seal(['unseal', 'db.yaml', '--private-key', 'keys/rsa2048-pkcs8.key']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('password: eA==')]);
  });
});
