// `seal promote` on real trees: what is made of which file, what is refused, and that no sealed value ever travels.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sealedFileOf, sealedName } from '../support/sealed-files.ts';
import { type CallOptions, Folder } from './harness.ts';

const configuration = `version: 1
clusters:
  production: {certificates: [certs/rsa2048.crt]}
  staging: {certificates: [certs/second2048.crt]}
rules:
  - {path: environments/production/**, cluster: production, namespace: shop, policy: {forbidScopes: [cluster-wide]}}
  - {path: environments/staging/**, cluster: staging}
`;
const ciphertext = `AgB${'x'.repeat(80)}`;
const sealed = (items: string, { name = 'db', annotations = '' } = {}) => `# ours
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: ${name}
  namespace: shop-staging
${annotations}spec:
  encryptedData: ${items}
`;
const staging = 'environments/staging/db.yaml';
const production = 'environments/production/db.yaml';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
  write('.sealwright.yaml', configuration);
});
afterEach(() => folder.remove());

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder.path, name)), { recursive: true });
  writeFileSync(join(folder.path, name), text);
}

const textOf = (name: string) => readFileSync(join(folder.path, name), 'utf8');
const promote = (argv: readonly string[] = [], options: CallOptions = {}) =>
  folder.seal(['promote', 'db', '--from', 'staging', '--to', 'production', ...argv], { stdin: 's3cret', ...options });

async function opened(name: string): Promise<Record<string, string>> {
  const key = 'keys/rsa2048-pkcs8.key';
  const { stdout, stderr } = await folder.seal(['unseal', name, '--private-key', key, '-o', 'json']);
  expect(stderr).toBe('');
  const { data } = JSON.parse(stdout) as { data: Record<string, string> };
  return Object.fromEntries(Object.entries(data).map(([item, text]) => [item, Buffer.from(text, 'base64').toString()]));
}

