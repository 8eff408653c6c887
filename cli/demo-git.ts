// The commit of the demo: a Git repository in a folder that is gone afterwards.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Context } from './context.ts';
import { systemCode } from './file-errors.ts';

/** What the repository says of its only commit. */
export interface Committed {
  /** One line of `git log`. */
  log: string;
  /** The file as the commit has it. */
  content: string;
}

/** Commits one file. `undefined` where there is no git. */
export async function commitToGit(
  { file, content }: { file: string; content: string },
  { env }: Pick<Context, 'env'>,
): Promise<Committed | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'seal-demo-'));
  const git = async (...args: string[]) => {
    // The user's own settings (signing, hooks, another repository by GIT_DIR) have no part in this.
    const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
    const isolated = { ...own, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    return (await promisify(execFile)('git', args, { cwd: folder, env: isolated })).stdout;
  };
  try {
    await git('init', '-q');
    await writeFile(join(folder, file), content);
    await git('add', file);
    await git(
      '-c',
      'user.name=Sealwright demo',
      '-c',
      'user.email=demo@example.invalid',
      'commit',
      '-q',
      '-m',
      'Add the database credentials, sealed',
    );
    return { log: (await git('log', '--oneline')).trim(), content: await git('show', `HEAD:${file}`) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
