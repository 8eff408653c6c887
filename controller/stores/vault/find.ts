// Finding secrets: folders listed all the way down, matched by name and by custom metadata.

import { compareCodePoints } from '../go-json.ts';
import { nameMatcher } from '../names.ts';
import type { Find, Found } from '../store.ts';
import { vaultError } from './refusals.ts';

/** The two questions that a find asks of the server. Paths are below the mount, segment by segment. */
export interface Folders {
  /** Names in a folder; those of folders end in `/`. */
  names(path: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /** Of one secret. */
  metadata(path: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

/** Where a find looks, and what it calls what it finds. */
export interface FindOptions {
  /** Where to begin, below the mount. */
  root: readonly string[];
  /** Goes before each name and a slash: the path as it stands in the object. */
  prefix: string;
  /** What reads a secret found at this path. */
  keyOf: (path: readonly string[]) => string;
  signal: AbortSignal;
}

// One find is one call for the fetch layer: it keeps to half of what that allows a store by itself.
const atOnce = 8;
// Folders and secrets together: a server that is nobody we know may list folders without end.
const mostNames = 100_000;

/** Every secret below `root` that has all that `find` asks for, sorted by name. */
export async function findSecrets(find: Find, folders: Folders, options: FindOptions): Promise<Found[]> {
  const { prefix, keyOf, signal } = options;
  const matches = await nameMatcher(find.regexp, invalid);
  const paths = await allBelow(options.root, folders, signal);
  const named = paths
    .map((path) => ({ path, name: [prefix, ...path.slice(options.root.length)].filter(Boolean).join('/') }))
    .filter(({ name }) => matches(name));
  const tags = Object.entries(find.tags ?? {});
  const isTagged = async ({ path }: { path: readonly string[] }) => {
    const metadata = tags.length === 0 ? {} : await folders.metadata(path, signal);
    return tags.every(([tag, value]) => Object.hasOwn(metadata, tag) && metadata[tag] === value);
  };
  const tagged = await inTurns(named, isTagged);
  return named
    .filter((_, at) => tagged[at])
    .map(({ path, name }) => ({ name, key: keyOf(path) }))
    .sort((left, right) => compareCodePoints(left.name, right.name));
}

async function allBelow(root: readonly string[], folders: Folders, signal: AbortSignal): Promise<string[][]> {
  const secrets: string[][] = [];
  let met = 0;
  const namesOf = async (folder: readonly string[]) => {
    const names = await folders.names(folder, signal);
    met += names.length;
    if (met > mostNames) throw invalid(`find comes upon more than ${mostNames} names`, 'give find a path');
    return names;
  };
  for (let level: string[][] = [[...root]]; level.length > 0; ) {
    const listed = await inTurns(level, async (folder) => ({ folder, names: await namesOf(folder) }));
    const entries = listed.flatMap(({ folder, names }) => names.map((name) => ({ folder, name })));
    const isFolder = ({ name }: { name: string }) => name.endsWith('/');
    secrets.push(...entries.filter((entry) => !isFolder(entry)).map(({ folder, name }) => [...folder, name]));
    level = entries.filter(isFolder).map(({ folder, name }) => [...folder, name.slice(0, -1)]);
  }
  return secrets;
}

const invalid = (message: string, hint?: string) =>
  vaultError('Invalid', `vault: ${message}`, { ...(hint && { hint }) });

/** `action` of every item, some at once; the first failure is everyone's. */
async function inTurns<T, R>(items: readonly T[], action: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [at, item] of rest) results[at] = await action(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
