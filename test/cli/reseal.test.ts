// seal reseal: only stale values change, in the cluster and offline, and what was done stays done.

import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KeyRegistry } from '../../keys/registry.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { parseManifest } from '../../src/manifest/documents.ts';
import { isSealedSecret } from '../../src/manifest/kinds.ts';
import { objectsOf } from '../../src/manifest/objects.ts';
import { openItems } from '../../src/seal/unseal.ts';
import { sealValue } from '../../src/seal/value.ts';
import { type CallOptions, type Folder, today } from './harness.ts';
import { online, type SealingCluster, type SealingKey, sealingCluster } from './sealing-cluster.ts';

type Kind = 'ours' | 'reference' | 'offline';

let at: SealingCluster;
let folder: Folder;

/** Values as a person may have written them around: comments, Windows line ends, a second document, anchors. */
async function values(pairs: Record<string, [text: string, under: SealingKey]>, name: string) {
  const entries = Object.entries(pairs).map(async ([item, [text, { certificate }]]) => {
    const sealedFor = { scope: 'strict', namespace: 'shop', name } as const;
    return [item, await sealValue(Buffer.from(text), { certificate, sealedFor })] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

const read = (name: string) => readFileSync(join(folder.path, name), 'utf8');
const write = (name: string, text: string) => {
  mkdirSync(join(folder.path, name, '..'), { recursive: true });
  writeFileSync(join(folder.path, name), text);
};

/** What every SealedSecret of a file opens to under the newest key alone. */
async function opened(text: string): Promise<Record<string, string>[]> {
  const { documents } = parseManifest(text, { file: 'a' });
  const sealed = documents.flatMap(objectsOf).filter(({ value }) => isSealedSecret(value));
  const opener = new KeyRegistry([at.newest]);
  return Promise.all(
    sealed.map(async ({ value }) => {
      const { values: plain } = await openItems(value as unknown as SealedSecret, { opener });
      return Object.fromEntries([...plain].map(([item, bytes]) => [item, Buffer.from(bytes.reveal()).toString()]));
    }),
  );
}

const record = (item: string, key: SealingKey, day = '2026-03-02') => `${item} ${key.id} shop/db ${day}`;

/** A file with a stale value, one that is current, and much that must not change. */
async function mixedFile() {
  const sealed = await values({ password: ['s3cret', at.old], user: ['admin', at.newest], bare: ['x', at.old] }, 'db');
  const text = `# the database
apiVersion: v1
kind: ConfigMap   # beside it
metadata: {name: a}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db # ours
  namespace: shop
  annotations:
    note: "kept"
    sealwright.dev/sealed: |
      ${record('password', at.old)}
      ${record('user', at.newest)}
spec:
  encryptedData:
    password: '${sealed.password}' # rotated yearly
    user: ${sealed.user}

    bare: "${sealed.bare}"
  template: {metadata: {labels: {a: b}}, data: {url: "{{ .password }}"}}
`;
  return { text, sealed };
}

/** The machine's time goes on, and its day is always the same. */
const onThatDay: CallOptions = { ...online, clock: { ...systemClock, now: () => today } };
const day = today.toISOString().slice(0, 10);

describe.each<Kind>(['ours', 'reference', 'offline'])('by %s', (kind) => {
  const source =
    kind === 'offline'
      ? ['--private-key', 'old.key', '--private-key', 'newest.key', '--cert', 'newest.crt']
      : ['--kubeconfig', 'kubeconfig'];
  const reseal = (...argv: string[]) => folder.seal(['reseal', ...argv, ...source], onThatDay);

  beforeAll(async () => {
    at = await sealingCluster(kind === 'reference' ? 'reference' : 'ours');
    folder = at.folder;
  });
  afterAll(() => at.close());

  test.each([
    ['as it is', (text: string) => text],
    ['with Windows line ends', (text: string) => text.replaceAll('\n', '\r\n')],
    ['with a byte order mark and without a last line end', (text: string) => `\ufeff${text.trimEnd()}`],
  ])('stale values change and nothing else, %s', async (_, shape) => {
    const { text, sealed } = await mixedFile();
    write('env/db.yaml', shape(text));
    const { code, stdout, stderr } = await reseal('env');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`env/db.yaml: sealed password, bare again under key ${at.newest.id.slice(0, 8)}\n`);
    expect(stderr).toContain('2 values in 1 file sealed again\n');
    const after = read('env/db.yaml');
    const [, password = ''] = /password: '(.*)'/.exec(after) ?? [];
    const [, bare = ''] = /bare: "(.*)"/.exec(after) ?? [];
    const expected = text
      .replace(sealed.password ?? '', password)
      .replace(sealed.bare ?? '', bare)
      .replace(record('password', at.old), record('password', at.newest, day))
      .replace(
        `      ${record('user', at.newest)}\n`,
        `      ${record('user', at.newest)}\n      ${record('bare', at.newest, day)}\n`,
      );
    expect(after).toBe(shape(expected));
    expect(await opened(after)).toEqual([{ password: 's3cret', user: 'admin', bare: 'x' }]);
  });

  test('a second run finds nothing to do and writes nothing', async () => {
    write('env/db.yaml', (await mixedFile()).text);
    await reseal('env');
    const before = folder.snapshot();
    const { code, stderr } = await reseal('env');
    expect([code, stderr]).toEqual([0, 'nothing was to be sealed again\n']);
    expect(folder.snapshot()).toEqual(before);
  });

  test('--check changes nothing, says what is stale and ends with 3, or with 0', async () => {
    write('env/db.yaml', (await mixedFile()).text);
    const before = folder.snapshot();
    const stale = await reseal('env', '--check');
    expect(folder.snapshot()).toEqual(before);
    expect([stale.code, stale.stdout]).toEqual([3, 'env/db.yaml:6: shop/db: password, bare\n']);
    const json = await reseal('env', '--check', '--json');
    expect(JSON.parse(json.stdout)).toEqual({
      check: true,
      resealed: [{ file: 'env/db.yaml', line: 6, namespace: 'shop', name: 'db', items: ['password', 'bare'] }],
      failed: [],
    });
    await reseal('env');
    expect(await reseal('env', '--check')).toMatchObject({ code: 0, stdout: '' });
  });

  test('values that do not open stay, are told, and end in 1; the others are done', async () => {
    const { text } = await mixedFile();
    const sealed = await values({ password: ['s3cret', at.old] }, 'other');
    write('env/db.yaml', text.replace(/bare: ".*"/, `bare: "${sealed.password}"`));
    const { code, stderr } = await reseal('env');
    expect(code).toBe(1);
    expect(stderr).toMatch(/warning: env\/db\.yaml:6: shop\/db: no key could decrypt bare\nhint: /);
    expect(stderr).toMatch(/seal: 1 value does not open, and stays as it is\n/);
    expect(read('env/db.yaml')).toContain(`bare: "${sealed.password}"`);
    expect(read('env/db.yaml')).toContain(record('password', at.newest, day));
  });

  test('several SealedSecrets of a List, in JSON, and of one file', async () => {
    const object = async (name: string) => ({
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name, namespace: 'shop' },
      spec: { encryptedData: await values({ a: [`a of ${name}`, at.old], b: ['current', at.newest] }, name) },
    });
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [await object('one'), { kind: 'ConfigMap' }, await object('two')],
    };
    write('env/db.yaml', '# empty\n');
    write('list/list.json', `${JSON.stringify(list, null, 2)}\n`);
    expect((await reseal('list', '--no-record')).code).toBe(0);
    const after = JSON.parse(read('list/list.json'));
    expect(await opened(read('list/list.json'))).toEqual([
      { a: 'a of one', b: 'current' },
      { a: 'a of two', b: 'current' },
    ]);
    for (const index of [0, 2]) {
      expect(after.items[index].spec.encryptedData.a).not.toBe(
        (list.items[index] as SealedSecret).spec.encryptedData?.a,
      );
      if (kind !== 'reference')
        expect(after.items[index].spec.encryptedData.b).toBe((list.items[index] as SealedSecret).spec.encryptedData?.b);
      expect(after.items[index].metadata).toEqual((list.items[index] as SealedSecret).metadata);
    }
  });

  test('a value that another item refers to by an alias moves with it, a rendered template and a damaged file stay', async () => {
    const { a = '' } = await values({ a: ['x', at.old] }, 'db');
    const alias = `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec:\n  encryptedData:\n    a: &v ${a}\n    b: *v\n`;
    const chart = `kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\n{{ if .Values.x }}\n`;
    write('odd/alias.yaml', alias);
    write('odd/chart.yaml', chart);
    write('odd/damaged.yaml', 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n a: [\n');
    const { code, stderr } = await reseal('odd', '--no-record');
    expect(code).toBe(1);
    expect(stderr).toMatch(/warning: odd\/damaged\.yaml:\d+:\d+: not valid YAML/);
    expect(read('odd/chart.yaml')).toBe(chart);
    expect(await opened(read('odd/alias.yaml'))).toEqual([{ a: 'x', b: 'x' }]);
  });

  test('the first form is sealed again as it is, or told to stay', async () => {
    const { whole = '' } = await values({ whole: ['{"kind":"Secret"}', at.old] }, 'db');
    const text = `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec:\n  data: ${whole} # old\n`;
    write('whole/a.yaml', text);
    const { code, stderr } = await reseal('whole');
    const after = read('whole/a.yaml');
    if (kind === 'reference') {
      expect([code, after]).toEqual([1, text]);
      expect(stderr).toContain('no key could decrypt spec.data');
    } else {
      const [, fresh = ''] = /^ {2}data: (\S+)/m.exec(after) ?? [];
      expect(code).toBe(0);
      expect(fresh).not.toBe(whole);
      expect(after).toBe(text.replace(whole, fresh));
      // A whole Secret has no line in the record; whether it is current, only who opens it can tell.
      expect((await reseal('whole')).stderr).toBe('nothing was to be sealed again\n');
    }
  });

  test('a linked file is written where it stands, and a read-only one does not keep the others from it', async () => {
    const { text } = await mixedFile();
    write('links/real/db.txt', text);
    symlinkSync('real/db.txt', join(folder.path, 'links/db.yaml'));
    write('links/fixed.yaml', text);
    chmodSync(join(folder.path, 'links/fixed.yaml'), 0o444);
    write('links/z.yaml', text);
    await reseal('links');
    expect(await opened(read('links/real/db.txt'))).toHaveLength(1);
    expect(await opened(read('links/z.yaml'))).toHaveLength(1);
    expect(readdirSync(join(folder.path, 'links')).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('what is believed of a controller', () => {
  beforeEach(async () => {
    at = await sealingCluster('ours');
    folder = at.folder;
    write(
      '.sealwright.yaml',
      'version: 1\nclusters:\n  production: {certificates: [pinned.pem]}\nrules:\n  - {path: "env/**", cluster: production}\n',
    );
    write('env/db.yaml', (await mixedFile()).text);
  });
  afterEach(() => at.close());

  test('its certificate has to be pinned for the cluster of the rule', async () => {
    write('pinned.pem', at.old.certificate.pem);
    const before = read('env/db.yaml');
    const { code, stderr } = await folder.seal(['reseal', 'env', '--kubeconfig', 'kubeconfig'], online);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^seal: the controller \S+ seals for key \w+, which is not pinned for cluster production\nhint: .*seal cert --pin production --kubeconfig kubeconfig\n/,
    );
    expect(read('env/db.yaml')).toBe(before);
    write('pinned.pem', at.newest.certificate.pem + at.old.certificate.pem);
    expect((await folder.seal(['reseal', 'env', '--kubeconfig', 'kubeconfig'], online)).code).toBe(0);
  });

  test('it has to be that of --cert', async () => {
    write('pinned.pem', at.newest.certificate.pem);
    const argv = ['reseal', 'env', '--kubeconfig', 'kubeconfig', '--cert', 'old.crt'];
    expect(await folder.seal(argv, online)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/, and --cert is for key/),
    });
  });

  test('--to is offline only, and seals everything for the other cluster', async () => {
    write('pinned.pem', at.newest.certificate.pem);
    write(
      '.sealwright.yaml',
      `${read('.sealwright.yaml')}`.replace('clusters:\n', 'clusters:\n  dr: {certificates: [dr.pem]}\n'),
    );
    write('dr.pem', read('certs/second2048.crt'));
    const refused = await folder.seal(['reseal', 'env', '--to', 'dr'], online);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/^seal: --to dr needs the private keys.*\nhint: no controller reseals/),
    ]);
    const keys = ['--private-key', 'old.key', '--private-key', 'newest.key'];
    const done = await folder.seal(['reseal', 'env', '--to', 'dr', ...keys], online);
    expect(done.code).toBe(0);
    const unsealed = await folder.seal(['unseal', 'env', '--private-key', 'keys/second2048-pkcs8.key'], online);
    expect(unsealed.code).toBe(0);
  });
});

describe('a repository', () => {
  beforeEach(async () => {
    at = await sealingCluster('ours');
    folder = at.folder;
    for (const argv of [
      ['init', '-q'],
      ['config', 'user.email', 'a@b.c'],
      ['config', 'user.name', 'a'],
    ])
      await folder.run('git', argv);
  });
  afterEach(() => at.close());

  test('without paths, what Git tracks is gone over, and nothing else', async () => {
    write('env/db.yaml', (await mixedFile()).text);
    await folder.run('git', ['add', 'env']);
    const untracked = (await mixedFile()).text;
    write('scratch/db.yaml', untracked);
    const { code } = await folder.seal(['reseal', '--kubeconfig', 'kubeconfig'], online);
    expect(code).toBe(0);
    expect(await opened(read('env/db.yaml'))).toHaveLength(1);
    expect(read('scratch/db.yaml')).toBe(untracked);
  });

  test('hostile files stay as they are, are told in one line each, and keep no other file from it', async () => {
    const head = 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n';
    const { a = '' } = await values({ a: ['x', at.old] }, 'db');
    const files: Record<string, string | Uint8Array> = {
      'bytes.yaml': new Uint8Array([...Buffer.from(head), 0xff, 0xfe]),
      'nul.yaml': `${head}\0`,
      'empty.yaml': '',
      'twice.yaml': `${head}metadata: {name: db, namespace: shop}\nspec: {encryptedData: {a: ${a}, a: ${a}}}\n`,
      'map.yaml': `${head}metadata: {name: db, namespace: shop}\nspec: {encryptedData: {a: {b: c}, d: 7, e: ${a.slice(0, 40)}}}\n`,
      'nameless.yaml': `${head}spec: {encryptedData: {a: ${a}}}\n`,
      'shapeless.yaml': `${head}metadata: [1]\nspec: 7\n`,
      'merged.yaml': `base: &b {a: ${a}}\n---\n${head}metadata: {name: db, namespace: shop}\nspec: {encryptedData: {<<: {a: ${a}}}}\n`,
      'escape.yaml': `${head}metadata: {name: "db\\e[31m", namespace: shop}\nspec: {encryptedData: {"\\e[2J": ${a}}}\n`,
    };
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(folder.path, 'odd'), { recursive: true });
      writeFileSync(join(folder.path, 'odd', name), content);
    }
    write('odd/z-good.yaml', `${head}metadata: {name: db, namespace: shop}\nspec: {encryptedData: {a: ${a}}}\n`);
    const { code, stdout, stderr } = await folder.seal(['reseal', 'odd', '--kubeconfig', 'kubeconfig'], online);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(stderr).not.toContain('unexpected failure');
    expect(stderr).toContain('shop/db: a cannot be opened: the sealed value is not text; d cannot be opened: ');
    expect(stderr).toContain('e cannot be opened: the sealed value is cut off or was not made by sealing\n');
    expect(stderr).toContain('odd/z-good.yaml: sealed a again under key');
    for (const [name, content] of Object.entries(files)) {
      if (name === 'merged.yaml') continue;
      expect(readFileSync(join(folder.path, 'odd', name)).equals(Buffer.from(content as string)), name).toBe(true);
    }
    const checked = await folder.seal(['reseal', 'odd', '--check', '--kubeconfig', 'kubeconfig'], online);
    expect(checked.stdout).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  test('an interrupted run ends with 130 and leaves no temporary file', async () => {
    for (const name of ['a', 'b', 'c']) write(`env/${name}.yaml`, (await mixedFile()).text);
    const interruption = new AbortController();
    const onWrite = () => interruption.abort();
    const { code } = await folder.seal(['reseal', 'env', '--kubeconfig', 'kubeconfig'], {
      ...online,
      signal: interruption.signal,
      onWrite,
    });
    expect(code).toBe(130);
    await expect.poll(() => readdirSync(join(folder.path, 'env')).filter((name) => name.startsWith('.'))).toEqual([]);
    const again = await folder.seal(['reseal', 'env', '--kubeconfig', 'kubeconfig'], online);
    expect(again.code).toBe(0);
    for (const name of ['a', 'b', 'c']) expect(await opened(read(`env/${name}.yaml`))).toHaveLength(1);
  });
});
