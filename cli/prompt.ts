// Asking for a value on the terminal without showing it; loaded only when a command has to ask.

import type { Readable, Writable } from 'node:stream';
import { isCancel, password } from '@clack/prompts';
import { SealError } from '../src/errors.ts';

/** The value as UTF-8 bytes, without a line end. Throws `SealError` (`INTERRUPTED`) when the user gives up. */
export async function askHidden(message: string, streams: { input: Readable; output: Writable }): Promise<Uint8Array> {
  const answer = await password({ message, ...streams });
  if (isCancel(answer)) throw new SealError('INTERRUPTED', 'interrupted');
  return new TextEncoder().encode(answer);
}
