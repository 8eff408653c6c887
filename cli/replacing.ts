// Replacing files that were read before: all or none, and only where nobody else wrote in the meantime.

import { SealError } from '../src/errors.ts';
import type { Files } from './files.ts';
import type { WrittenFile } from './staged-files.ts';

/** A file's new content, and what it was made of. */
export interface Replacement extends WrittenFile {
  /** The bytes that were read; `undefined` where nothing was there. */
  was: Uint8Array | undefined;
}

/**
 * Prepares all files before the first is replaced. Throws `SealError`: `FILE_UNWRITABLE`, `FILE_CHANGED` where one is no longer what was
 * read.
 */
export async function replaceFiles(replacements: readonly Replacement[], files: Files): Promise<void> {
  for (const { path, was } of replacements) if (was) files.checkWritable(path);
  await files.staging(async (staged) => {
    for (const { path, content, was: _, ...options } of replacements) await staged.add(path, content, options);
    for (const { path, was } of replacements) {
      const now = files.isThere(path) ? await files.read(path) : undefined;
      if (now && was ? Buffer.from(now).equals(was) : now === was) continue;
      throw new SealError('FILE_CHANGED', `${path} was changed by somebody else in the meantime`, {
        hint: 'nothing was written; look at the file and try again',
      });
    }
    await staged.commit();
  });
}
