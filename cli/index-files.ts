// The files of a repository as its next commit has them: what is not staged is not there.

import { basename, dirname, join, relative } from 'node:path';
import { FormatError, SealError } from '../src/errors.ts';
import { maxManifestBytes } from '../src/manifest/text.ts';
import { shellPath } from '../src/shell-words.ts';
import type { Context } from './context.ts';
import { Files } from './files.ts';
import { type Git, isPartialClone, isWithin, openGit } from './git.ts';
import { contentsOf, type GitFile, type IndexedFile, indexedFiles, stagedFiles } from './git-files.ts';
import { isManifestName } from './tree.ts';

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

class IndexFiles extends Files {
  readonly #git: Git;
  readonly #entries: readonly Entry[];
  readonly #regular: ReadonlyMap<string, Entry>;
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
    const regular = this.#entries.filter(({ kind }) => kind === 'file');
    this.#regular = new Map(regular.map((entry) => [entry.place, entry]));
  }

  all(): string[] {
    return [...this.#regular.keys()];
  }

  override async read(path: string): Promise<Uint8Array> {
    // The name itself comes first: it may be a link by now.
    const place = join(this.real(dirname(path)), basename(path));
    const entry = this.#regular.get(place) ?? this.#regular.get(this.real(path));
    if (entry) return this.#content(entry, path);
    if (this.#isForeign(this.real(path))) return super.read(path);
    const hint = this.isThere(path) ? `it is not staged: git add ${shellPath(relative(this.real('.'), place))}` : [];
    throw new SealError('FILE_NOT_FOUND', `no such file: ${path}`, { hint });
  }

  override above(path: string, name: string): string | undefined {
    if (name === '.git') return super.above(path, name);
    let at = dirname(this.real(path));
    for (; isWithin(at, this.#git.top); at = dirname(at)) {
      if (this.#regular.has(join(at, name))) return at;
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
      throw new FormatError('INPUT_TOO_LARGE', `${path} is too large to be read from the index`);
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
