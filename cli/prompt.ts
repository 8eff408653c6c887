// Asking for a value on the terminal without showing it; loaded only when a command has to ask.

import type { Readable, Writable } from 'node:stream';
import { isCancel, password } from '@clack/prompts';
import { SealError } from '../src/errors.ts';

/** Where it is asked and answered: a terminal. */
export interface Dialogue {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

/** The value as UTF-8 bytes, without a line end. Throws `SealError` (`INTERRUPTED`) when the user gives up. */
export async function askHidden(message: string, streams: Dialogue): Promise<Uint8Array> {
  const answer = await password({ message, ...(streams as { input: Readable; output: Writable }) });
  if (isCancel(answer)) throw new SealError('INTERRUPTED', 'interrupted');
  return new TextEncoder().encode(answer);
}
