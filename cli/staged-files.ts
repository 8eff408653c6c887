// Replacing several files as one step: all are written beside their targets before the first is renamed over its own.

// `promises` is loaded at its first use, which most calls never reach.
import { closeSync, promises as fs, openSync, type Stats, unlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { systemCode, writeError } from './file-errors.ts';

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
  readonly #direct: Direct[] = [];
  #discarded = false;

  constructor(cwd: string, random: () => string) {
    this.#cwd = cwd;
    this.#random = random;
  }

  /** Writes the new content beside `path` and flushes it to disk. Throws `SealError` (`FILE_UNWRITABLE`). */
  async add(path: string, content: string | Uint8Array, options: StageOptions = {}): Promise<void> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    try {
      const full = resolve(this.#cwd, path);
      const found = await statOrNothing(full);
      if (found?.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
      // A device or a pipe, such as /dev/stdout, can only be written to, never replaced.
      if (found && !found.isFile()) this.#direct.push({ path, target: full, bytes });
      else await this.#stage({ path, target: await followLinks(full), bytes }, found, options);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  async #stage(
    file: Direct,
    old: Stats | undefined,
    { confidential, makeFolders, executable }: StageOptions,
  ): Promise<void> {
    if (makeFolders) await fs.mkdir(dirname(file.target), { recursive: true, ...(confidential && { mode: 0o700 }) });
    // An existing file that may not be written is the user's word; a rename would go past it.
    if (old) await (await fs.open(file.target, 'r+')).close();
    const temporary = join(dirname(file.target), `.seal-${this.#random()}.tmp`);
    // Known before it exists: an interrupt in between must still find it.
    this.#staged.push({ path: file.path, target: file.target, temporary });
    // Made at once: a file that a worker thread makes a moment later could outlive the process that knows of it.
    closeSync(openSync(temporary, 'wx', confidential || old ? 0o600 : executable ? 0o777 : 0o666));
    const handle = await fs.open(temporary, 'r+');
    try {
      await handle.writeFile(file.bytes);
      if (old) await takeAfter(handle, old);
      await handle.sync();
    } finally {
      await handle.close();
      // Given up while it was being written: nobody else knows of it any more.
      if (this.#discarded) removeQuietly(temporary);
    }
  }

  /** Renames every file over its target. Throws `SealError` (`FILE_UNWRITABLE`). */
  async commit(): Promise<void> {
    const folders = new Set<string>();
    for (let file = this.#staged[0]; file; file = this.#staged[0]) {
      await fs.rename(file.temporary, file.target).catch((cause) => {
        throw writeError(file?.path ?? '', cause);
      });
      this.#staged.shift();
      folders.add(dirname(file.target));
    }
    for (const folder of folders) await syncFolder(folder);
    for (const { path, target, bytes } of this.#direct.splice(0)) await writeThrough(path, target, bytes);
  }

  /** Removes what is not committed. Synchronous, so that it also works on the way out of an interrupt. */
  discard(): void {
    this.#discarded = true;
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

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await fs.stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Where a path leads in the end, also when the last link points at a file that does not exist yet. */
async function followLinks(path: string): Promise<string> {
  for (let at = path, hops = 0; hops < 40; hops++) {
    try {
      return await fs.realpath(at);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    const next = await fs.readlink(at).catch(() => undefined);
    if (next === undefined) return at;
    at = resolve(dirname(at), next);
  }
  throw Object.assign(new Error('links'), { code: 'ELOOP' });
}

/** Gives the new file the owner and the mode of the old one, as far as this user may. */
async function takeAfter(handle: fs.FileHandle, old: Stats): Promise<void> {
  const mine = await handle.stat();
  if (mine.uid !== old.uid || mine.gid !== old.gid) {
    await handle
      .chown(old.uid, old.gid)
      .catch(() => handle.chown(mine.uid, old.gid))
      .catch(() => undefined);
  }
  await handle.chmod(old.mode & 0o7777);
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
    const handle = await fs.open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    return;
  }
}
