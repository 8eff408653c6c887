// Running another program to its end, without a shell, and taking what it says.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isSealError, SealError } from '../src/errors.ts';
import { reasonOf, systemCode } from './file-errors.ts';

/** How a program is run. */
export interface ProgramOptions {
  /** Default: the working folder of the call. */
  cwd?: string | undefined;
  /** Its whole environment. Default: that of the call. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What it reads on standard input. Default: nothing. */
  input?: string | Uint8Array | undefined;
  /** Ends it. Default: the signal of the call. */
  signal?: AbortSignal | undefined;
  /** Bytes that are taken of either stream at most: beyond them it is stopped. Default: `maxProgramOutput`. */
  maxOutput?: number | undefined;
}

/** What a program left behind. */
export interface Ended {
  /** 128 and more where a signal ended it. */
  code: number;
  stdout: Uint8Array;
  stderr: string;
}

const mebibyte = 1024 * 1024;

/** Enough for all files of a large repository. */
export const maxProgramOutput = 512 * mebibyte;

/**
 * Runs a program and resolves when it has ended, whatever its exit code is. Throws `SealError`: `PROGRAM_MISSING`, `PROGRAM_FAILED`
 * where it cannot be run, `INPUT_TOO_LARGE` where it says more than is taken, `INTERRUPTED`.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, input = '', signal, maxOutput = maxProgramOutput }: ProgramOptions,
): Promise<Ended> {
  const child = spawn(program, args, { cwd, env: { ...env }, stdio: 'pipe', windowsHide: true });
  const stop = () => child.kill();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    // A program that does not read all it is given ends before we have written it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [stdout, stderr, code] = await Promise.all([
      collected(child.stdout, maxOutput, program),
      collected(child.stderr, maxOutput, program),
      new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (ended) => resolve(ended ?? killedCode));
      }),
    ]);
    if (signal?.aborted) throw new SealError('INTERRUPTED', 'interrupted');
    return { code, stdout, stderr: new TextDecoder().decode(stderr) };
  } catch (error) {
    throw systemCode(error) && !isSealError(error) ? notRun(program, cwd, error) : error;
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

const killedCode = 128;

async function collected(stream: AsyncIterable<unknown>, most: number, program: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue;
    total += chunk.byteLength;
    if (total > most) throw new SealError('INPUT_TOO_LARGE', `${program} prints more than ${most / mebibyte} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function notRun(program: string, cwd: string | undefined, cause: unknown): SealError {
  // The system says the same of a program and of a working folder that are not there.
  if (systemCode(cause) === 'ENOENT' && (cwd === undefined || existsSync(cwd))) {
    return new SealError('PROGRAM_MISSING', `${program} cannot be found`, {
      hint: `install ${program}, or add its folder to PATH`,
      cause,
    });
  }
  return new SealError('PROGRAM_FAILED', `${program} cannot be run: ${reasonOf(cause)}`, { cause });
}
