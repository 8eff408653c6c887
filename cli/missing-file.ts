// `no such file`, and which one was probably meant: a slip of the hand, a name without its ending, or the wrong folder.

import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { SealError } from '../src/errors.ts';
import { nearest } from '../src/nearest.ts';
import type { GitSurroundings } from './git.ts';
import { shownWord } from './shown-word.ts';

/** The error for a path at which nothing is. `otherwise`: hints where nothing like it is found. Code `FILE_NOT_FOUND`. */
export async function noSuchFile(
  path: string,
  context: GitSurroundings,
  otherwise: readonly string[] = [],
): Promise<SealError> {
  const meant = await nearby(path, context).catch(() => []);
  const hint = meant.length > 0 ? [`did you mean ${meant.join(' or ')}?`] : otherwise;
  return new SealError('FILE_NOT_FOUND', `no such file: ${shownWord(path)}`, { hint });
}

async function nearby(path: string, context: GitSurroundings): Promise<string[]> {
  const folder = dirname(path);
  const siblings = (await context.files.entries(folder)).map(({ name }) => name);
  const like = likeName(basename(path), siblings);
  if (like !== undefined) return [join(folder, like)];
  return elsewhere(basename(path), context);
}

/** By the name without its ending: `db.yaml` is no slip for `cm.yaml`, and `db` is one for `db.yaml`. */
function likeName(name: string, candidates: readonly string[]): string | undefined {
  const stem = stemOf(name);
  const same = candidates.filter((each) => stemOf(each) === stem);
  const near = nearest(stem, candidates.map(stemOf));
  return nearest(name, same) ?? same[0] ?? candidates.find((each) => stemOf(each) === near);
}

const stemOf = (name: string) => basename(name, extname(name));

const most = 3;

/** Files and folders of this name that Git tracks, or where there is no Git are below the nearest configuration. */
async function elsewhere(name: string, context: GitSurroundings): Promise<string[]> {
  const here = context.files.real('.');
  const found = new Set<string>();
  for (const path of await known(context)) {
    const parts = path.split(sep);
    const at = parts.findIndex((part) => stemOf(part) === stemOf(name));
    if (at >= 0) found.add(relative(here, parts.slice(0, at + 1).join(sep)));
  }
  return found.size > most ? [] : [...found];
}

/** Absolute paths. Nobody waits for a walk through all of a home. */
async function known(context: GitSurroundings): Promise<string[]> {
  const [{ findGit }, { trackedFiles }] = await Promise.all([import('./git.ts'), import('./git-files.ts')]);
  const git = await findGit('.', context);
  if (git) return (await trackedFiles(git, context)).map((path) => join(git.top, path));
  const folder = context.files.above('x', '.sealwright.yaml');
  return folder === undefined ? [] : context.files.below(folder);
}
