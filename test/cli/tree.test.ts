// Which files of a tree are looked at, in a repository of Git and in none.

import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Files } from '../../cli/files.ts';
import type { GitSurroundings } from '../../cli/git.ts';
import { filesOfTree, readTree } from '../../cli/tree.ts';
import { mayReadAll, titled } from '../support/missing.ts';
import { Folder } from './harness.ts';

let folder: Folder;

const contextIn = (cwd: string): GitSurroundings => ({
  cwd,
  env: { HOME: folder.path },
  files: new Files({ cwd, random: () => 'x' }),
  run: (program, args, given) => folder.run(program, args, given),
});

function write(name: string, content: string | Uint8Array = 'a: 1\n'): void {
  mkdirSync(dirname(join(folder.path, name)), { recursive: true });
  writeFileSync(join(folder.path, name), content);
}

const names = async (paths: string[], below = '') =>
  (await filesOfTree(paths, contextIn(join(folder.path, below)))).map(({ name }) => name);

const git = (...args: string[]) => folder.run('git', args);

beforeEach(() => {
  folder = new Folder();
  for (const part of ['certs', 'keys']) rmSync(join(folder.path, part), { recursive: true });
});
afterEach(() => folder.remove());

describe('the files of a tree', () => {
  it('are all that can be read, whatever links lead nowhere, through a file, or in a circle', async () => {
    write('apps/a.yaml');
    symlinkSync('a.yaml', join(folder.path, 'apps/link.yaml'));
    for (const [name, to] of [
      ['circle', 'circle'],
      ['circle.yaml', 'other.yaml'],
      ['other.yaml', 'circle.yaml'],
      ['nowhere.yaml', 'missing.yaml'],
      ['through.yaml', 'a.yaml/b.yaml'],
    ] as const)
      symlinkSync(to, join(folder.path, 'apps', name));
    expect(await names(['apps'])).toEqual(['apps/a.yaml']);
    expect(await names([])).toEqual(['apps/a.yaml', 'apps/link.yaml']);
  });

  it('are those that Git tracks, seen from the working folder, where no path is named', async () => {
    await git('init', '-q');
    for (const name of ['a.yaml', 'apps/b.yml', 'apps/c.json', 'apps/d.txt', 'new.yaml', 'ü —.yaml']) write(name);
    await git('add', 'a.yaml', 'apps', 'ü —.yaml');
    expect(await names([])).toEqual(['a.yaml', 'apps/b.yml', 'apps/c.json', 'ü —.yaml']);
    expect(await names([], 'apps')).toEqual(['../a.yaml', 'b.yml', 'c.json', '../ü —.yaml']);
  });

  it('are all below the configuration where there is no Git', async () => {
    for (const name of ['.sealwright.yaml', 'a.yaml', 'apps/b.yml']) write(name);
    expect(await names([], 'apps')).toEqual(['../.sealwright.yaml', '../a.yaml', 'b.yml']);
  });

  it('are each there once, whatever paths and links lead to them, and only manifests', async () => {
    for (const name of ['a.yaml', 'apps/b.yml', 'apps/readme.md']) write(name);
    symlinkSync('a.yaml', join(folder.path, 'z.yaml'));
    expect(await names(['apps', 'apps/b.yml', 'a.yaml', '.', 'apps/readme.md'])).toEqual(['apps/b.yml', 'a.yaml']);
  });

  it('do not lie behind a link to a folder, be it out of the repository or in a circle', async () => {
    write('apps/a.yaml');
    symlinkSync('/', join(folder.path, 'apps/root'));
    symlinkSync('..', join(folder.path, 'apps/up'));
    expect(await names(['.'])).toEqual(['apps/a.yaml']);
  });

  it('must be there when they are named', async () => {
    await expect(names(['gone.yaml'])).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('reading them', () => {
  const read = async () => {
    const found: unknown[] = [];
    for await (const one of readTree(await filesOfTree(['.'], contextIn(folder.path)))) {
      found.push('error' in one ? [one.file, one.error.code] : [one.file, one.manifest.documents.length]);
    }
    return found;
  };

  it('gives manifests, and what is wrong with the files that are none', async () => {
    write('a.yaml', 'a: 1\n---\nb: 2\n');
    write('b.yaml', Buffer.from([0x61, 0xff]));
    write('empty.yaml', '');
    write('latin.json', Buffer.from('{"name": "J\u00fcrgen"}', 'latin1'));
    write('utf16.json', Buffer.from('{"apiVersion": "v1"}', 'utf16le'));
    symlinkSync('gone.yaml', join(folder.path, 'dangling.yaml'));
    expect(await read()).toEqual([
      ['a.yaml', 2],
      ['b.yaml', 'NOT_TEXT'],
      ['empty.yaml', 0],
      ['utf16.json', 'NOT_TEXT'],
    ]);
  });

  // Other systems take no such names.
  it.skipIf(process.platform !== 'linux')('tells of names that are no text, files and folders alike', async () => {
    const latin = (name: string) => Buffer.from(join(folder.path, name), 'latin1');
    write('a.yaml');
    mkdirSync(latin('d\u00fc'));
    writeFileSync(latin('f\u00fc.yaml'), 'a: 1\n');
    expect(await read()).toEqual([
      ['a.yaml', 1],
      ['d\ufffd', 'FILE_NOT_FOUND'],
      ['f\ufffd.yaml', 'FILE_NOT_FOUND'],
    ]);
    const [, folderOfNoName] = await filesOfTree(['.'], contextIn(folder.path));
    await expect(folderOfNoName?.read()).rejects.toThrow(/whose name is no text/);
  });

  it.skipIf(mayReadAll)(titled('goes on behind a file that may not be read', mayReadAll), async () => {
    for (const name of ['a.yaml', 'b.yaml']) write(name);
    chmodSync(join(folder.path, 'a.yaml'), 0);
    expect(await read()).toEqual([
      ['a.yaml', 'FILE_UNREADABLE'],
      ['b.yaml', 1],
    ]);
  });
});
