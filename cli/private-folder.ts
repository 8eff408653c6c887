// A place for plain values while an editor is open: in memory where the system has such a folder, private, and wiped afterwards.

import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SealError } from '../src/errors.ts';
import { reasonOf } from './file-errors.ts';

const memory = '/dev/shm';

/** A folder of mode 0700. All calls are synchronous, so that wiping also works on the way out of a signal. */
export class PrivateFolder {
  readonly path: string;
  /** Nothing in it reaches a disk. */
  readonly inMemory: boolean;
  #kept = false;

  /** Throws `SealError` (`NO_PRIVATE_FOLDER`). */
  constructor() {
    this.inMemory = isInMemory(memory);
    try {
      this.path = mkdtempSync(join(this.inMemory ? memory : tmpdir(), 'seal-'));
    } catch (cause) {
      throw new SealError('NO_PRIVATE_FOLDER', `cannot make a private folder: ${reasonOf(cause)}`, {
        hint: 'set TMPDIR to a folder that you may write to',
        cause,
      });
    }
  }

  /** Writes a file that only its owner may read; resolves its path. */
  write(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** `undefined` where the file is gone. */
  read(name: string): Uint8Array | undefined {
    try {
      return readFileSync(join(this.path, name));
    } catch {
      return undefined;
    }
  }

  /** Leaves everything where it is. Only for a folder in memory. */
  keep(): void {
    this.#kept = true;
  }

  /** Overwrites every file, an editor's own copies included, and removes all. */
  wipe(): void {
    if (this.#kept) return;
    for (const entry of entriesOf(this.path)) if (entry.isFile()) overwrite(join(entry.parentPath, entry.name));
    rmSync(this.path, { recursive: true, force: true });
  }
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
}

function overwrite(path: string): void {
  try {
    const file = openSync(path, 'r+');
    writeSync(file, new Uint8Array(statSync(path).size));
    fsyncSync(file);
    closeSync(file);
  } catch {
    // It is removed in any case.
  }
}

// TMPFS_MAGIC and RAMFS_MAGIC of Linux' magic.h: a folder of that name may lie on a disk.
const memoryFileSystems: readonly number[] = [0x01021994, 0x858458f6];

function isInMemory(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return memoryFileSystems.includes(statfsSync(path).type);
  } catch {
    return false;
  }
}
