// `seal scan` over the index, named files and folders, and what it leaves alone.

import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { maxScannedBytes } from '../../src/scan/scan.ts';
import { mayReadAll, titled } from '../support/missing.ts';
import { Folder } from './harness.ts';

let folder: Folder;
const leak = 'url: postgres://shop:hunter22@db.shop.svc/shop\n';

async function git(...args: string[]): Promise<void> {
  const names = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
  const { code, stderr } = await folder.run('git', args, { env: names });
  if (code !== 0) throw new Error(stderr);
}

function write(name: string, content: string | Uint8Array = leak): void {
  mkdirSync(join(folder.path, name, '..'), { recursive: true });
  writeFileSync(join(folder.path, name), content);
}

/** `file:line code` of what a scan finds. */
async function scanned(...args: string[]): Promise<string[]> {
  const { stdout, code, stderr } = await folder.seal(['scan', '--json', ...args]);
  expect([0, 3], stderr).toContain(code);
  const { findings } = JSON.parse(stdout) as { findings: { file: string; line: number; code: string }[] };
  expect(code).toBe(findings.length > 0 ? 3 : 0);
  return findings.map(({ file, line, code: kind }) => `${file}:${line} ${kind}`);
}

beforeEach(async () => {
  folder = new Folder();
  for (const name of ['certs', 'keys']) rmSync(join(folder.path, name), { recursive: true });
  await git('init', '-q');
});

afterEach(() => folder.remove());

it('what is staged is scanned, and not what is in the work tree', async () => {
  write('a.yaml', `# one\n${leak}`);
  write('b.yaml', 'clean: true\n');
  await git('add', '.');
  write('a.yaml', 'clean: true\n');
  write('b.yaml');
  write('untracked.yaml');
  expect(await scanned('--staged')).toEqual(['a.yaml:2 SW384']);
  expect(await scanned('--staged', 'b.yaml')).toEqual([]);
  expect(await scanned()).toEqual(['b.yaml:1 SW384']);
  await git('commit', '-qm', 'x');
  expect(await scanned('--staged')).toEqual([]);
});

it('nothing but what is staged is needed: files may be gone, and names may be odd', async () => {
  for (const name of ['gone.yaml', 'sub/new\nline.yaml', '-n.yaml', 'ä.yaml']) write(name);
  await git('add', '.');
  rmSync(join(folder.path, 'gone.yaml'));
  rmSync(join(folder.path, 'sub'), { recursive: true });
  expect((await scanned('--staged')).sort()).toEqual(
    ['gone.yaml', 'sub/new\nline.yaml', '-n.yaml', 'ä.yaml'].map((name) => `${name}:1 SW384`).sort(),
  );
});

it('a folder that is named is scanned with its new files, without those that Git ignores', async () => {
  for (const name of ['app/tracked', 'app/new', 'app/ignored', 'other', 'app/node_modules/x']) write(name);
  write('.gitignore', 'ignored\nnode_modules\nbuilt\n');
  await git('add', 'app/tracked', 'other');
  expect(await scanned('app')).toEqual(['app/new:1 SW384', 'app/tracked:1 SW384']);
  expect(await scanned()).toEqual(['app/tracked:1 SW384', 'other:1 SW384']);
  expect(await scanned('app/ignored')).toEqual(['app/ignored:1 SW384']);
  write('built/x');
  expect(await scanned('built')).toEqual(['built/x:1 SW384']);
});

it('places that are meant to be plain are left out, in the index as well', async () => {
  write('.sealwright.yaml', 'version: 1\nclusters: {}\nrules: []\nplain: [test/**]\n');
  for (const name of ['test/a', 'app/a']) write(name);
  await git('add', '.');
  expect(await scanned('--staged')).toEqual(['app/a:1 SW384']);
  expect(await scanned()).toEqual(['app/a:1 SW384']);
  expect(await scanned('test/a')).toEqual([]);
});

