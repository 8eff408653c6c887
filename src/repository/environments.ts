// Which environment a file of a repository belongs to: told from its folders, the Kustomizations that take it in, or its rule.

import { environmentParents, isSharedPart } from './layout.ts';

/** What is known of the place of a file. */
export interface FilePlace {
  /** From the top of the repository, with `/` between its parts. */
  path: string;
  /** Folders of the Kustomizations that take it in and that nothing takes in themselves. */
  roots: readonly string[];
  /** The cluster of its rule. */
  cluster?: string | undefined;
}

/** Where a file belongs. */
export interface Belonging {
  /** Names of environments; several for a base that several overlays take in, none for what nobody says anything about. */
  environments: readonly string[];
  /** It lies in the folder of its one environment, or its rule is all that is known. */
  isOwn: boolean;
  /** Its folder with `*` in place of the environment's: the same for the same Secret of other environments. */
  place: string;
}

// `clusters`, `environments`, `overlays`, wherever they are.
const parents = new Set(environmentParents.map((parent) => parent.slice(parent.lastIndexOf('/') + 1)));

/**
 * Says where a file belongs: the folder below `clusters`, `environments` or `overlays`; else a folder called like a known environment
 * (`apps/production`); else the environments of the Kustomizations that take it in; else the cluster of its rule.
 */
export function belongingOf({ path, roots, cluster }: FilePlace, known: ReadonlySet<string>): Belonging {
  const parts = path.split('/').slice(0, -1);
  const at = environmentIndex(parts, known);
  const place = parts.map((part, index) => (index === at ? '*' : part)).join('/');
  const name = parts[at];
  if (name !== undefined) return { environments: [name], isOwn: true, place };
  const above = roots.flatMap((root) => environmentIn(root, known) ?? []);
  if (above.length > 0) return { environments: [...new Set(above)].sort(), isOwn: false, place };
  return { environments: cluster === undefined ? [] : [cluster], isOwn: true, place };
}

/** The environment that a folder, or the glob of a rule, is of; `undefined` where its name is a pattern, or there is none. */
export function environmentIn(folder: string, known: ReadonlySet<string> = new Set()): string | undefined {
  const parts = folder.split('/');
  const name = parts[environmentIndex(parts, known)];
  return name !== undefined && /^[^*?[\]{}]+$/.test(name) ? name : undefined;
}

/** The file of another environment that stands for the one at `path`; `undefined` where no folder of it is an environment's. */
export function counterpartOf(path: string, { from, to }: { from: string; to: string }): string | undefined {
  const parts = path.split('/');
  const at = environmentIndex(parts.slice(0, -1), new Set([from]));
  if (parts[at] !== from) return undefined;
  return parts.map((part, index) => (index === at ? to : part)).join('/');
}

function environmentIndex(folders: readonly string[], known: ReadonlySet<string>): number {
  const below = folders.findIndex((part, index) => parents.has(folders[index - 1] ?? '') && !isSharedPart(part));
  return below !== -1 ? below : folders.findIndex((part) => known.has(part));
}
