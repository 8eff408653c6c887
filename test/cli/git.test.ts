// Which repository a folder lies in, and where its hooks and settings are.

import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findGit, hooksFolder, openGit, readSetting, writeSetting } from '../../cli/git.ts';
import { gitFolder } from './git-folder.ts';

const { folder, context, git, open } = gitFolder();

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
