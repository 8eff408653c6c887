// What `seal init` sets up, used by Git itself: commits that the hook stops.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Folder } from './harness.ts';
import { buildProgram, type Program } from './program.ts';

const plain =
  'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: hunter2hunter2}\n';

let program: Program;
let folder: Folder;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());
afterEach(() => folder.remove());

beforeEach(async () => {
  folder = new Folder();
  await git('init', '--quiet');
  mkdirSync(join(folder.path, 'environments/production'), { recursive: true });
  mkdirSync(join(folder.path, 'bin'));
  writeFileSync(join(folder.path, 'bin/seal'), `#!/bin/sh\nexec '${process.execPath}' '${program.path}' "$@"\n`);
  chmodSync(join(folder.path, 'bin/seal'), 0o755);
  const { code, stderr } = await folder.seal(['init', '--yes', '--cert', 'production=certs/rsa2048.crt'], {
    env: { PATH: `${join(folder.path, 'bin')}:${process.env.PATH}` },
  });
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('PATH')]);
});

function git(...args: string[]) {
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'commit.gpgsign=false'];
  return folder.run('git', [...who, ...args], {
    env: { PATH: `${join(folder.path, 'bin')}:${process.env.PATH}` },
  });
}

test('a plain Secret is not committed, its value is not shown, and its sealed form is committed', async () => {
  writeFileSync(join(folder.path, 'environments/production/db.yaml'), plain);
  await git('add', 'environments', '.sealwright.yaml', '.gitattributes', 'clusters');
  const stopped = await git('commit', '--quiet', '-m', 'plain');
  const said = stopped.stderr + new TextDecoder().decode(stopped.stdout);
  expect(stopped.code).not.toBe(0);
  expect(said).toMatch(/environments\/production\/db\.yaml\n +1 +error/);
  expect(said).not.toContain('hunter2');
  expect((await git('rev-parse', '--verify', 'HEAD')).code).not.toBe(0);

  expect((await folder.seal(['-i', 'environments'])).code).toBe(0);
  await git('add', 'environments');
  expect(await git('commit', '--quiet', '-m', 'sealed')).toMatchObject({ code: 0 });
  expect(await folder.seal(['check', '--strict'])).toMatchObject({ code: 0 });
});
