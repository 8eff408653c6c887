// What is tracked, staged and committed, with files of every kind.

import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openGit } from '../../cli/git.ts';
import { contentsOf, differencesFrom, mergeBase, stagedFiles, trackedFiles } from '../../cli/git-files.ts';
import { gitFolder } from './git-folder.ts';

const { folder, context, git, write, open } = gitFolder();

/** A commit with files of these names, and after it one on each of two branches, which writes one of them. Ends on main. */
async function parted(wanted: { base: string[]; other: [string, string]; main: [string, string] }): Promise<void> {
  for (const name of wanted.base) write(name);
  await git('add', '.');
  await git('commit', '-qm', 'base');
  await git('branch', 'other');
  for (const branch of ['other', 'main'] as const) {
    await git('checkout', '-q', branch);
    write(...wanted[branch]);
    await git('commit', '-qam', branch);
  }
}

async function staged(): Promise<Record<string, string | undefined>> {
  const repository = await open();
  const found: Record<string, string | undefined> = {};
  for await (const { of, content } of contentsOf(repository, await stagedFiles(repository), 1000)) {
    found[of.path] = content && new TextDecoder().decode(content);
  }
  return found;
}

describe('tracked files', () => {
  it('are listed whatever their names are, without links, deleted files and submodules', async () => {
    const odd = ['a b', 'ä', '"quoted"', 'new\nline', '-n', 'sub/*', ':(top)x'];
    for (const name of [...odd, 'gone']) write(name);
    symlinkSync('a b', join(folder.path, 'link'));
    await git('add', '.');
    await git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
    rmSync(join(folder.path, 'gone'));
    write('untracked');
    expect((await trackedFiles(await open(), context())).sort()).toEqual(odd.sort());
    expect(await trackedFiles(await open(), context(), { under: 'sub' })).toEqual(['sub/*']);
  });

  it('can be had together with new ones that are not ignored', async () => {
    for (const name of ['tracked', 'new\nfile', 'ignored', 'sub/new']) write(name);
    write('.gitignore', 'ignored\n');
    await git('add', 'tracked');
    const all = await trackedFiles(await open(), context(), { untracked: true });
    expect(all.sort()).toEqual(['.gitignore', 'new\nfile', 'sub/new', 'tracked']);
  });

  it('leave out what a sparse checkout leaves out', async () => {
    for (const name of ['here/a', 'there/b']) write(name);
    await git('add', '.');
    await git('commit', '-qm', 'x');
    await git('sparse-checkout', 'set', 'here');
    expect(await trackedFiles(await open(), context())).toEqual(['here/a']);
  });

  it('are listed once during a merge', async () => {
    await parted({ base: ['a'], other: ['a', 'theirs'], main: ['a', 'ours'] });
    await expect(git('merge', 'other')).rejects.toThrow();
    expect(await trackedFiles(await open(), context())).toEqual(['a']);
    expect(await staged()).toEqual({});
  });
});

describe('staged files', () => {
  it('have the content of the index, before the first commit too', async () => {
    write('a', 'staged');
    write('empty', '');
    write('big', 'x'.repeat(1001));
    await git('add', '.');
    write('a', 'work tree');
    write('intended');
    await git('add', '-N', 'intended');
    expect(await staged()).toEqual({ a: 'staged', empty: '', big: undefined });
  });

  it('are those that differ from HEAD and are not deleted', async () => {
    for (const name of ['same', 'changed', 'deleted', 'moved']) write(name);
    await git('add', '.');
    await git('commit', '-qm', 'x');
    write('changed', 'new\n\0\nbytes');
    await git('add', '.');
    await git('rm', '-q', 'deleted');
    await git('mv', 'moved', 'to');
    expect(await staged()).toEqual({ changed: 'new\n\0\nbytes', to: 'moved' });
  });

  it('are those of the index that a commit with paths makes for its hook', async () => {
    write('a');
    write('b');
    await git('add', '.');
    await folder.run('git', ['add', 'b'], { env: { GIT_INDEX_FILE: '.git/next-index' } });
    const inHook = context({ env: { GIT_INDEX_FILE: '.git/next-index', GIT_PREFIX: '' } });
    const repository = await openGit('.', inHook);
    expect((await stagedFiles(repository)).map(({ path }) => path)).toEqual(['b']);
  });
});

describe('commits', () => {
  beforeEach(async () => {
    await parted({ base: ['same', 'changed', 'ours'], other: ['changed', 'in the branch'], main: ['ours', 'in main'] });
    await git('checkout', '-q', 'other');
  });

  it('tell what differs since another branch was left, the work tree included', async () => {
    write('same', 'not committed');
    const repository = await open();
    const differences = await differencesFrom(repository, await mergeBase(repository, 'main'));
    expect(differences.map(({ path }) => path)).toEqual(['changed', 'same']);
    await git('checkout', '-q', '--orphan', 'alone');
    await git('commit', '-qm', 'alone');
    await expect(mergeBase(await open(), 'main')).rejects.toThrow('main and HEAD have no commit in common');
  });

  it('are not compared with what names none: an option of Git, a branch that is not there', async () => {
    const repository = await open();
    for (const ref of ['--output=x', 'no-such-ref'])
      await expect(mergeBase(repository, ref)).rejects.toMatchObject({ code: 'GIT_REFUSED' });
  });
});
