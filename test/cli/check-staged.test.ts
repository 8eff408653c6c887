// `seal check --staged`: what a commit would hold is judged by what it would hold, and never by the work tree.

import { cpSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/repository/finding.ts';
import { Folder } from './harness.ts';

let folder: Folder;

const git = (...args: string[]) => folder.git(...args);
const write = (name: string, content: string) => folder.write(name, content);
const remove = (name: string) => rmSync(join(folder.path, name), { recursive: true });

async function staged(argv: string[] = [], env: Record<string, string> = {}): Promise<string[]> {
  const { code, stdout, stderr } = await folder.seal(['check', '--json', '--staged', ...argv], { env });
  expect([0, 3], stderr).toContain(code);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  expect(code === 3).toBe(findings.some(({ severity }) => severity === 'error'));
  return findings.map(({ file, line, code: kind }) => `${file}:${line} ${kind}`);
}

const plain = 'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {a: b}\n';
const nothing = 'kind: ConfigMap\napiVersion: v1\n';
const external = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: login, namespace: shop}
spec:
  secretStoreRef: {name: vault}
  data: [{secretKey: a, remoteRef: {key: a}}]
`;
const store = `apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault, namespace: shop}
spec: {provider: {vault: {server: 'https://vault', auth: {tokenSecretRef: {name: t, key: t}}}}}
`;
const configuration = `version: 1
clusters: {one: {certificates: [pin.pem]}}
rules: [{path: "env/**", cluster: one, namespace: shop}]
`;
async function sealed(cert: string, namespace = 'shop'): Promise<string> {
  const argv = ['create', 'db', '-n', namespace, '--from-literal', 'a=b', '--cert', `certs/${cert}.crt`];
  return (await folder.seal(argv)).stdout;
}

beforeEach(async () => {
  folder = new Folder();
  await git('init', '-q', '-b', 'main');
  write('.gitignore', 'certs\nkeys\n');
});
afterEach(() => folder.remove());

describe('what is checked', () => {
  it('is what is staged, before the first commit and after it', async () => {
    write('a.yaml', plain);
    write('b.yaml', nothing);
    await git('add', '.');
    write('a.yaml', nothing);
    write('b.yaml', plain);
    write('untracked.yaml', plain);
    expect(await staged()).toEqual(['a.yaml:1 SW101']);
    expect(await staged(['b.yaml'])).toEqual([]);
    expect(await staged(['.'])).toEqual(['a.yaml:1 SW101']);
    await git('commit', '-qm', 'x');
    expect(await staged()).toEqual([]);
    await git('add', 'b.yaml');
    expect(await staged()).toEqual(['b.yaml:1 SW101']);
  });

  it('need not be in the work tree, and may have any name', async () => {
    for (const name of ['gone.yaml', 'sub/new\nline.yaml', '-n.yaml', 'ä.yaml'])
      write(name, plain.replace('db', name.length.toString()));
    await git('add', '.');
    remove('gone.yaml');
    remove('sub');
    expect((await staged()).sort()).toEqual(
      ['gone.yaml', 'sub/new\nline.yaml', '-n.yaml', 'ä.yaml'].map((name) => `${name}:1 SW101`).sort(),
    );
  });

  it('may lie in a folder that is a file by now', async () => {
    write('deep/a.yaml', plain);
    await git('add', '.');
    remove('deep');
    write('deep', 'no folder');
    expect(await staged()).toEqual(['deep/a.yaml:1 SW101']);
  });

  it('may be one folder of it', async () => {
    write('deep/a.yaml', plain);
    write('deeper/b.yaml', plain.replace('db', 'other'));
    await git('add', '.');
    expect(await staged(['deep'])).toEqual(['deep/a.yaml:1 SW101']);
  });

  it('is nothing where a commit has no manifest', async () => {
    write('README.md', '# shop\n');
    await git('add', '.');
    const { code, stderr } = await folder.seal(['check', '--staged']);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('is in the index that a commit of some files makes for its hook', async () => {
    write('a.yaml', plain);
    await git('add', 'a.yaml');
    await git('commit', '-qm', 'x');
    write('b.yaml', plain.replace('db', 'other'));
    await folder.run('git', ['read-tree', 'HEAD'], { env: { GIT_INDEX_FILE: '.git/next' } });
    await folder.run('git', ['add', 'b.yaml'], { env: { GIT_INDEX_FILE: '.git/next' } });
    expect(await staged([], { GIT_INDEX_FILE: '.git/next' })).toEqual(['b.yaml:1 SW101']);
    expect(await staged()).toEqual([]);
  });

  it('is told apart from what other options check', async () => {
    for (const other of [
      ['--base', 'main'],
      ['--render', 'cat {dir}'],
      ['--rendered', '-'],
    ]) {
      const { code, stderr } = await folder.seal(['check', '--staged', ...other]);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^seal: --\w+ and --\w+ exclude each other\n/)]);
    }
  });
});

describe('what it is judged by', () => {
  beforeEach(async () => {
    write('.sealwright.yaml', configuration);
    cpSync(join(folder.path, 'certs/rsa2048.crt'), join(folder.path, 'pin.pem'));
    write('env/db.yaml', await sealed('rsa2048'));
  });

  it('is the configuration and the certificates that are staged', async () => {
    await git('add', '.');
    expect(await staged()).toEqual([]);
    remove('.sealwright.yaml');
    cpSync(join(folder.path, 'certs/second2048.crt'), join(folder.path, 'pin.pem'));
    expect(await staged()).toEqual([]);
    write('env/.sealwright.yaml', 'version: [');
    expect(await staged()).toEqual([]);
    await git('add', 'pin.pem');
    expect(await staged()).toEqual([expect.stringMatching(/^env\/db\.yaml:\d+ SW10/)]);
    await git('add', 'env/.sealwright.yaml');
    expect((await folder.seal(['check', '--staged'])).code).toBe(1);
  });

  it('is no certificate that is not part of the commit', async () => {
    await git('add', '.sealwright.yaml', 'env');
    const { code, stdout } = await folder.seal(['check', '--staged']);
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /no such file: pin\.pem, the certificate of cluster one .*\n.*hint: it is not staged: git add pin\.pem\n/,
    );
  });

  it.each([
    ['a link to a file that is staged', 'pins/real.pem'],
    ['a link to a place outside', '../elsewhere.pem'],
  ])('may be %s', async (_, target) => {
    const elsewhere = new Folder();
    write('pins/real.pem', 'nothing');
    cpSync(join(folder.path, 'certs/rsa2048.crt'), join(folder.path, 'pins/real.pem'));
    cpSync(join(folder.path, 'certs/rsa2048.crt'), join(elsewhere.path, 'elsewhere.pem'));
    remove('pin.pem');
    symlinkSync(target.startsWith('..') ? join(elsewhere.path, 'elsewhere.pem') : target, join(folder.path, 'pin.pem'));
    await git('add', '.');
    expect(await staged()).toEqual([]);
    elsewhere.remove();
  });

  describe('is a configuration that is a link', () => {
    beforeEach(() => {
      remove('.sealwright.yaml');
      write('shared/rules.yaml', configuration.replace('namespace: shop', 'namespace: other'));
      symlinkSync('shared/rules.yaml', join(folder.path, '.sealwright.yaml'));
    });
    const wrong = ['env/db.yaml:5 SW115'];

    it('to what is staged, whatever the work tree has', async () => {
      await git('add', '.');
      expect(await staged()).toEqual(wrong);
      write('shared/rules.yaml', configuration);
      expect(await staged()).toEqual(wrong);
      remove('shared');
      remove('.sealwright.yaml');
      expect(await staged()).toEqual(wrong);
      symlinkSync('elsewhere.yaml', join(folder.path, '.sealwright.yaml'));
      expect(await staged()).toEqual(wrong);
    });

    it('through other links', async () => {
      remove('.sealwright.yaml');
      symlinkSync('env/../shared/next.yaml', join(folder.path, '.sealwright.yaml'));
      symlinkSync('rules.yaml', join(folder.path, 'shared/next.yaml'));
      await git('add', '.');
      expect(await staged()).toEqual(wrong);
    });

    it('to a place outside', async () => {
      const elsewhere = new Folder();
      elsewhere.write('rules.yaml', configuration.replace('namespace: shop', 'namespace: other'));
      remove('.sealwright.yaml');
      symlinkSync(join(elsewhere.path, 'rules.yaml'), join(folder.path, '.sealwright.yaml'));
      await git('add', '.');
      expect(await staged()).toEqual(wrong);
      elsewhere.remove();
    });

    it.each([
      ['what is not staged', 'shared/rules.yaml', /hint: it is not staged: git add shared\/rules\.yaml\n/],
      ['nothing', 'shared/gone.yaml', /hint: it is a link, and leads to shared\/gone\.yaml\n$/],
      ['itself', '.sealwright.yaml', /too many symbolic links/],
    ])('and one to %s is refused by name', async (_, target, told) => {
      remove('.sealwright.yaml');
      symlinkSync(target, join(folder.path, '.sealwright.yaml'));
      await git('add', '.sealwright.yaml', 'pin.pem', 'env');
      const { code, stderr } = await folder.seal(['check', '--staged']);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^seal: .*\.sealwright\.yaml/)]);
      expect(stderr).toMatch(told);
    });
  });

  it('are the Kustomizations that are staged', async () => {
    write('env/db.yaml', (await sealed('rsa2048', 'other')).replace('namespace: other', 'namespace: shop'));
    write('env/kustomization.yaml', 'resources: [db.yaml]\n');
    await git('add', '.');
    expect(await staged()).toEqual([expect.stringMatching(/^env\/db\.yaml:\d+ SW10/)]);
    write('env/kustomization.yaml', 'resources: [db.yaml]\nnamespace: other\n');
    expect(await staged()).toEqual([expect.stringMatching(/^env\/db\.yaml:\d+ SW10/)]);
    await git('add', '.');
    remove('env/kustomization.yaml');
    expect(await staged()).toEqual([]);
  });

  it('is what the rest of the index defines, and not what the work tree does', async () => {
    write('shop/login.yaml', external);
    await git('add', 'shop/login.yaml', '.sealwright.yaml', 'pin.pem');
    write('stores/vault.yaml', store);
    expect(await staged()).toEqual([expect.stringMatching(/^shop\/login\.yaml:5 SW/)]);
    await git('add', 'stores');
    await git('commit', '-qm', 'x');
    remove('stores');
    write('shop/login.yaml', `# why\n${external}`);
    await git('add', 'shop/login.yaml');
    expect(await staged()).toEqual([]);
    await git('add', '-A', 'stores');
    expect(await staged()).toEqual([expect.stringMatching(/^shop\/login\.yaml:6 SW/)]);
  });
});

