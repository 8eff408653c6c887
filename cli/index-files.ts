// The files of a repository as its next commit has them: what is not staged is not there.

import { basename, dirname, join, relative, resolve } from 'node:path';
import { FormatError, SealError } from '../src/errors.ts';
import { isManifestName } from '../src/manifest/file-name.ts';
import { maxManifestBytes } from '../src/manifest/text.ts';
import { shellPath } from '../src/shell-words.ts';
import type { Context } from './context.ts';
import { Files } from './files.ts';
import { type Git, isPartialClone, isWithin, openGit } from './git.ts';
import { contentsOf, type GitFile, type IndexedFile, indexedFiles, stagedFiles } from './git-files.ts';

/** What the next commit adds or changes. */
export interface Staged {
  git: Git;
  /** By the names that people know, in order. */
  changed: readonly (GitFile & { name: string })[];
  /** Absolute path of every file of the index. */
  all: readonly string[];
  /** The context in which everything is read as it is staged. */
  context: Context;
}

/** Looks into the index below `paths`; default: everywhere. Throws `SealError` (`NOT_A_REPOSITORY`, `GIT_MISSING`, `GIT_REFUSED`). */
export async function readStaged(paths: readonly string[], context: Context): Promise<Staged> {
  const git = await openGit('.', context);
  const here = context.files.real('.');
  const wanted = paths.map((path) => context.files.real(path));
  const staged = await stagedFiles(git);
  const changed = staged.flatMap((file) => {
    const place = join(git.top, file.path);
    const isWanted = wanted.length === 0 || wanted.some((path) => isWithin(place, path));
    return isWanted ? [{ ...file, name: relative(here, place) }] : [];
  });
  // What is staged is here; the rest of a partial clone would be fetched for nothing, or cannot be.
  const ahead = (await isPartialClone(git)) ? new Set(staged.map(({ path }) => path)) : undefined;
  const files = new IndexFiles(git, await indexedFiles(git), context, ahead);
  return { git, changed, all: files.all(), context: { ...context, files } };
}

interface Entry extends IndexedFile {
  /** Absolute. */
  place: string;
  /** Its number among the others. */
  at: number;
}

/** How many manifests are read together, since what goes through a tree asks for them in order. */
const readAhead = 500;

/** As much of them is held at a time. */
const heldBytes = 32 * 1024 * 1024;

/** As many links are followed from one to the next as Linux does. */
const mostHops = 40;

/** Linux takes no longer path. */
const longestTarget = 4096;

class IndexFiles extends Files {
  readonly #git: Git;
  readonly #entries: readonly Entry[];
  readonly #regular: ReadonlyMap<string, Entry>;
  readonly #links: ReadonlyMap<string, Entry>;
  readonly #ahead: ReadonlySet<string> | undefined;
  /** Contents that were read together, by object. */
  #held = new Map<string, Uint8Array>();
  #turn: Promise<unknown> = Promise.resolve();

  /** `ahead`: what may be read before it is asked for, by path in the repository; default: everything. */
  constructor(
    git: Git,
    entries: readonly IndexedFile[],
    { cwd, random }: Pick<Context, 'cwd' | 'random'>,
    ahead: ReadonlySet<string> | undefined,
  ) {
    super({ cwd, random });
    this.#git = git;
    this.#ahead = ahead;
    this.#entries = entries.map((entry, at) => ({ ...entry, at, place: join(git.top, entry.path) }));
    this.#regular = this.#entriesOf('file');
    this.#links = this.#entriesOf('link');
  }

  #entriesOf(wanted: Entry['kind']): ReadonlyMap<string, Entry> {
    return new Map(this.#entries.flatMap((entry) => (entry.kind === wanted ? [[entry.place, entry]] : [])));
  }

  all(): string[] {
    return [...this.#regular.keys()];
  }

  override async read(path: string): Promise<Uint8Array> {
    const place = await this.#target(path);
    const entry = this.#regular.get(place);
    if (entry) return this.#content(entry, path);
    if (this.#isForeign(place)) return super.read(place === this.#placeOf(path) ? path : place);
    throw this.#missing(path, place);
  }

  /** Where a name stands: links among its folders are those of the work tree, and its last part is none yet. */
  #placeOf(path: string): string {
    return join(this.real(dirname(path)), basename(path));
  }

  /** Where a name leads, by the links that are staged. */
  async #target(path: string, hops = mostHops): Promise<string> {
    const place = this.#placeOf(path);
    const link = hops > 0 ? this.#links.get(place) : undefined;
    if (!link) return place;
    for await (const { content } of contentsOf(this.#git, [link], longestTarget))
      if (content) return this.#target(resolve(dirname(place), new TextDecoder().decode(content)), hops - 1);
    return place;
  }

  #missing(path: string, place: string): SealError {
    const shown = shellPath(relative(this.real('.'), place));
    const leadsTo = place === this.#placeOf(path) ? [] : [`it is a link, and leads to ${shown}`];
    const add = this.isThere(place) ? [`it is not staged: git add ${shown}`] : [];
    return new SealError('FILE_NOT_FOUND', `no such file: ${path}`, { hint: [...leadsTo, ...add] });
  }

  override above(path: string, name: string): string | undefined {
    if (name === '.git') return super.above(path, name);
    let at = dirname(this.real(path));
    for (; isWithin(at, this.#git.top); at = dirname(at)) {
      if (this.#regular.has(join(at, name)) || this.#links.has(join(at, name))) return at;
      if (dirname(at) === at) return undefined;
    }
    return super.above(join(at, name), name);
  }

  /** Whether the index has no say in it: outside, Git's own, and what another repository holds. */
  #isForeign(real: string): boolean {
    const { top } = this.#git;
    if (!isWithin(real, top) || isWithin(real, join(top, '.git'))) return true;
    return this.#entries.some(({ kind, place }) => kind === 'repository' && isWithin(real, place));
  }

  // One after another: whoever asks for the next file at the same time finds it read already.
  #content(entry: Entry, path: string): Promise<Uint8Array> {
    const content = this.#turn.then(async () => {
      if (!this.#held.has(entry.id)) this.#held = await this.#contentsFrom(entry);
      const found = this.#held.get(entry.id);
      if (found) return found;
      throw new FormatError('INPUT_TOO_LARGE', `${path} is too large to be read from the index`, {
        hint: 'split it into several files',
      });
    });
    this.#turn = content.catch(() => undefined);
    return content;
  }

  async #contentsFrom(first: Entry): Promise<Map<string, Uint8Array>> {
    const wanted = [first];
    for (let at = first.at + 1; isManifestName(first.path) && wanted.length < readAhead; at++) {
      const next = this.#entries[at];
      if (next === undefined) break;
      const mayBeRead = this.#ahead?.has(next.path) ?? true;
      if (mayBeRead && next.kind === 'file' && isManifestName(next.path)) wanted.push(next);
    }
    const held = new Map<string, Uint8Array>();
    let bytes = 0;
    for await (const { of, content } of contentsOf(this.#git, wanted, maxManifestBytes)) {
      if (content) held.set(of.id, content);
      bytes += content?.byteLength ?? 0;
      if (bytes >= heldBytes) break;
    }
    return held;
  }
}
