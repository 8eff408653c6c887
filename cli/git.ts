// Which Git repository a folder lies in, how Git is asked about it, and where its hooks and settings are.

import { relative, resolve, sep } from 'node:path';
import { isSealError, SealError } from '../src/errors.ts';
import type { Context } from './context.ts';
import type { Ended } from './programs.ts';

/** A repository with a work tree. Paths below are relative to `top`, with `/` between their parts. */
export interface Git {
  /** Absolute path of the work tree, links followed. */
  readonly top: string;
  /** Where Git runs: what it says of paths may be relative to this folder. */
  readonly folder: string;
  /** Runs `git ARGS…`. Resolves whatever the exit code is. */
  ask(args: readonly string[], input?: string | Uint8Array): Promise<Ended>;
}

/** What of the outside is needed to find and ask Git. */
export type GitSurroundings = Pick<Context, 'run' | 'env' | 'cwd' | 'files'>;

/**
 * The repository that `folder` lies in. In a hook, and wherever else the environment names a repository or an index, that one
 * is meant, unless `folder` lies in a repository of its own. Throws `SealError`: `NOT_A_REPOSITORY`, `GIT_MISSING`, `GIT_REFUSED`.
 */
export async function openGit(folder: string, context: GitSurroundings): Promise<Git> {
  const real = context.files.real(folder);
  const isNamed = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE'].some((name) => context.env[name]);
  // Names in the environment are relative to the folder that we were called in.
  const named = isNamed ? await repositoryAt(context.cwd, context.env, context) : undefined;
  if (isSealError(named) && context.files.real(context.cwd) === real) throw named;
  const own = await repositoryAt(real, withoutRepository(context.env), context);
  if (named && !isSealError(named) && isWithin(real, named.top)) {
    if (isSealError(own) || !isWithin(own.top, named.top) || own.top === named.top) return named;
  }
  if (isSealError(own)) throw own;
  return own;
}

/** As `openGit`; `undefined` outside of a repository, and where Git is not installed. */
export async function findGit(folder: string, context: GitSurroundings): Promise<Git | undefined> {
  try {
    return await openGit(folder, context);
  } catch (error) {
    if (isSealError(error) && (error.code === 'NOT_A_REPOSITORY' || error.code === 'GIT_MISSING')) return;
    throw error;
  }
}

/** Whether an absolute path is a folder, or below it. */
export function isWithin(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below === '' || (below !== '..' && !below.startsWith(`..${sep}`) && resolve(folder, below) === path);
}

async function repositoryAt(cwd: string, env: Context['env'], context: GitSurroundings): Promise<Git | SealError> {
  const ask: Git['ask'] = async (args, input) => {
    try {
      return await context.run('git', ['--no-pager', ...args], { cwd, env: { ...env, ...quiet }, input });
    } catch (error) {
      if (!isSealError(error) || error.code !== 'PROGRAM_MISSING') throw error;
      throw new SealError('GIT_MISSING', 'git cannot be found', { hint: 'install Git', cause: error });
    }
  };
  const { code, stdout, stderr } = await ask(['rev-parse', '--show-toplevel']);
  if (code !== 0) return noRepository(cwd, stderr);
  return { top: context.files.real(text(stdout).replace(/\n$/, '')), folder: cwd, ask };
}

/** What Git must not do for a program: translate, page, ask, or write what it was only asked to look at. */
const quiet = { LC_ALL: 'C', GIT_PAGER: 'cat', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' } as const;

/** What `git rev-parse --local-env-vars` lists: it names one repository. */
const localVariables = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_CONFIG_COUNT',
  'GIT_OBJECT_DIRECTORY',
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_REPLACE_REF_BASE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_COMMON_DIR',
]);

function withoutRepository(env: Context['env']): Context['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !localVariables.has(name)));
}

function noRepository(folder: string, stderr: string): SealError {
  if (/dubious ownership/.test(stderr)) {
    const named = /repository at '(.+)'/.exec(stderr)?.[1] ?? folder;
    return new SealError('GIT_REFUSED', `git refuses the repository ${named}, which somebody else owns`, {
      hint: `git config --global --add safe.directory ${named}`,
    });
  }
  const isOther = /not a git repository|must be run in a work tree/.test(stderr);
  return isOther
    ? new SealError('NOT_A_REPOSITORY', `${folder} is in no Git work tree`, { hint: 'git init makes a repository' })
    : refused('rev-parse', stderr);
}

/** Git's own words, which name files and refs and no content. */
function refused(what: string, stderr: string): SealError {
  const line = stderr.split('\n').find((one) => one.trim() !== '') ?? 'no reason given';
  return new SealError('GIT_REFUSED', `git ${what}: ${line.replace(/^(fatal|error): /, '')}`);
}

/** What `git ARGS…` prints. Throws `SealError` (`GIT_REFUSED`) where it ends with anything but 0. */
export async function answer(git: Git, args: readonly string[], input?: string): Promise<Uint8Array> {
  const { code, stdout, stderr } = await git.ask(args, input);
  if (code !== 0) throw refused(args[0] ?? '', stderr);
  return stdout;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Absolute path of the folder that Git takes hooks from (`core.hooksPath`, linked work trees); it need not exist. */
export async function hooksFolder(git: Git): Promise<string> {
  return resolve(git.folder, text(await answer(git, ['rev-parse', '--git-path', 'hooks'])).replace(/\n$/, ''));
}

/** A setting as it applies in the repository, such as `diff.seal.textconv`; `undefined` where there is none. */
export async function readSetting(git: Git, name: string): Promise<string | undefined> {
  const { code, stdout, stderr } = await git.ask(['config', '-z', '--get', name]);
  if (code === 0) return text(stdout).replace(/\0$/, '');
  // 1: it is not there.
  if (code === 1) return undefined;
  throw refused('config', stderr);
}

/** Whether contents may be missing here, and be fetched when they are asked for (`git clone --filter`). */
export async function isPartialClone(git: Git): Promise<boolean> {
  const { code, stderr } = await git.ask(['config', '--get-regexp', '^remote\\..*\\.promisor$']);
  if (code > 1) throw refused('config', stderr);
  return code === 0;
}

/** Writes a setting of this repository alone; in place of all that it had. */
export async function writeSetting(git: Git, name: string, value: string): Promise<void> {
  await answer(git, ['config', '--local', '--replace-all', name, value]);
}
