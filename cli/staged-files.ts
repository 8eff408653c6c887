// Replacing several files as one step: all are written beside their targets before the first is renamed over its own.

// Everything but the flush is a plain call: a promised one costs ten times what the system needs for it.
import {
  closeSync,
  fchmodSync,
  fchownSync,
  promises as fs,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { systemCode, writeError } from './file-errors.ts';
import { realPath } from './real-path.ts';

interface Staged {
  /** The path as the user wrote it, for messages. */
  path: string;
  target: string;
  temporary: string;
}

interface Direct {
  path: string;
  target: string;
  bytes: Uint8Array;
}

/** A file that is written and still open, since it may not be on the disk yet. */
interface Unflushed {
  path: string;
  descriptor: number;
}

// A journal writes many files at once as fast as one, and whoever makes a file meanwhile waits for it.
const flushedAtOnce = 32;

// Twice as many, so that work goes on during a flush; a shell may allow no more than 256, and others hold files too.
const openAtOnce = 64;

/** How one file is written. */
export interface StageOptions {
  /** A new file is readable by its owner alone. Default: false. */
  confidential?: boolean;
  /** Missing folders on the way are made. Default: false. */
  makeFolders?: boolean;
  /** A new file is a program. Default: false. */
  executable?: boolean;
}

/** A file and what it is to hold. */
export interface WrittenFile extends StageOptions {
  path: string;
  content: string | Uint8Array;
}

/** Files on their way. Until `commit` every target is as it was; `discard` leaves nothing behind. */
export class StagedFiles {
  readonly #cwd: string;
  readonly #random: () => string;
  readonly #staged: Staged[] = [];
  readonly #unflushed: Unflushed[] = [];
  readonly #direct: Direct[] = [];
  #open = 0;
  #flushed: Promise<unknown> = Promise.resolve();

  constructor(cwd: string, random: () => string) {
    this.#cwd = cwd;
    this.#random = random;
  }

  /** Writes the new content beside `path`; several may be on their way at once. Throws `SealError` (`FILE_UNWRITABLE`). */
  async add(path: string, content: string | Uint8Array, options: StageOptions = {}): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    while (this.#open >= openAtOnce) await this.#flush();
    try {
      const full = resolve(this.#cwd, path);
      const found = statSync(full, { throwIfNoEntry: false });
      if (found?.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
      // A device or a pipe, such as /dev/stdout, can only be written to, never replaced.
      if (found && !found.isFile()) this.#direct.push({ path, target: full, bytes });
      else await this.#stageOrWait({ path, target: realPath(full), bytes }, found, options);
    } catch (cause) {
      throw writeError(path, cause);
    }
    if (this.#unflushed.length >= flushedAtOnce) await this.#flush();
  }

  async #stageOrWait(file: Direct, old: Stats | undefined, options: StageOptions): Promise<void> {
    try {
      this.#stage(file, old, options);
    } catch (error) {
      if (systemCode(error) !== 'EMFILE' || this.#open === 0) throw error;
      await this.#flush();
      this.#stage(file, old, options);
    }
  }

  #stage(file: Direct, old: Stats | undefined, { confidential, makeFolders, executable }: StageOptions): void {
    if (makeFolders) mkdirSync(dirname(file.target), { recursive: true, ...(confidential && { mode: 0o700 }) });
    // An existing file that may not be written is the user's word; a rename would go past it.
    if (old) closeSync(openSync(file.target, 'r+'));
    const temporary = join(dirname(file.target), `.seal-${this.#random()}.tmp`);
    // Known before it exists: an interrupt in between must still find it.
    this.#staged.push({ path: file.path, target: file.target, temporary });
    const descriptor = this.#opened(temporary, confidential || old ? 0o600 : executable ? 0o777 : 0o666);
    this.#unflushed.push({ path: file.path, descriptor });
    writeFileSync(descriptor, file.bytes);
    if (old) takeAfter(descriptor, old);
  }

  /** A new file, the last one that is staged. */
  #opened(temporary: string, mode: number): number {
    try {
      const descriptor = openSync(temporary, 'wx', mode);
      this.#open += 1;
      return descriptor;
    } catch (error) {
      this.#staged.pop();
      throw error;
    }
  }

  /** Resolves once all that was written is on the disk, by earlier flushes too; never again where one of them failed. */
  async #flush(): Promise<void> {
    const flushing = this.#unflushed.splice(0).map((file) => this.#flushOne(file));
    this.#flushed = Promise.all([this.#flushed, ...flushing]);
    await this.#flushed;
  }

  async #flushOne({ path, descriptor }: Unflushed): Promise<void> {
    try {
      await flush(descriptor).finally(() => this.#close(descriptor));
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  #close(descriptor: number): void {
    this.#open -= 1;
    closeSync(descriptor);
  }

  /** Flushes every file to disk and renames it over its target. Throws `SealError` (`FILE_UNWRITABLE`). */
  async commit(): Promise<void> {
    await this.#flush();
    const folders = new Set<string>();
    for (let file = this.#staged[0]; file; file = this.#staged[0]) {
      rename(file);
      this.#staged.shift();
      folders.add(dirname(file.target));
    }
    for (const folder of folders) await syncFolder(folder);
    for (const { path, target, bytes } of this.#direct.splice(0)) await writeThrough(path, target, bytes);
  }

  /** Removes what is not committed. Synchronous, so that it also works on the way out of an interrupt. */
  discard(): void {
    for (const { descriptor } of this.#unflushed.splice(0)) closeQuietly(descriptor);
    for (const { temporary } of this.#staged.splice(0)) removeQuietly(temporary);
    this.#direct.length = 0;
  }
}

// A file system far away may tell only now that it could not write: what is thrown away need not be whole.
function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // It is closed in any case.
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Already renamed or removed: there is nothing left to take away.
  }
}

function rename({ path, temporary, target }: Staged): void {
  try {
    renameSync(temporary, target);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

function flush(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}

/** Gives the new file the owner and the mode of the old one, as far as this user may. */
function takeAfter(descriptor: number, old: Stats): void {
  const mine = fstatSync(descriptor);
  if (mine.uid !== old.uid || mine.gid !== old.gid) {
    if (!triedChown(descriptor, old.uid, old.gid)) triedChown(descriptor, mine.uid, old.gid);
  }
  fchmodSync(descriptor, old.mode & 0o7777);
}

/** Whether the owner could be changed. */
function triedChown(descriptor: number, uid: number, gid: number): boolean {
  try {
    fchownSync(descriptor, uid, gid);
    return true;
  } catch {
    return false;
  }
}

async function writeThrough(path: string, target: string, bytes: Uint8Array): Promise<void> {
  try {
    const handle = await fs.open(target, 'w');
    await handle.writeFile(bytes).finally(() => handle.close());
  } catch (cause) {
    throw writeError(path, cause);
  }
}

// A rename is durable once its folder is; some file systems cannot sync one, and the file itself already is.
async function syncFolder(folder: string): Promise<void> {
  try {
    const descriptor = openSync(folder, 'r');
    await flush(descriptor).finally(() => closeSync(descriptor));
  } catch {
    return;
  }
}