it('many files are read in order, a batch at a time', async () => {
  for (let at = 0; at < 1203; at++) write(`m/${at}.yaml`, at % 400 === 0 ? plain.replace('db', `db-${at}`) : nothing);
  await git('add', '.');
  remove('m');
  let calls = 0;
  const run: Folder['run'] = (program, args, options) => {
    calls += 1;
    return folder.run(program, args, options);
  };
  const { stdout } = await folder.seal(['check', '--json', '--staged'], { run });
  expect(JSON.parse(stdout)).toMatchObject({ summary: { errors: 4, files: 1203 } });
  expect(calls).toBeLessThan(20);
});

it('in a partial clone nothing is fetched that the commit does not hold', async () => {
  for (const name of ['env/a.yaml', 'far/b.yaml', 'far/c.yaml']) write(`origin/${name}`, `${nothing}# ${name}\n`);
  write('origin/.sealwright.yaml', 'version: 1\n');
  await git('init', '-q', 'origin', '-b', 'main');
  for (const args of [
    ['config', 'uploadpack.allowFilter', 'true'],
    ['add', '.'],
    ['commit', '-qm', 'x'],
  ])
    await git('-C', 'origin', ...args);
  await git('remote', 'add', 'origin', `file://${folder.path}/origin`);
  await git('config', 'remote.origin.promisor', 'true');
  await git('fetch', '-q', '--filter=blob:none', 'origin');
  await git('sparse-checkout', 'set', 'env');
  await git('checkout', '-q', '-b', 'other', 'origin/main');
  remove('origin');
  write('env/a.yaml', plain);
  await git('add', 'env');
  for (const command of ['check', 'scan']) {
    const { code, stdout, stderr } = await folder.seal([command, '--staged']);
    expect([code, stderr], command).toEqual([3, expect.not.stringContaining('git')]);
    expect(stdout).toContain('env/a.yaml');
  }
});
