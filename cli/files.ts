// The files of the user: reading, looking, walking folders, and staging replacements.

import { accessSync, constants, promises as fs, readFileSync, type Stats, statSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { FormatError } from '../src/errors.ts';
import { isManifestName } from '../src/manifest/file-name.ts';
import { readError, systemCode, writeError } from './file-errors.ts';
import type { PrivateFolder } from './private-folder.ts';
import { linkAt, realPath } from './real-path.ts';
import { StagedFiles, type WrittenFile } from './staged-files.ts';

/** What is found at a path. `special` is a device, pipe or socket. */
export type PathKind = 'file' | 'folder' | 'special' | 'missing';

/** Largest input that is read as one piece: nothing people write by hand comes near. */
const maxInputBytes = 256 * 1024 * 1024;

/** Runs `work` while a signal ends the process at once. */
export type Uninterrupted = <T>(work: () => Promise<T>) => Promise<T>;

export interface FilesOptions {
  cwd: string;
  random: () => string;
  uninterrupted?: Uninterrupted;
}

/** Files as commands use them. Relative paths start at the working folder; errors name the path as it was given. */
export class Files {
  readonly #cwd: string;
  readonly #random: () => string;
  readonly #uninterrupted: Uninterrupted;
  readonly #open = new Set<StagedFiles>();
  readonly #private = new Set<PrivateFolder>();

  /** `uninterrupted`: how a read is done that may wait for another program. Default: as any other. */
  constructor({ cwd, random, uninterrupted = (work) => work() }: FilesOptions) {
    this.#cwd = cwd;
    this.#random = random;
    this.#uninterrupted = uninterrupted;
  }

  /** Throws `SealError` (`FILE_NOT_FOUND`, `FILE_UNREADABLE`) or `FormatError` (`INPUT_TOO_LARGE`). */
  async read(path: string): Promise<Uint8Array> {
    try {
      // Plain calls: the promised ones cost a millisecond of start-up and win nothing for one small file.
      const full = resolve(this.#cwd, path);
      const found = statSync(full);
      checkInputSize(path, found.size);
      if (found.isFile()) return readFileSync(full);
      // A pipe may never say anything, and while it blocks no listener hears a signal.
      return await this.#uninterrupted(async () => readFileSync(full));
    } catch (error) {
      throw systemCode(error) ? readError(path, error, linkAt(resolve(this.#cwd, path))) : error;
    }
  }

  /** Throws `SealError` (`FILE_UNREADABLE`) where the path cannot even be looked at. */
  async kind(path: string): Promise<PathKind> {
    const found = this.#stat(path);
    if (!found) return 'missing';
    if (found.isFile()) return 'file';
    return found.isDirectory() ? 'folder' : 'special';
  }

  /** Whether anything is at the path. */
  isThere(path: string): boolean {
    return this.#stat(path) !== undefined;
  }

  /** Throws `SealError` (`FILE_UNWRITABLE`) for a file that may not be written, or that nobody may write. */
  checkWritable(path: string): void {
    const found = this.#stat(path);
    const target = this.real(path);
    try {
      // Root may write everything; a file without any such bit is still somebody's word.
      if (found?.isFile() && (found.mode & 0o222) === 0) throw Object.assign(new Error('mode'), { code: 'EACCES' });
      accessSync(target, constants.W_OK);
      // A file is replaced by one that is made beside it.
      accessSync(dirname(target), constants.W_OK);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** Tells whether two names are one file; `undefined` where nothing is there. */
  async identity(path: string): Promise<string | undefined> {
    const found = this.#stat(path);
    return found && `${found.dev}:${found.ino}`;
  }

  /** What is in a folder itself, in order of name: files, linked ones too, and folders that are no links. None where it is missing. */
  async entries(folder: string): Promise<{ name: string; kind: 'file' | 'folder' }[]> {
    if (!this.isThere(folder)) return [];
    const found = await fs.readdir(resolve(this.#cwd, folder), { withFileTypes: true }).catch((cause) => {
      throw readError(folder, cause);
    });
    const known = found.flatMap((entry): { name: string; kind: 'file' | 'folder' }[] => {
      const { name } = entry;
      if (entry.isDirectory()) return [{ name, kind: 'folder' }];
      const isFile = entry.isFile() || (entry.isSymbolicLink() && this.#leadsToFile(join(folder, name)));
      return isFile ? [{ name, kind: 'file' }] : [];
    });
    return known.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** YAML and JSON files below a folder, as `below` finds them. */
  async manifests(folder: string): Promise<string[]> {
    return this.below(folder, isManifestName);
  }

  /** Files below a folder, in order of name. Linked folders, `.git` and `node_modules` are not entered. Default: those of any name. */
  async below(folder: string, isWanted: (name: string) => boolean = () => true): Promise<string[]> {
    const found: string[] = [];
    for (const { name, kind } of await this.entries(folder)) {
      const path = join(folder, name);
      if (kind === 'file' && isWanted(name)) found.push(path);
      if (kind !== 'folder' || name === '.git' || name === 'node_modules') continue;
      // Its name is no text, so that it cannot be entered: whoever reads what is in it is told of that.
      if (!this.isThere(path)) found.push(path);
      else found.push(...(await this.below(path, isWanted)));
    }
    return found;
  }

  /** Bytes of a file, 0 where nothing is there. Throws `SealError` (`FILE_UNREADABLE`). */
  size(path: string): number {
    return this.#stat(path)?.size ?? 0;
  }

  /** The nearest folder, from `path` upwards, that holds `name`; links are followed. `path` need not exist. */
  async enclosing(path: string, name: string): Promise<string | undefined> {
    for (let at = await this.#existing(resolve(this.#cwd, path)); ; at = dirname(at)) {
      // The index may have files below what is a file by now.
      if (this.#stat(at)?.isDirectory() && this.#stat(join(at, name))) return at;
      if (dirname(at) === at) return undefined;
    }
  }

  /** The real place of `path`: absolute, links followed as far as it exists. */
  real(path: string): string {
    return realPath(resolve(this.#cwd, path));
  }

  /** The nearest folder, from the folder of the real place of `path` upwards, that holds the file `name`. */
  above(path: string, name: string): string | undefined {
    for (let at = dirname(this.real(path)); ; at = dirname(at)) {
      if (this.#isFile(join(at, name))) return at;
      if (dirname(at) === at) return undefined;
    }
  }

  // A link that leads nowhere is a file that is missing, and not one that was never meant.
  #isFile(path: string): boolean {
    try {
      return statSync(path, { throwIfNoEntry: false })?.isFile() ?? linkAt(path) !== undefined;
    } catch (error) {
      throw readError(path, error);
    }
  }

  async #existing(path: string): Promise<string> {
    return fs.realpath(path).catch(() => (dirname(path) === path ? path : this.#existing(dirname(path))));
  }

  /** Yields after changes below a folder, many at once as one, until the signal aborts. */
  async *changes(folder: string, signal: AbortSignal): AsyncIterable<void> {
    let pending = false;
    let wake = () => {};
    const changed = () => {
      pending = true;
      wake();
    };
    const watcher = watch(resolve(this.#cwd, folder), { recursive: true, signal }, changed);
    // What vanishes while it is looked at is a change like any other.
    watcher.on('error', changed);
    signal.addEventListener('abort', changed, { once: true });
    while (!signal.aborted) {
      if (!pending)
        await new Promise<void>((resume) => {
          wake = resume;
        });
      pending = false;
      if (!signal.aborted) yield;
    }
  }

  /** Runs `work` with a set of files to replace; whatever it has not committed is discarded, interrupts included. */
  async staging<T>(work: (staged: StagedFiles) => Promise<T>): Promise<T> {
    const staged = new StagedFiles(this.#cwd, this.#random);
    this.#open.add(staged);
    try {
      return await work(staged);
    } finally {
      staged.discard();
      this.#open.delete(staged);
    }
  }

  /** Writes files, all or none; what is there is replaced. */
  async write(...written: readonly WrittenFile[]): Promise<void> {
    await this.staging(async (staged) => {
      for (const { path, content, ...options } of written) await staged.add(path, content, options);
      await staged.commit();
    });
  }

  /** Runs `work` with a folder that nobody else can read, in memory where there is such a place; it is wiped afterwards. */
  async private<T>(work: (folder: PrivateFolder) => Promise<T>): Promise<T> {
    const { PrivateFolder } = await import('./private-folder.ts');
    const folder = new PrivateFolder();
    this.#private.add(folder);
    try {
      return await work(folder);
    } finally {
      folder.wipe();
      this.#private.delete(folder);
    }
  }

  /** Takes away every temporary file, on the way out of an interrupt. */
  discardAll(): void {
    for (const folder of this.#private) folder.wipe();
    for (const staged of this.#open) staged.discard();
  }

  // A link that leads nowhere, in a circle too, is none of anybody's business but of who reads it.
  #leadsToFile(link: string): boolean {
    try {
      return statSync(resolve(this.#cwd, link)).isFile();
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')) return false;
      throw readError(link, error);
    }
  }

  #stat(path: string): Stats | undefined {
    try {
      return statSync(resolve(this.#cwd, path));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw readError(path, error);
    }
  }
}

/** Throws `FormatError` (`INPUT_TOO_LARGE`). */
export function checkInputSize(name: string, bytes: number): void {
  if (bytes <= maxInputBytes) return;
  throw new FormatError(
    'INPUT_TOO_LARGE',
    `${name} is too large: ${Math.ceil(bytes / 1048576)} MiB, at most ${maxInputBytes / 1048576} are read`,
    {
      hint: 'split it into several files',
    },
  );
}
