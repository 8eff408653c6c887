// Asking Git about a repository: what is tracked, what is staged, what changed, and where its hooks and settings are.

import { join, relative, resolve, sep } from 'node:path';
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

/** A file as the index or a commit has it. */
export interface GitFile {
  path: string;
  /** Object id of its content. */
  id: string;
}

type Surroundings = Pick<Context, 'run' | 'env' | 'cwd' | 'files'>;

/**
 * The repository that `folder` lies in. In a hook, and wherever else the environment names a repository or an index, that one
 * is meant, unless `folder` lies in a repository of its own. Throws `SealError`: `NOT_A_REPOSITORY`, `GIT_MISSING`, `GIT_REFUSED`.
 */
export async function openGit(folder: string, context: Surroundings): Promise<Git> {
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
export async function findGit(folder: string, context: Surroundings): Promise<Git | undefined> {
  try {
    return await openGit(folder, context);
  } catch (error) {
    if (isSealError(error) && (error.code === 'NOT_A_REPOSITORY' || error.code === 'GIT_MISSING')) return;
    throw error;
  }
}

function isWithin(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below === '' || (below !== '..' && !below.startsWith(`..${sep}`) && resolve(folder, below) === path);
}

async function repositoryAt(cwd: string, env: Context['env'], context: Surroundings): Promise<Git | SealError> {
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

async function answer(git: Git, args: readonly string[], input?: string): Promise<Uint8Array> {
  const { code, stdout, stderr } = await git.ask(args, input);
  if (code !== 0) throw refused(args[0] ?? '', stderr);
  return stdout;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const fields = (bytes: Uint8Array) => text(bytes).split('\0').slice(0, -1);

/** Regular files, as Git's modes name them; links and submodules are not read. */
const isRegular = (mode: string) => mode.startsWith('100');

/** Which files of the work tree are listed. */
export interface WorkFiles {
  /** Folder or file, relative to `top`. Default: all. */
  under?: string | undefined;
  /** Also what is new and not ignored. Default: only what is tracked. */
  untracked?: boolean;
}

/**
 * Tracked files that are in the work tree, in the index's order: links, submodules, and what is deleted or left out of a sparse
 * checkout are not among them.
 */
export async function trackedFiles(
  git: Git,
  { files }: Pick<Context, 'files'>,
  { under = '', untracked = false }: WorkFiles = {},
): Promise<string[]> {
  const listed = await answer(git, [
    ...['ls-files', '-z', '-t', '--stage', '--cached', '--deleted', '--full-name'],
    ...(untracked ? ['--others', '--exclude-standard'] : []),
    ...['--', `:(top,literal)${under}`],
  ]);
  const [found, gone] = [new Set<string>(), new Set<string>()];
  for (const entry of fields(listed)) {
    // ? <path>, or <tag> <mode> <id> <stage> <tab> <path>
    const [, tag, mode = '100', path = ''] = /^(\S) (?:(\d+) [0-9a-f]+ \d\t)?(.+)$/s.exec(entry) ?? [];
    const isMissing = tag === 'R' || (tag === 'S' && !files.isThere(join(git.top, path)));
    if (isMissing) gone.add(path);
    else if (isRegular(mode)) found.add(path);
  }
  return [...found].filter((path) => !gone.has(path));
}

/** What the next commit adds or changes: files of the index that differ from HEAD, or all of them before the first commit. */
export async function stagedFiles(git: Git): Promise<GitFile[]> {
  return changed(git, ['--cached']);
}

/** Files of this name as the index has them, in whatever folder; links are not among them. */
export async function indexedFiles(git: Git, name: string): Promise<GitFile[]> {
  const listed = await answer(git, ['ls-files', '-z', '--stage', '--full-name', '--', `:(top,glob)**/${name}`]);
  return fields(listed).flatMap((entry) => {
    const [, mode = '', id = '', path = ''] = /^(\d+) ([0-9a-f]+) \d\t(.+)$/s.exec(entry) ?? [];
    return isRegular(mode) ? [{ path, id }] : [];
  });
}

/**
 * Files of the work tree that differ from the last commit that `ref` and HEAD have in common; deleted ones are not among them.
 * Throws `SealError` (`GIT_REFUSED`), for a shallow clone that does not reach back so far too.
 */
export async function changedSince(git: Git, ref: string): Promise<string[]> {
  return (await changed(git, [await mergeBase(git, ref)])).map(({ path }) => path);
}

/** A file of the work tree that is otherwise, or not there, in a commit. */
export interface Difference {
  path: string;
  /** Object id of what the commit has; undefined: nothing. */
  before: string | undefined;
  /** Whether it is in the work tree now. */
  isThere: boolean;
}

/** What differs between a commit and the tracked files of the work tree, deleted ones included. Throws `SealError` (`GIT_REFUSED`). */
export async function differencesFrom(git: Git, commit: string): Promise<Difference[]> {
  const compared = await compare(git, [commit], 'ACDMRT');
  return compared.flatMap(({ path, modes, ids }) => {
    const [was, is] = modes;
    if (!isRegular(was) && !isRegular(is)) return [];
    return [{ path, before: isRegular(was) ? ids[0] : undefined, isThere: isRegular(is) }];
  });
}

/** The last commit that `ref` and HEAD have in common. Throws `SealError` (`GIT_REFUSED`), with what to do in a shallow clone. */
export async function mergeBase(git: Git, ref: string): Promise<string> {
  const { code, stdout, stderr } = await git.ask(['merge-base', '--end-of-options', ref, 'HEAD']);
  if (code === 0) return text(stdout).trim();
  const shallow = text((await git.ask(['rev-parse', '--is-shallow-repository'])).stdout).trim() === 'true';
  const hint = shallow
    ? [
        'this clone is shallow: git fetch --unshallow',
        'GitHub Actions: actions/checkout with fetch-depth: 0; GitLab CI: GIT_DEPTH: 0',
      ]
    : `git fetch origin, or name another: git merge-base ${ref} HEAD`;
  if (stderr === '') throw new SealError('GIT_REFUSED', `${ref} and HEAD have no commit in common`, { hint });
  throw new SealError('GIT_REFUSED', `Git does not know ${ref}`, { hint });
}

async function changed(git: Git, against: readonly string[]): Promise<GitFile[]> {
  const compared = await compare(git, against, 'ACMRT');
  return compared.flatMap(({ path, modes, ids }) => (isRegular(modes[1]) ? [{ path, id: ids[1] }] : []));
}

/** What `git diff` says of each path, before and after. */
async function compare(git: Git, against: readonly string[], filter: string) {
  const listed = await answer(git, [
    ...['diff', '--raw', '-z', '--no-abbrev', '--no-renames', '--no-relative', '--no-ext-diff', '--ignore-submodules'],
    ...[`--diff-filter=${filter}`, ...against, '--'],
  ]);
  const parts = fields(listed);
  const found: { path: string; modes: [string, string]; ids: [string, string] }[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    // :100644 100644 <id before> <id after> M
    const [before = '', after = '', was = '', is = ''] = parts[at]?.slice(1).split(' ') ?? [];
    found.push({ path: parts[at + 1] ?? '', modes: [before, after], ids: [was, is] });
  }
  return found;
}

/** How much is asked for at a time: what a batch holds is in memory at once. */
const batchBytes = 32 * 1024 * 1024;

/** The contents of objects, in their order. `content` is `undefined` for one of more than `maxBytes`. */
export async function* contentsOf<T extends { id: string }>(
  git: Git,
  wanted: readonly T[],
  maxBytes: number,
): AsyncGenerator<{ of: T; content: Uint8Array | undefined }> {
  const sized = await withSizes(git, wanted);
  let batch: Sized<T>[] = [];
  let total = 0;
  for (const [index, one] of sized.entries()) {
    batch.push(one);
    if (one.size <= maxBytes) total += one.size;
    if (total < batchBytes && index < sized.length - 1) continue;
    yield* readBatch(git, batch, maxBytes);
    [batch, total] = [[], 0];
  }
}

interface Sized<T> {
  of: T;
  size: number;
}

async function withSizes<T extends { id: string }>(git: Git, wanted: readonly T[]): Promise<Sized<T>[]> {
  if (wanted.length === 0) return [];
  const said = text(await answer(git, ['cat-file', '--batch-check'], lines(wanted))).split('\n');
  return wanted.map((of, index) => {
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(said[index] ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(size)) throw new SealError('GIT_REFUSED', `git has no content ${of.id}`, { hint: 'git fsck' });
    return { of, size };
  });
}

async function* readBatch<T extends { id: string }>(git: Git, batch: readonly Sized<T>[], maxBytes: number) {
  const small = batch.filter(({ size }) => size <= maxBytes);
  const all = small.length === 0 ? new Uint8Array() : await answer(git, ['cat-file', '--batch'], lines(small));
  let at = 0;
  for (const { of, size } of batch) {
    if (size > maxBytes) {
      yield { of, content: undefined };
      continue;
    }
    // <id> blob <size>, a line feed, the content, a line feed
    const start = all.indexOf(0x0a, at) + 1;
    yield { of, content: all.subarray(start, start + size) };
    at = start + size + 1;
  }
}

function lines(wanted: readonly ({ id: string } | { of: { id: string } })[]): string {
  return wanted.map((one) => `${'of' in one ? one.of.id : one.id}\n`).join('');
}

/** A file as a commit has it; `undefined` where it has none. Throws `SealError` (`GIT_REFUSED`) for a ref that is not there. */
export async function fileAt(git: Git, ref: string, path: string): Promise<Uint8Array | undefined> {
  const commit = text(await answer(git, ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`])).trim();
  const listed = fields(await answer(git, ['ls-tree', '-z', '--full-tree', commit, '--', `:(literal)${path}`]));
  const [, mode = '', id] = /^(\d+) blob ([0-9a-f]+)\t/.exec(listed[0] ?? '') ?? [];
  return id !== undefined && isRegular(mode) ? answer(git, ['cat-file', 'blob', id]) : undefined;
}

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

/** Writes a setting of this repository alone; in place of all that it had. */
export async function writeSetting(git: Git, name: string, value: string): Promise<void> {
  await answer(git, ['config', '--local', '--replace-all', name, value]);
}
