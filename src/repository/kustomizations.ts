// What the Kustomizations of a repository do to names and namespaces of the files that they take in (kustomize 5.8).

import { isJsonObject, type JsonObject } from '../manifest/kinds.ts';

/** One kustomization.yaml. Paths are those of the repository, with `/` between their parts. */
export interface KustomizationFile {
  path: string;
  value: unknown;
}

/** What is done to the objects of a file on one way from it to what is applied. */
export interface Rename {
  /** The namespace that every object gets; `undefined`: they keep theirs. */
  namespace: string | undefined;
  prefix: string;
  suffix: string;
  /** Something on the way may change names in ways that are not followed, such as transformers in files of their own. */
  isCertain: boolean;
  /** A patch on the way may be for its SealedSecrets: bring values of its own, or take them out. */
  mayPatch: boolean;
  /** The Kustomization that nothing takes in: what is applied. */
  root: string;
  /** Paths of the Kustomizations that say so, the last word each. */
  saidBy: { namespace?: string; prefix?: string; suffix?: string };
}

/** The names that Kustomize looks for. */
export const kustomizationNames: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Whether this is the path of a Kustomization. */
export function isKustomization(path: string): boolean {
  return kustomizationNames.includes(path.slice(path.lastIndexOf('/') + 1));
}

const mostWays = 64;

/** Who takes in whom. Built once; answers are remembered. */
export class Kustomizations {
  readonly #byFolder = new Map<string, JsonObject>();
  readonly #paths = new Map<string, string>();
  // A file, or the folder of a Kustomization → folders of those that list it.
  readonly #takers = new Map<string, Set<string>>();
  readonly #patches = new Set<string>();
  readonly #renames = new Map<string, readonly Rename[]>();

