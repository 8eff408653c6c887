// What the file system's refusals are called in the user's words.

import { dirname } from 'node:path';
import { SealError } from '../src/errors.ts';
import { shellPath } from '../src/shell-words.ts';
import { shownWord } from './shown-word.ts';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  EIO: 'the disk failed',
};

/** The `code` of a system error, such as `ENOENT`; `undefined` for anything else. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Why the system refused, as a phrase. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error) ?? '';
  return reasons[code] ?? (code || 'unknown reason');
}

/** `cannot read FILE: permission denied`, or `no such file: FILE`. Codes `FILE_NOT_FOUND`, `FILE_UNREADABLE`. `link`: what the path says as one. */
export function readError(path: string, cause: unknown, link?: string): SealError {
  const code = systemCode(cause) ?? '';
  // What Node puts in the place of bytes that are no text: the name that is there cannot be said.
  if (code === 'ENOENT' && path.includes('\ufffd')) {
    const hint = 'rename it: its name is not UTF-8';
    return new SealError('FILE_NOT_FOUND', `cannot open ${path}, whose name is no text`, { hint, cause });
  }
  const hint = link === undefined ? [] : `it is a link, and leads to ${shownWord(link)}`;
  if (code === 'ENOENT') return new SealError('FILE_NOT_FOUND', `no such file: ${shownWord(path)}`, { hint, cause });
  const wayOut: Readonly<Record<string, string>> = {
    ...deniedHints(path),
    ELOOP: `where it leads: ls -l ${shellPath(path)}`,
  };
  return new SealError('FILE_UNREADABLE', `cannot read ${path}: ${reasonOf(cause)}`, {
    hint: wayOut[code] ?? [],
    cause,
  });
}

function deniedHints(path: string): { EACCES: string; EPERM: string } {
  const whoMay = `who may: ls -ld ${shellPath(dirname(path))} ${shellPath(path)}`;
  return { EACCES: whoMay, EPERM: whoMay };
}

/** `cannot write FILE: no space left`. Code `FILE_UNWRITABLE`. */
export function writeError(path: string, cause: unknown): SealError {
  const code = systemCode(cause) ?? '';
  const reason = code === 'ENOENT' ? 'its folder does not exist' : reasonOf(cause);
  const folder = shellPath(dirname(path));
  const wayOut: Readonly<Record<string, string>> = {
    ...deniedHints(path),
    EISDIR: 'name a file in it',
    ENOENT: `mkdir -p ${folder}`,
    ENOSPC: `what is full: df -h ${folder}`,
  };
  return new SealError('FILE_UNWRITABLE', `cannot write ${path}: ${reason}`, { hint: wayOut[code] ?? [], cause });
}
