// The manifests of a whole tree, one file at a time: those below the paths that are named, or those that Git tracks.

import { join, relative, resolve, sep } from 'node:path';
import { isSealError, SealError } from '../src/errors.ts';
import { type Manifest, type manifestToJudge, parseManifest } from '../src/manifest/documents.ts';
import { isManifestName } from '../src/manifest/file-name.ts';
import { saysKind } from '../src/manifest/tell.ts';
import { configurationFile } from '../src/repository/configuration.ts';
import type { Context } from './context.ts';
import { findGit, type GitSurroundings } from './git.ts';
import { trackedFiles } from './git-files.ts';
import { noSuchFile } from './missing-file.ts';
import { warn } from './ui.ts';

/** One file of the tree, unread. */
export interface TreeFile {
  /** As people know it: from the working folder, or as they wrote it. */
  name: string;
  /** Throws `SealError` where it cannot be read. */
  read(): Promise<Uint8Array>;
}

/** One file of the tree, read. Its documents are unread: go over them with `unread`, so that each is let go after its turn. */
export type TreeManifest = { file: string; manifest: Manifest } | { file: string; error: SealError };

/** Which files of the tree are meant. */
export interface TreeOptions {
  /** Files of any name; in folders that are named, also new ones, but none that Git ignores. Default: tracked or named manifests. */
  all?: boolean;
}

/**
 * The files below `paths` that may hold manifests, each once, in order of name; default: those that Git tracks in
 * the repository that the working folder is in, or all below the nearest configuration where there is no Git. Others are left
 * out, even where they are named. Linked folders are not entered, linked files are read where they stand. Throws `SealError` (`FILE_NOT_FOUND`, `FILE_UNREADABLE`).
 */
export async function filesOfTree(
  paths: readonly string[],
  context: GitSurroundings,
  { all = false }: TreeOptions = {},
): Promise<TreeFile[]> {
  const isWanted = (path: string) => all || isManifestName(path);
  const names = paths.length === 0 ? await wholeRepository(isWanted, context) : await named(paths, { all }, context);
  return names.map((name) => ({ name, read: () => context.files.read(name) }));
}

async function missing(path: string, context: GitSurroundings): Promise<SealError> {
  if (path !== '-') return noSuchFile(path, context);
  const hint = 'files and folders are named here; only seal check --rendered - reads standard input';
  return new SealError('FILE_NOT_FOUND', `no such file: ${path}`, { hint });
}

/** All files of the repository that the working folder is in; none where it is in no repository. */
export async function filesOfRepository(context: GitSurroundings): Promise<TreeFile[]> {
  const isIn = await Promise.all(['.git', configurationFile].map((name) => context.files.enclosing('.', name)));
  return isIn.some((folder) => folder !== undefined) ? filesOfTree([], context) : [];
}

async function named(paths: readonly string[], options: TreeOptions, context: GitSurroundings): Promise<string[]> {
  const places = new Map<string, string>();
  for (const path of paths) {
    for (const name of await below(path, options, context)) {
      const place = context.files.real(name);
      if (!places.has(place)) places.set(place, name);
    }
  }
  return [...places.values()];
}

async function below(path: string, { all }: TreeOptions, context: GitSurroundings): Promise<string[]> {
  const kind = await context.files.kind(path);
  if (kind === 'missing') throw await missing(path, context);
  if (kind === 'folder') return all ? notIgnored(path, context) : context.files.manifests(path);
  return kind === 'file' && (all || isManifestName(path)) ? [path] : [];
}

async function notIgnored(folder: string, context: GitSurroundings): Promise<string[]> {
  const git = await findGit(folder, context);
  const place = context.files.real(folder);
  const under = git && relative(git.top, place);
  const listed = git ? await trackedFiles(git, context, { under, untracked: true }) : [];
  // All that is in an ignored folder is ignored: whoever names it wants to know all the same.
  if (listed.length === 0) return context.files.below(folder);
  return listed.map((path) => join(folder, relative(under ?? '', path))).sort();
}

async function wholeRepository(isWanted: (path: string) => boolean, context: GitSurroundings): Promise<string[]> {
  const { files } = context;
  const git = await findGit('.', context);
  if (!git) return files.below((await files.enclosing('.', configurationFile)) ?? '.', isWanted).then(shown);
  return shown((await trackedFiles(git, context)).filter(isWanted).map((path) => join(git.top, path)));

  function shown(names: readonly string[]): string[] {
    const here = files.real('.');
    return names.map((name) => relative(here, resolve(here, name)));
  }
}

/** Warns where nothing is there to be looked at, so that an empty answer is not taken for a good one. */
export function warnOfNone(
  files: readonly TreeFile[],
  paths: readonly string[],
  context: Pick<Context, 'streams' | 'env'>,
): void {
  if (files.length > 0) return;
  const fresh = ['files that are new count once Git tracks them: git add, or name them or their folder'];
  warn(context, 'there is no file to look at', paths.length === 0 ? fresh : []);
}

/** How services that read the repository call a file. */
export async function pathInRepository({ files }: Pick<Context, 'files'>): Promise<(file: string) => string> {
  const here = files.real('.');
  const top = (await files.enclosing('.', '.git')) ?? here;
  return (file) => {
    const path = relative(top, resolve(here, file)).split(sep).join('/');
    return path.startsWith('../') ? file : path;
  };
}

/**
 * Reads file after file: no more than one is in memory unless the caller keeps it. A file that cannot be read, or is no text, comes
 * with its error, unless nothing says that it was meant as a manifest. `parse`: `manifestToJudge`, where no file is written.
 */
export async function* readTree(
  files: Iterable<TreeFile>,
  parse: typeof manifestToJudge = (bytes, file) => parseManifest(bytes, { file }),
): AsyncGenerator<TreeManifest> {
  for (const { name: file, read } of files) {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await read();
      yield { file, manifest: parse(bytes, file) };
    } catch (error) {
      if (!isSealError(error)) throw error;
      // What is no UTF-8 may be anything, and JSON is not only for Kubernetes.
      const isData = bytes ? !saysKind(asciiOf(bytes)) : error.code === 'INPUT_TOO_LARGE';
      const isOther = /\.json$/i.test(file) && isData;
      if (!isOther) yield { file, error };
    }
  }
}

// The letters of UTF-8, Latin-1 and UTF-16 alike.
function asciiOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 65_536)).replaceAll('\0', '');
}