describe('a Secret that the target does not have', () => {
  test('is made with its comments, line ends and namespace, and opens there', async () => {
    write(staging, `\ufeff${sealed(`{a: ${ciphertext}} # why`)}`.replaceAll('\n', '\r\n'));
    const { code, stdout } = await promote();
    expect([code, stdout]).toEqual([0, '']);
    expect(textOf(production)).toMatch(/^# ours\r\n.*namespace: shop\r\n.*\{a: AQ\S+\} # why\r\n$/s);
    expect(textOf(production)).not.toMatch(/(?<!\r)\n/);
    expect(await opened(production)).toEqual({ a: 's3cret' });
    expect(textOf(staging)).toContain(ciphertext);
  });

  test('joins the other documents of the file that is there', async () => {
    const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}';
    write(staging, `a: 1\n---\n${sealed(`{a: ${ciphertext}}`)}`);
    write(production, other);
    expect((await promote()).code).toBe(0);
    expect(textOf(production).startsWith(`${other}\n---\n# ours\napiVersion: bitnami.com`)).toBe(true);
    expect(textOf(production)).not.toContain('a: 1');
  });

  test('is taken out of a List, and out of JSON', async () => {
    const item = {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: 'db', namespace: 'shop-staging' },
      spec: { encryptedData: { a: ciphertext } },
    };
    write('environments/staging/all.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] }));
    expect((await promote()).code).toBe(0);
    const made = JSON.parse(textOf('environments/production/all.json'));
    expect([made.kind, made.metadata.namespace]).toEqual(['SealedSecret', 'shop']);
    expect(await opened('environments/production/all.json')).toEqual({ a: 's3cret' });
  });

  test('goes where -w says, and has to where the folder does not tell', async () => {
    write(staging, sealed(`{a: ${ciphertext}}`));
    expect((await promote(['-w', 'environments/production/other.yaml'])).code).toBe(0);
    expect(existsSync(join(folder.path, production))).toBe(false);
    write('.sealwright.yaml', configuration.replaceAll('environments/', 'infra-').replaceAll('/**', '*'));
    write('infra-staging.yaml', sealed(`{a: ${ciphertext}}`, { name: 'infra' }));
    const infra = ['promote', 'infra', '--from', 'staging', '--to', 'production'];
    const { code, stderr } = await folder.seal(infra, { stdin: 'x' });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/is in no folder of staging.*\nhint: name the file with -w FILE\n$/),
    ]);
    expect((await folder.seal([...infra, '-w', 'infra-production.yaml'], { stdin: 'x' })).code).toBe(0);
    expect(textOf('infra-production.yaml')).toContain('namespace: shop\n');
  });

  test('is not made where a copy of a sealed value would go with its text', async () => {
    const copy = `  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"a":"${ciphertext}"}'}\n`;
    write(staging, sealed(`{a: ${ciphertext}}`, { annotations: copy }));
    const { code, stderr } = await promote();
    expect([code, stderr]).toEqual([1, expect.stringContaining("source's sealed a would be copied")]);
    expect(stderr).not.toContain('xxxx');
    write(staging, `# was ${ciphertext}\n${sealed(`{a: ${ciphertext}}`)}`);
    expect((await promote()).code).toBe(1);
    expect(existsSync(join(folder.path, production))).toBe(false);
  });

  test('is not made twice when Git does not know the first', async () => {
    write(staging, sealed(`{a: ${ciphertext}}`));
    const git = (...argv: string[]) => expect(run('git', argv)).toBe(0);
    git('init', '--quiet');
    git('add', '--all');
    expect((await promote()).code).toBe(0);
    const made = textOf(production);
    const { code, stderr } = await promote();
    expect([code, stderr]).toEqual([1, expect.stringContaining(`hint: git add ${production}, and run it again`)]);
    expect(textOf(production)).toBe(made);
    git('add', '--all');
    expect((await promote()).stderr).toContain('production lacks nothing of Secret db that staging has');
  });

  test('of many shapes is made so that it opens, and no sealed value is in it', async () => {
    for (let seed = 0; seed < 30; seed++) {
      const { text, isJson, hasNamespace, items, merged, shared } = sealedFileOf(seed);
      if (!hasNamespace || items.length === 0 || merged.length > 0 || shared.length > 0) continue;
      const extension = isJson ? 'json' : 'yaml';
      write(`environments/staging/s${seed}.${extension}`, text);
      const place = `environments/production/s${seed}.${extension}`;
      const literals = items.map((item) => `${item}=v ${item}`);
      const argv = [
        'promote',
        sealedName,
        '--from',
        'staging',
        '--to',
        'production',
        '-w',
        place,
        '-n',
        'shop',
        ...literals,
      ];
      const { code, stderr } = await folder.seal(argv);
      expect(code, `${text}\n${stderr}`).toBe(0);
      expect(await opened(place)).toMatchObject(Object.fromEntries(items.map((item) => [item, `v ${item}`])));
      for (const [old] of text.matchAll(/AgB[\w+/]{20}/g)) expect(textOf(place)).not.toContain(old);
      folder.remove();
      folder = new Folder();
      write('.sealwright.yaml', configuration);
    }
  });
});