  constructor(files: Iterable<KustomizationFile>) {
    for (const { path, value } of files) {
      if (!isJsonObject(value)) continue;
      this.#byFolder.set(folderOf(path), value);
      this.#paths.set(folderOf(path), path);
    }
    for (const [folder, value] of this.#byFolder) this.#link(folder, value);
  }

  /** The ways on which the objects of a file reach a cluster; none: no Kustomization takes it in, and it is applied as it is. */
  renamesOf(path: string): readonly Rename[] {
    const known = this.#renames.get(path);
    if (known) return known;
    const takers = [...(this.#takers.get(path) ?? [])];
    const renames = takers.flatMap((folder) => this.#waysUp(folder, []).slice(0, mostWays));
    const all = renames.length >= mostWays ? renames.map((one) => ({ ...one, isCertain: false })) : renames;
    this.#renames.set(path, all);
    return all;
  }

  /** Whether the Kustomization in `folder` is applied as it is: nothing takes it in, and it is no component. */
  isRoot(folder: string): boolean {
    const value = this.#byFolder.get(folder);
    return value !== undefined && value.kind !== 'Component' && !this.#takers.has(folder);
  }

  /** Whether a file is only laid over another: it is no object of its own. */
  isPatch(path: string): boolean {
    return this.#patches.has(path);
  }

  #link(folder: string, value: JsonObject): void {
    for (const field of ['resources', 'bases', 'components']) {
      for (const entry of textsOf(value[field])) {
        const path = joined(folder, entry);
        if (path === undefined) continue;
        const takers = this.#takers.get(path) ?? new Set();
        this.#takers.set(path, takers.add(folder));
      }
    }
    const patches = [
      ...textsOf(value.patchesStrategicMerge),
      ...pathsOf(value.patches),
      ...pathsOf(value.patchesJson6902),
    ];
    for (const entry of patches) {
      const path = joined(folder, entry);
      if (path !== undefined) this.#patches.add(path);
    }
  }

  #waysUp(folder: string, seen: readonly string[]): Rename[] {
    const own = this.#stepOf(folder);
    const takers = [...(this.#takers.get(folder) ?? [])].filter((one) => !seen.includes(one) && one !== folder);
    if (takers.length === 0) return [{ ...own, root: folder }];
    const ways: Rename[] = [];
    for (const taker of takers) {
      if (ways.length >= mostWays) break;
      // What a component does is part of what those who take it in do.
      const step = this.#isComponentOf(folder, taker) ? unchanged : own;
      for (const outer of this.#waysUp(taker, [...seen, folder])) ways.push(followedBy(step, outer));
    }
    return ways;
  }

  #isComponentOf(folder: string, taker: string): boolean {
    return textsOf(this.#byFolder.get(taker)?.components).some((entry) => joined(taker, entry) === folder);
  }

  // Components change what those who take them in have gathered, before these do.
  #stepOf(folder: string, depth = 0): Omit<Rename, 'root'> {
    const value = this.#byFolder.get(folder) ?? {};
    const path = this.#paths.get(folder);
    const namespace = textOf(value.namespace);
    const prefix = textOf(value.namePrefix) ?? '';
    const suffix = textOf(value.nameSuffix) ?? '';
    const own = {
      ...{ namespace, prefix, suffix },
      isCertain: !changesNamesOtherwise(value),
      mayPatch: maySealedBePatched(value),
      saidBy: path === undefined ? {} : saying(path, { namespace, prefix, suffix }),
    };
    let step = own;
    for (const entry of textsOf(value.components)) {
      const path = joined(folder, entry);
      if (path === undefined || depth > 8) step.isCertain = false;
      else if (this.#byFolder.has(path)) step = followedBy(this.#stepOf(path, depth + 1), step);
    }
    return step;
  }
}

const nothing = { namespace: undefined, prefix: '', suffix: '', saidBy: {} } as const;
const unchanged = { ...nothing, isCertain: true, mayPatch: false } as const;

function followedBy<T extends Omit<Rename, 'root'>>(inner: Omit<Rename, 'root'>, outer: T): T {
  return {
    ...outer,
    namespace: outer.namespace ?? inner.namespace,
    prefix: outer.prefix + inner.prefix,
    suffix: inner.suffix + outer.suffix,
    isCertain: inner.isCertain && outer.isCertain,
    mayPatch: inner.mayPatch || outer.mayPatch,
    saidBy: { ...inner.saidBy, ...outer.saidBy },
  };
}

function saying(path: string, said: Pick<Rename, 'prefix' | 'suffix' | 'namespace'>): Rename['saidBy'] {
  return Object.fromEntries(Object.entries(said).flatMap(([part, text]) => (text ? [[part, path]] : [])));
}

function changesNamesOtherwise({ transformers, replacements, vars, patches, patchesJson6902 }: JsonObject): boolean {
  if ([transformers, replacements, vars].some((list) => Array.isArray(list) && list.length > 0)) return true;
  const text = JSON.stringify([patches ?? [], patchesJson6902 ?? []]);
  return /\/metadata\/name|allowNameChange/.test(text);
}

// What names another kind is for that one.
function maySealedBePatched({ patches, patchesStrategicMerge, patchesJson6902 }: JsonObject): boolean {
  const all = [patches, patchesStrategicMerge, patchesJson6902].flatMap((list) => (Array.isArray(list) ? list : []));
  return all.some((patch) => {
    const { kind } = isJsonObject(patch) && isJsonObject(patch.target) ? patch.target : {};
    const text = isJsonObject(patch) ? patch.patch : patch;
    // A pattern could be any.
    if (typeof kind === 'string') return kind === 'SealedSecret' || !/^\w+$/.test(kind);
    return typeof text !== 'string' || !/^kind:/m.test(text) || text.includes('SealedSecret');
  });
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
}

/** `undefined` for what is not in the repository: an address, or a path that leads out of it. */
function joined(folder: string, entry: string): string | undefined {
  if (entry.includes('://') || entry.startsWith('/') || /^(?:github\.com|git@)/.test(entry)) return undefined;
  const parts: string[] = [];
  for (const part of [...folder.split('/'), ...entry.split('/')]) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/') || '.';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function pathsOf(value: unknown): string[] {
  return Array.isArray(value) ? textsOf(value.map((one) => (isJsonObject(one) ? one.path : undefined))) : [];
}
