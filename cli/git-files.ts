// The files of a Git repository: what is tracked, what is staged, what changed, and what the index and commits have of them.

import { join } from 'node:path';
import { SealError } from '../src/errors.ts';
import type { Context } from './context.ts';
import { answer, type Git } from './git.ts';

/** A file as the index or a commit has it. */
export interface GitFile {
  path: string;
  /** Object id of its content. */
  id: string;
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
  const compared = await compare(git, ['--cached'], 'ACMRT');
  return compared.flatMap(({ path, modes, ids }) => (isRegular(modes[1]) ? [{ path, id: ids[1] }] : []));
}

/** What the index has at a path. */
export interface IndexedFile extends GitFile {
  kind: 'file' | 'link' | 'repository';
}

/** All that the index has, in its order. */
export async function indexedFiles(git: Git): Promise<IndexedFile[]> {
  const listed = await answer(git, ['ls-files', '-z', '--stage', '--full-name', '--', ':/']);
  return fields(listed).flatMap((entry) => {
    const [, mode = '', id = '', path = ''] = /^(\d+) ([0-9a-f]+) \d\t(.+)$/s.exec(entry) ?? [];
    const kind = isRegular(mode) ? 'file' : mode.startsWith('12') ? 'link' : 'repository';
    return path === '' ? [] : [{ path, id, kind }];
  });
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