describe('a Secret that the target has', () => {
  const there = sealed(`{a: AgBkept} # theirs`).replace('shop-staging', 'shop');

  test('gets what it lacks, through a link as well, and keeps every other byte', async () => {
    write(staging, sealed(`{a: ${ciphertext}, b: ${ciphertext}}`));
    write('environments/production/deep/real.yaml', there);
    symlinkSync('deep/real.yaml', join(folder.path, production));
    expect((await promote(['--no-record'])).code).toBe(0);
    expect(lstatSync(join(folder.path, production)).isSymbolicLink()).toBe(true);
    expect(textOf(production).replace(/, b: AQ[\w+/=]+/, '')).toBe(there);
  });

  test('is what the first one is, when both are the same Secret of the same cluster', async () => {
    write('.sealwright.yaml', configuration.replace('cluster: staging}', 'cluster: production, namespace: shop}'));
    write(staging, sealed(`{a: ${ciphertext}, b: ${ciphertext}}`).replace('shop-staging', 'shop'));
    write(production, there);
    const { code, stderr } = await promote();
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('are for the same Secret of the same cluster: shop/db'),
    ]);
    expect(textOf(production)).toBe(there);
  });

  test('needs no other file', async () => {
    write(staging, sealed(`{a: ${ciphertext}, b: ${ciphertext}}`));
    write(production, there);
    const { code, stderr } = await promote(['-w', 'other.yaml']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`production has Secret db already, in ${production}`)]);
  });

  test('is left alone by --check, which says what would be asked for', async () => {
    write(staging, sealed(`{a: ${ciphertext}, b: ${ciphertext}}`));
    write(production, there);
    const before = folder.snapshot();
    const { code, stdout } = await promote(['--check']);
    expect([code, stdout]).toEqual([3, expect.stringMatching(/^ {2}b +✓ +✗ missing, asked for$/m)]);
    expect((await promote(['--check', 'a'])).code).toBe(3);
    expect(folder.snapshot()).toEqual(before);
    write(staging, sealed(`{a: ${ciphertext}}`));
    expect((await promote(['--check'])).code).toBe(0);
  });

  test('is compared without a certificate', async () => {
    write('.sealwright.yaml', configuration.replaceAll('certs/', 'none/'));
    write(staging, sealed(`{a: ${ciphertext}, b: ${ciphertext}}`));
    write(production, there);
    expect((await promote(['--check'])).code).toBe(3);
    const { code, stdout, stderr } = await folder.seal(['matrix']);
    expect([code, stderr]).toEqual([3, '']);
    expect(stdout).toContain('[SW401]');
  });

  test('in a base of both is not changed for one of them', async () => {
    write('overlays/base/db.yaml', sealed(`{a: ${ciphertext}}`));
    write('overlays/base/kustomization.yaml', 'resources: [db.yaml]\n');
    for (const name of ['staging', 'production'])
      write(`overlays/${name}/kustomization.yaml`, 'resources: [../base]\n');
    const patch = sealed(`{extra: ${ciphertext}}`);
    write('overlays/staging/kustomization.yaml', 'resources: [../base]\npatches: [{path: db-patch.yaml}]\n');
    write('overlays/staging/db-patch.yaml', patch);
    const cert = ['--cert', 'certs/rsa2048.crt', '-n', 'shop'];
    const { code, stderr } = await promote(cert);
    expect(code, stderr).toBe(0);
    expect(textOf('overlays/production/db-patch.yaml')).toMatch(/encryptedData: \{extra: AQ/);
    expect(textOf('overlays/base/db.yaml')).toBe(sealed(`{a: ${ciphertext}}`));
  });

  test('and may not be written is refused before anybody is asked', async () => {
    write(staging, sealed(`{a: ${ciphertext}, b: ${ciphertext}}`));
    write(production, there);
    chmodSync(join(folder.path, production), 0o444);
    const prompt = () => Promise.reject(new Error('asked'));
    const { code, stderr } = await promote([], { terminal: { in: true, err: true }, prompt });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/environments\/production\/db\.yaml/)]);
  });

  test('is one of several of its name, and told by its namespace', async () => {
    const two = (items: string) =>
      ['one', 'two'].map((name) => sealed(items).replace('shop-staging', name)).join('---\n');
    write(staging, two(`{a: ${ciphertext}, b: ${ciphertext}}`));
    write(production, two('{a: AgBkept}'));
    const { code, stderr } = await promote();
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/staging has 2 SealedSecrets named db\nhint: .*\n.*:2: one\/db\n/),
    ]);
    const { stdout } = await folder.seal(['matrix']);
    expect(stdout).toContain('hint: seal promote two/db --from staging --to production');
    const done = await folder.seal(['promote', 'two/db', '--from', 'staging', '--to', 'production'], { stdin: 'x' });
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('sealed b for two/db')]);
    expect(textOf(production).split('---\n')[0]).toBe(two('{a: AgBkept}').split('---\n')[0]);
  });

  test('under a scope that the rule forbids is refused', async () => {
    const wide = '  annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}\n';
    write(staging, sealed(`{a: ${ciphertext}}`, { annotations: wide }));
    const { code, stderr } = await promote();
    expect([code, stderr]).toEqual([1, expect.stringContaining('forbids the scope cluster-wide')]);
  });

  test('and changes while the values are typed is left as it is', async () => {
    write(staging, sealed(`{a: ${ciphertext}, b: ${ciphertext}}`));
    write(production, there);
    const prompt = async () => {
      write(production, `${there}# theirs\n`);
      return new TextEncoder().encode('mine');
    };
    const { code, stderr } = await promote([], { terminal: { in: true, err: true }, prompt });
    expect([code, stderr]).toEqual([1, expect.stringContaining('was changed by somebody else')]);
    expect(textOf(production)).toBe(`${there}# theirs\n`);
  });
});

function run(program: string, argv: readonly string[]): number | null {
  const identity = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const env = { PATH: process.env.PATH ?? '', HOME: folder.path, ...identity };
  return spawnSync(program, argv, { cwd: folder.path, env }).status;
}
