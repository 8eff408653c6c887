// Files that objects in the cluster may name: certificates to trust, and credentials from the one folder that is meant for them.

import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { SecretBytes } from '../../../src/redact.ts';
import { vaultError } from './refusals.ts';

const mostBytes = 1024 * 1024;
const chunkBytes = 64 * 1024;

/** The bytes of a regular file of at most 1 MiB. Rejects for anything else. */
export async function smallFile(path: string): Promise<Uint8Array> {
  // A pipe that nobody writes to would keep whoever opens it waiting.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error('no regular file');
    return await contentOf(file);
  } finally {
    await file.close();
  }
}

// Files of the kernel say that they are empty, and some (`/proc/self/pagemap`) do not end.
async function contentOf(file: FileHandle): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let length = 0; length <= mostBytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes));
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  throw new Error('more than 1 MiB');
}

/**
 * Reads credentials from files in `folder`, links followed, and from nowhere else: whoever may write a VaultAuth names both the
 * file and the server that it is sent to. An empty `folder` allows none.
 */
export function credentialFilesIn(folder: string): (path: string) => Promise<SecretBytes> {
  return async (path) => {
    if (folder === '') {
      throw vaultError('Invalid', 'vault: appRole.secretIDPath is not allowed here', {
        hint: 'run the controller with --credential-files and the folder of the file, or use secretRef',
      });
    }
    try {
      const [root, file] = await Promise.all([realpath(folder), realpath(path)]);
      if (!file.startsWith(`${root}/`)) throw new Error('outside');
      return new SecretBytes(await smallFile(file));
    } catch {
      // One message for all: what is there beside the folder is nobody's business.
      throw vaultError('Invalid', `vault: appRole.secretIDPath '${path}' is no file below ${folder}`, {
        hint: 'the file has to be there where the controller runs, and have at most 1 MiB',
      });
    }
  };
}
