// How people lay out a GitOps repository: which folders are environments, and which rules cover them.

import { isClusterName } from './configuration-schema.ts';

/** One environment, such as `production`. */
export interface Environment {
  name: string;
  /** Its folders that were found. */
  folders: string[];
  /** Globs of rules that cover them, in the order in which rules must stand. */
  paths: string[];
}

/** Folders below which environments are found, `*` for any one folder; as Flux, Argo CD and Kustomize teach them. */
export const environmentParents = ['clusters', 'environments', 'overlays', 'apps/*/overlays', 'apps/overlays'] as const;

/** Here folders of an environment stand beside others, so that only known names count. */
export const sharedParents = ['apps', 'infrastructure'] as const;

/** Whether a folder holds what environments share, and is none itself. */
export function isSharedPart(folder: string): boolean {
  return /^(?:bases?|common|components?|shared|templates?|\..*)$/.test(folder);
}

/**
 * The environments of a repository, by name. `folders` are paths relative to its top, with `/` between their parts; those below no
 * known parent, and those that could not be the name of a cluster, are of no interest.
 */
export function environmentsOf(folders: readonly string[]): Environment[] {
  const own = environmentParents.flatMap((parent) => below(parent, folders));
  const names = [...new Set(own.map(({ name }) => name))].sort();
  const others = sharedParents.flatMap((parent) => below(parent, folders).filter(({ name }) => names.includes(name)));
  // What may hold an overlay of another environment stands last: the first rule that matches decides.
  const all = [...own, ...others];
  return names.map((name) => {
    const mine = all.filter((found) => found.name === name);
    return {
      name,
      folders: mine.map(({ folder }) => folder),
      paths: [...new Set(mine.map(({ parent }) => `${parent}/${name}/**`))],
    };
  });
}

/** Folders that would be environments, if the name of each could be that of a cluster: in order of name. */
export function unnamableFolders(folders: readonly string[]): string[] {
  const found = environmentParents.flatMap((parent) => within(parent, folders));
  return [...new Set(found.filter(({ name }) => !isClusterName(name)).map(({ folder }) => folder))].sort();
}

interface Found {
  name: string;
  folder: string;
  parent: string;
}

function below(parent: string, folders: readonly string[]): Found[] {
  return within(parent, folders).filter(({ name }) => isClusterName(name));
}

/** Folders of environments below a parent, whatever their names. */
function within(parent: string, folders: readonly string[]): Found[] {
  const pattern = new RegExp(`^${parent.replace('*', '[^/]+')}/([^/]+)$`, 's');
  return folders.flatMap((folder) => {
    const name = pattern.exec(folder)?.[1];
    return name === undefined || isSharedPart(name) ? [] : [{ name, folder, parent }];
  });
}

/** The order of rules for several environments: own folders of all of them before shared ones. */
export function inRuleOrder(a: { path: string }, b: { path: string }): number {
  return rankOf(a.path) - rankOf(b.path);
}

function rankOf(path: string): number {
  const parent = path.split('/').slice(0, -2).join('/');
  const parents: readonly string[] = [...environmentParents, ...sharedParents];
  return parents.indexOf(parent);
}
