// Files that objects in the cluster may name: certificates to trust, and credentials from the one folder that is meant for them.

import { open, realpath } from 'node:fs/promises';
import { SecretBytes } from '../../../src/redact.ts';
import { vaultError } from './refusals.ts';

const mostBytes = 1024 * 1024;

/** The bytes of a regular file of at most 1 MiB. Rejects for anything else. */
export async function smallFile(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > mostBytes) throw new Error('no regular file of at most 1 MiB');
    return await file.readFile();
  } finally {
    await file.close();
  }
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
