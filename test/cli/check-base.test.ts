// `seal check --base`: what changed, what the change broke elsewhere, and nothing that was there before.

import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/repository/finding.ts';
import type { ItemChange } from '../../src/repository/item-changes.ts';
import { Folder } from './harness.ts';

let folder: Folder;

const git = (...args: string[]) => folder.git(...args);
const write = (name: string, content: string) => folder.write(name, content);

async function commit(): Promise<void> {
  await git('add', '-A');
  await git('commit', '-qm', 'work');
}

async function check(...argv: string[]) {
  const { code, stdout, stderr } = await folder.seal(['check', '--json', '--base', 'main', ...argv]);
  expect(stderr).toBe('');
  const { findings, changes } = JSON.parse(stdout) as { findings: Finding[]; changes: ItemChange[] };
  return {
    code,
    places: findings.map(({ file, line, code }) => `${file}:${line} ${code}`),
    changes: changes.map(({ change, file, object, item }) => `${change} ${file} ${object} ${item}`),
  };
}

const plain = (name: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}}\nstringData: {a: b}\n`;
const external = (name: string) => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: ${name}, namespace: shop}
spec:
  secretStoreRef: {name: vault}
  data: [{secretKey: a, remoteRef: {key: a}}]
`;
const store = `apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault, namespace: shop}
spec: {provider: {vault: {server: 'https://vault', auth: {tokenSecretRef: {name: t, key: t}}}}}
`;
const seal = (path: string, ...items: string[]) =>
  folder.seal([
    'create',
    'login',
    '-n',
    'shop',
    '--cert',
    'certs/rsa2048.crt',
    '-w',
    path,
    ...items.flatMap((item) => ['--from-literal', item]),
  ]);

beforeEach(async () => {
  folder = new Folder();
  await git('init', '-q', '-b', 'main');
  write('.gitignore', 'keys\n');
  write('old/plain.yaml', plain('old'));
  write('db.yaml', external('db'));
  write('store.yaml', store);
  await seal('sealed.yaml', 'a=1', 'b=2');
  await commit();
  await git('switch', '-qc', 'work');
});
afterEach(() => folder.remove());

describe('a branch that changed', () => {
  it('nothing has no findings, whatever was wrong before', async () => {
    expect(await check()).toEqual({ code: 0, places: [], changes: [] });
    expect((await folder.seal(['check'])).code).toBe(3);
  });

  it('a file is answerable for all of that file', async () => {
    write('old/plain.yaml', `# changed\n${plain('old')}`);
    write('new.yaml', plain('new'));
    await commit();
    write('not-yet-committed.yaml', plain('later'));
    await git('add', 'not-yet-committed.yaml');
    expect(await check()).toMatchObject({
      code: 3,
      places: ['new.yaml:1 SW101', 'not-yet-committed.yaml:1 SW101', 'old/plain.yaml:2 SW101'],
    });
  });

  it('is answerable for what it broke elsewhere', async () => {
    rmSync(join(folder.path, 'store.yaml'));
    await commit();
    expect((await check('--strict')).places).toEqual(['db.yaml:5 SW207']);
    expect((await check('--strict', 'db.yaml')).places).toEqual(['db.yaml:5 SW207']);
  });

  it('the rules is answerable for what they say of files that it did not touch', async () => {
    write(
      '.sealwright.yaml',
      'version: 1\nclusters: {a: {certificates: [certs/second2048.crt]}}\nrules: [{path: "**", cluster: a}]\n',
    );
    await commit();
    expect((await check()).places).toEqual(['sealed.yaml:12 SW107']);
  });

  it('sealed items has them told by name, and no value', async () => {
    await folder.seal(['set', 'sealed.yaml', 'a=new', 'c=3', '--cert', 'certs/rsa2048.crt', '-n', 'shop']);
    await folder.seal(['unset', 'sealed.yaml', 'b']);
    await commit();
    expect((await check()).changes).toEqual([
      'resealed sealed.yaml shop/login a',
      'removed sealed.yaml shop/login b',
      'added sealed.yaml shop/login c',
    ]);
    const { stdout } = await folder.seal(['check', '--base', 'main']);
    expect(stdout).toMatch(/^resealed {2}sealed.yaml {2}shop\/login {2}a {5}[0-9a-f]{8} {2}2026-12-01$/m);
    expect(stdout).not.toMatch(/Ag[A-Za-z0-9+/]{20}/);
  });

  it('the name of a file alone has no changed item', async () => {
    renameSync(join(folder.path, 'sealed.yaml'), join(folder.path, 'moved.yaml'));
    await commit();
    expect((await check()).changes).toEqual([]);
  });
});

describe('a base that cannot be compared with', () => {
  const failing = async (...argv: string[]) => {
    const { code, stderr } = await folder.seal(['check', ...argv]);
    return { code, stderr };
  };

  it('is told with a way out', async () => {
    expect(await failing('--base', 'nowhere')).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^seal: Git does not know nowhere\nhint: git fetch/),
    });
    expect(await failing('--base=--output=x')).toMatchObject({ code: 1 });
  });

  it('is told how to fetch more in a shallow clone', async () => {
    const shallow = new Folder();
    try {
      rmSync(join(shallow.path, 'certs'), { recursive: true });
      rmSync(join(shallow.path, 'keys'), { recursive: true });
      await shallow.run('git', ['clone', '-q', '--depth', '1', `file://${folder.path}`, '.']);
      const told = await shallow.seal(['check', '--base', 'origin/main']);
      expect(told.code).toBe(1);
      expect(told.stderr).toContain('hint: this clone is shallow: git fetch --unshallow\n');
      expect(told.stderr).toContain('fetch-depth: 0');
    } finally {
      shallow.remove();
    }
  });

  it('is none outside of a repository', async () => {
    rmSync(join(folder.path, '.git'), { recursive: true });
    expect(await failing('--base', 'main')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no Git work tree'),
    });
  });
});
