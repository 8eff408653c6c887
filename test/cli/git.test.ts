import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Files } from '../../cli/files.ts';
import {
  changedSince,
  contentsOf,
  fileAt,
  findGit,
  hooksFolder,
  openGit,
  readSetting,
  stagedFiles,
  trackedFiles,
  writeSetting,
} from '../../cli/git.ts';
import { Folder } from './harness.ts';

let folder: Folder;
const names = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };

/** What commands have of the outside, with `cwd` and variables as a hook would have them. */
function context({ cwd = folder.path, env = {} }: { cwd?: string; env?: Record<string, string> } = {}) {
  const run: Folder['run'] = (program, args, given) => folder.run(program, args, given);
  return { cwd, env: { HOME: folder.path, ...env }, files: new Files({ cwd, random: () => 'x' }), run };
}

async function git(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await folder.run('git', args, { env: names });
  if (code !== 0) throw new Error(stderr);
  return new TextDecoder().decode(stdout).trim();
}

function write(name: string, content = name): void {
  mkdirSync(join(folder.path, name, '..'), { recursive: true });
  writeFileSync(join(folder.path, name), content);
}

const open = () => openGit(folder.path, context());

beforeEach(async () => {
  folder = new Folder();
  rmSync(join(folder.path, 'certs'), { recursive: true });
  rmSync(join(folder.path, 'keys'), { recursive: true });
  await git('init', '-q', '-b', 'main');
});

afterEach(() => folder.remove());

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
    write('a', 'base');
    await git('add', '.');
    await git('commit', '-qm', 'base');
    await git('checkout', '-qb', 'other');
    write('a', 'theirs');
    await git('commit', '-qam', 'theirs');
    await git('checkout', '-q', 'main');
    write('a', 'ours');
    await git('commit', '-qam', 'ours');
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

describe('the repository of a folder', () => {
  it('is the one that the environment names, but not for a repository of its own below', async () => {
    mkdirSync(join(folder.path, 'deep/module'), { recursive: true });
    await git('-C', 'deep/module', 'init', '-q');
    const inHook = context({ env: { GIT_DIR: '.git', GIT_INDEX_FILE: '.git/index' } });
    const top = realpathSync(folder.path);
    expect((await openGit('deep', inHook)).top).toBe(top);
    expect((await openGit('deep/module', inHook)).top).toBe(join(top, 'deep/module'));
  });

  it('is none outside of a work tree and without Git, and an error says which', async () => {
    const outside = join(folder.path, '.git');
    await expect(openGit(outside, context())).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
    expect(await findGit(outside, context())).toBeUndefined();
    const without = { ...context(), run: () => folder.run('git', [], { env: { PATH: '/nonexistent' } }) };
    await expect(openGit('.', without)).rejects.toMatchObject({ code: 'GIT_MISSING' });
  });

  it('says what to do about a repository that somebody else owns', async () => {
    const foreign = context({ env: { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' } });
    await expect(openGit('.', foreign)).rejects.toMatchObject({
      code: 'GIT_REFUSED',
      hints: [expect.stringContaining('safe.directory')],
    });
  });
});

describe('commits', () => {
  beforeEach(async () => {
    for (const name of ['same', 'changed', 'ours']) write(name);
    await git('add', '.');
    await git('commit', '-qm', 'base');
    await git('checkout', '-qb', 'topic');
    write('changed', 'in the topic');
    await git('commit', '-qam', 'topic');
    await git('checkout', '-q', 'main');
    write('ours', 'in main');
    await git('commit', '-qam', 'main');
    await git('checkout', '-q', 'topic');
  });

  it('give a file as it was', async () => {
    const repository = await open();
    const at = async (ref: string, path: string) => {
      const content = await fileAt(repository, ref, path);
      return content && new TextDecoder().decode(content);
    };
    expect(await at('topic', 'changed')).toBe('in the topic');
    expect(await at('main', 'changed')).toBe('changed');
    expect(await at('main', 'none')).toBeUndefined();
    await expect(at('no-such-ref', 'a')).rejects.toMatchObject({ code: 'GIT_REFUSED' });
    await expect(at('--output=x', 'a')).rejects.toMatchObject({ code: 'GIT_REFUSED' });
  });

  it('tell what changed since another branch was left, the work tree included', async () => {
    write('same', 'not committed');
    expect(await changedSince(await open(), 'main')).toEqual(['changed', 'same']);
    await git('checkout', '-q', '--orphan', 'alone');
    await git('commit', '-qm', 'alone');
    await expect(changedSince(await open(), 'main')).rejects.toThrow('main and HEAD have no commit in common');
  });
});

describe('settings', () => {
  it('are read and written in the repository', async () => {
    const repository = await open();
    expect(await readSetting(repository, 'diff.seal.textconv')).toBeUndefined();
    await writeSetting(repository, 'diff.seal.textconv', 'seal textconv');
    expect(await readSetting(repository, 'diff.seal.textconv')).toBe('seal textconv');
  });

  it('decide where hooks are, also in linked work trees', async () => {
    const top = realpathSync(folder.path);
    expect(await hooksFolder(await open())).toBe(join(top, '.git/hooks'));
    mkdirSync(join(folder.path, 'sub'));
    expect(await hooksFolder(await openGit('sub', context()))).toBe(join(top, '.git/hooks'));
    await git('commit', '-q', '--allow-empty', '-m', 'x');
    await git('worktree', 'add', '-q', 'linked');
    expect(await hooksFolder(await openGit('linked', context()))).toBe(join(top, '.git/hooks'));
    await git('config', 'core.hooksPath', '.husky');
    expect(await hooksFolder(await openGit('sub', context()))).toBe(join(top, '.husky'));
  });
});
