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
import { writeError } from './file-errors.ts';
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
const flushedAtOnce = 64;

/** How one file is written. */
export interface StageOptions {
  /** A new file is readable by its owner alone. Default: false. */
  confidential?: boolean;
  /** Missing folders on the way are made. Default: false. */
  makeFolders?: boolean;
  /** A new file is a program. Default: false. */
  executable?: boolean;
}

/** Files on their way. Until `commit` every target is as it was; `discard` leaves nothing behind. */
export class StagedFiles {
  readonly #cwd: string;
  readonly #random: () => string;
  readonly #staged: Staged[] = [];
  readonly #unflushed: Unflushed[] = [];
  readonly #direct: Direct[] = [];

  constructor(cwd: string, random: () => string) {
    this.#cwd = cwd;
    this.#random = random;
  }

  /** Writes the new content beside `path`. Throws `SealError` (`FILE_UNWRITABLE`). */
  async add(path: string, content: string | Uint8Array, options: StageOptions = {}): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    try {
      const full = resolve(this.#cwd, path);
      const found = statSync(full, { throwIfNoEntry: false });
      if (found?.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
      // A device or a pipe, such as /dev/stdout, can only be written to, never replaced.
      if (found && !found.isFile()) this.#direct.push({ path, target: full, bytes });
      else this.#stage({ path, target: realPath(full), bytes }, found, options);
    } catch (cause) {
      throw writeError(path, cause);
    }
    if (this.#unflushed.length >= flushedAtOnce) await this.#flush();
  }

  #stage(file: Direct, old: Stats | undefined, { confidential, makeFolders, executable }: StageOptions): void {
    if (makeFolders) mkdirSync(dirname(file.target), { recursive: true, ...(confidential && { mode: 0o700 }) });
    // An existing file that may not be written is the user's word; a rename would go past it.
    if (old) closeSync(openSync(file.target, 'r+'));
    const temporary = join(dirname(file.target), `.seal-${this.#random()}.tmp`);
    // Known before it exists: an interrupt in between must still find it.
    this.#staged.push({ path: file.path, target: file.target, temporary });
    const descriptor = openSync(temporary, 'wx', confidential || old ? 0o600 : executable ? 0o777 : 0o666);
    this.#unflushed.push({ path: file.path, descriptor });
    writeFileSync(descriptor, file.bytes);
    if (old) takeAfter(descriptor, old);
  }

  async #flush(): Promise<void> {
    await Promise.all(
      this.#unflushed.splice(0).map(async ({ path, descriptor }) => {
        await flush(descriptor)
          .finally(() => closeSync(descriptor))
          .catch((cause) => {
            throw writeError(path, cause);
          });
      }),
    );
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
    for (const { descriptor } of this.#unflushed.splice(0)) closeSync(descriptor);
    for (const { temporary } of this.#staged.splice(0)) removeQuietly(temporary);
    this.#direct.length = 0;
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
