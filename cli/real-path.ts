// Where a path leads in the end: that is where a file is, or would be written.

import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** The real place of an absolute path, links followed as far as it exists; one to what is not there yet leads there all the same. */
export function realPath(path: string, hops = 40): string {
  try {
    return realpathSync.native(path);
  } catch {
    if (dirname(path) === path) return path;
    const folder = realPath(dirname(path), hops);
    const to = hops > 0 ? linkAt(path) : undefined;
    return to === undefined ? join(folder, basename(path)) : realPath(resolve(folder, to), hops - 1);
  }
}

/** What a link says; `undefined` for what is none. */
export function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