it('what is staged is judged by the configuration that is staged, wherever that lies', async () => {
  const plain = (glob: string) => `version: 1\nplain: [${glob}]\n`;
  write('.sealwright.yaml', plain('test/**'));
  for (const name of ['test/a', 'app/a']) write(name);
  await git('add', '.');
  // Not part of the commit: neither what it lets be, nor that it cannot be read.
  write('.sealwright.yaml', plain('"**"'));
  write('app/.sealwright.yaml', 'version: 1\nplain: ["**"]\n');
  expect(await scanned('--staged')).toEqual(['app/a:1 SW384']);
  write('.sealwright.yaml', 'version: [');
  expect(await scanned('--staged')).toEqual(['app/a:1 SW384']);
  rmSync(join(folder.path, '.sealwright.yaml'));
  expect(await scanned('--staged')).toEqual(['app/a:1 SW384']);
  symlinkSync('nowhere', join(folder.path, '.sealwright.yaml'));
  expect(await scanned('--staged')).toEqual(['app/a:1 SW384']);
  rmSync(join(folder.path, '.sealwright.yaml'));
  await git('add', 'app/.sealwright.yaml');
  expect(await scanned('--staged')).toEqual([]);
  await git('rm', '-qf', '--cached', '.sealwright.yaml', 'app/.sealwright.yaml');
  write('.sealwright.yaml', plain('"**"'));
  expect((await scanned('--staged')).sort()).toEqual(['app/a:1 SW384', 'test/a:1 SW384']);
  expect(await scanned('test/a')).toEqual([]);
});

it('files that are too large are named, and links to nothing and binary files do no harm', async () => {
  write('large', Buffer.alloc(maxScannedBytes + 1, `${leak}`));
  write('binary', Buffer.concat([Buffer.from(leak), Buffer.alloc(1)]));
  symlinkSync('nowhere', join(folder.path, 'link'));
  await git('add', '.');
  for (const args of [['--staged'], [], ['.']]) {
    const { code, stdout, stderr } = await folder.seal(['scan', ...args]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'nothing found in 1 file\n',
      stderr: 'warning: large is larger than 16 MiB and was not scanned\n',
    });
  }
});

it('the command that mends a file takes its name for no option', async () => {
  write('-a b.yaml', 'apiVersion: v1\nkind: Secret\nstringData: {password: hunter22}\n');
  const { stdout } = await folder.seal(['scan', '--', '-a b.yaml']);
  expect(stdout).toContain("hint: seal -i './-a b.yaml'\n");
});

it('a file that is nothing but secrets is told line by line', async () => {
  write('all.yaml', `secret: ${'aB3dE5fG7hJ9'}\n`.repeat(200_000));
  const { code, stdout } = await folder.seal(['scan', 'all.yaml']);
  expect({ code, end: stdout.slice(stdout.lastIndexOf('\n', stdout.length - 2) + 1) }).toEqual({
    code: 0,
    end: '200000 warnings in 1 file\n',
  });
});

it('a file whose name is no Unicode is named, and the others are scanned', async () => {
  write('a.yaml');
  writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/odd`), Buffer.of(0xff)]), leak);
  await git('add', '.');
  const { code, stderr } = await folder.seal(['scan']);
  expect({ code, stderr }).toEqual({ code: 3, stderr: 'warning: odd\ufffd cannot be found and was not scanned\n' });
  expect((await scanned('--staged')).sort()).toEqual(['a.yaml:1 SW384', 'odd\ufffd:1 SW384']);
});

it.skipIf(mayReadAll)(titled('a file that may not be read is no clean file', mayReadAll), async () => {
  write('locked');
  await git('add', '.');
  chmodSync(join(folder.path, 'locked'), 0);
  const { code, stderr } = await folder.seal(['scan']);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'seal: cannot read locked: permission denied\nhint: who may: ls -ld . locked\n',
  });
});

it('paths are told from where the call is made, and to services from the top', async () => {
  write('app/a');
  await git('add', '.');
  const inside = { env: { GIT_DIR: '.git' } };
  const { stdout } = await folder.seal(['scan', '--format', 'gitlab'], inside);
  expect(JSON.parse(stdout)[0].location.path).toBe('app/a');
});

it('a value is in no form of the result', async () => {
  write(
    'a.yaml',
    `token: ${'hunter22'}\nurl: postgres://shop:Tr0ub4dor3x9@db.shop.svc/shop\nkind: Secret\nstringData: {a: Tr0ub4dor3x9}\n`,
  );
  await git('add', '.');
  for (const format of ['text', 'json', 'github', 'gitlab', 'sarif', 'junit']) {
    const { code, stdout, stderr } = await folder.seal(['scan', '--format', format, '--debug']);
    expect(code).toBe(3);
    expect(stdout + stderr).not.toMatch(/Tr0|b4dor|3x9/);
  }
});
