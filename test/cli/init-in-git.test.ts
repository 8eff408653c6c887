// What `seal init` sets up, used by Git itself: a hook that stops commits, readable diffs, merges item by item.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Folder } from './harness.ts';
import { putOnPath } from './on-path.ts';
import { buildProgram, type Program } from './program.ts';

const plain =
  'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: hunter2hunter2}\n';
const place = 'environments/production/db.yaml';

let program: Program;
let folder: Folder;
let path: string;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());
afterEach(() => folder.remove());

beforeEach(async () => {
  folder = new Folder();
  path = putOnPath(program, folder);
  await git('init', '--quiet', '-b', 'main');
  mkdirSync(join(folder.path, 'environments/production'), { recursive: true });
  const argv = ['init', '--yes', '--cert', 'production=certs/rsa2048.crt'];
  const { code, stderr } = await folder.seal(argv, { env: { PATH: path } });
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('PATH')]);
});

async function git(...args: string[]) {
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'commit.gpgsign=false'];
  const { code, stdout, stderr } = await folder.run('git', [...who, ...args], { env: { PATH: path } });
  return { code, out: new TextDecoder().decode(stdout), err: stderr };
}

async function sealAndCommit(): Promise<void> {
  writeFileSync(join(folder.path, place), plain);
  expect((await folder.seal(['-i', 'environments'])).code).toBe(0);
  await git('add', 'environments', '.sealwright.yaml', '.gitattributes', 'clusters');
  expect(await git('commit', '--quiet', '-m', 'sealed')).toMatchObject({ code: 0 });
}

test('a plain Secret is not committed, its value is not shown, and its sealed form is committed', async () => {
  writeFileSync(join(folder.path, place), plain);
  await git('add', 'environments');
  const { code, out, err } = await git('commit', '--quiet', '-m', 'plain');
  expect(code).not.toBe(0);
  expect(out + err).toMatch(/environments\/production\/db\.yaml\n +1 +error/);
  expect(out + err).not.toContain('hunter2');
  expect((await git('rev-parse', '--verify', 'HEAD')).code).not.toBe(0);

  await sealAndCommit();
  expect(await folder.seal(['check', '--strict'])).toMatchObject({ code: 0 });
});

test('a diff says which item changed, and shows no ciphertext', async () => {
  await sealAndCommit();
  await folder.seal(['set', place, 'password'], { stdin: 'n3w' });
  const { out } = await git('diff');
  expect(out).toMatch(/^-\s+password: <sealed 2026-12-01 .*\n\+\s+password: <sealed 2026-12-01 /m);
  expect(out).not.toMatch(/: A[A-Za-z0-9+/]{40}/);
});

test('two branches that change different items of a file are merged', async () => {
  await sealAndCommit();
  for (const item of ['user', 'port']) {
    await git('checkout', '--quiet', '-b', item, 'main');
    await folder.seal(['set', place, item], { stdin: item });
    await git('commit', '--quiet', '--all', '-m', item);
  }
  expect(await git('merge', '--quiet', '--no-edit', 'user')).toMatchObject({ code: 0 });
  const { stdout, code } = await folder.seal(['unseal', place, '--private-key', 'keys/rsa2048-pkcs8.key']);
  expect(code).toBe(0);
  for (const item of ['user', 'port']) expect(stdout).toContain(`${item}: ${Buffer.from(item).toString('base64')}\n`);
});
