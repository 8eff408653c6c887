// Running another program to its end, without a shell, and taking what it says.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isSealError, SealError } from '../src/errors.ts';
import type { Clock } from '../src/kube/clock.ts';
import { spanText } from './durations.ts';
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
  /**
   * Longest that it may run. It then ends at once with all that it started, and so it does at `signal`: it has a process group of its
   * own, and no terminal to ask on. Default: as long as it likes.
   */
  limitMs?: number | undefined;
}

/** Of the machine, what it takes to end a program with all that it started. */
export interface ProgramKeeper {
  clock: Pick<Clock, 'timer'>;
  /** Kills a process group. Does nothing where there is none of this id. */
  killGroup(id: number): void;
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
const maxProgramOutput = 512 * mebibyte;

/**
 * Runs a program and resolves when it has ended, whatever its exit code is. Throws `SealError`: `PROGRAM_MISSING`, `PROGRAM_FAILED`
 * where it cannot be run, `INPUT_TOO_LARGE` where it says more than is taken, `PROGRAM_TIMEOUT`, `INTERRUPTED`.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
  keeper: ProgramKeeper,
): Promise<Ended> {
  const { cwd, env, input = '', signal, maxOutput = maxProgramOutput, limitMs } = options;
  if (signal?.aborted) throw interrupted();
  const isLimited = limitMs !== undefined;
  const child = spawn(program, args, { cwd, env: { ...env }, stdio: 'pipe', windowsHide: true, detached: isLimited });
  const attended = attend(child, { program, signal, limitMs }, keeper);
  try {
    // A program that does not read all it is given ends before we have written it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [stdout, stderr, code] = await Promise.race([
      Promise.all([
        collected(child.stdout, maxOutput, program),
        collected(child.stderr, maxOutput, program),
        new Promise<number>((resolve, reject) => {
          child.once('error', reject);
          child.once('close', (ended) => resolve(ended ?? killedCode));
        }),
      ]),
      attended.overdue,
    ]);
    if (signal?.aborted) throw interrupted();
    return { code, stdout, stderr: new TextDecoder().decode(stderr) };
  } catch (error) {
    attended.stop();
    throw systemCode(error) && !isSealError(error) ? notRun(program, cwd, error) : error;
  } finally {
    attended.end();
  }
}

const interrupted = () => new SealError('INTERRUPTED', 'interrupted');

interface Attended {
  /** Rejects where nobody waits for the program any more, with the reason. */
  overdue: Promise<never>;
  stop(): void;
  /** Lets go of signal and timer. */
  end(): void;
}

/** Stops the program when its time is up, and at the signal. */
function attend(
  child: ChildProcessWithoutNullStreams,
  { program, signal, limitMs }: { program: string } & Pick<ProgramOptions, 'signal' | 'limitMs'>,
  { clock, killGroup }: ProgramKeeper,
): Attended {
  const stop = () => {
    if (limitMs === undefined) return child.kill();
    if (child.pid !== undefined) killGroup(child.pid);
    // Whoever has left the group may hold them open for ever.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    return child.kill('SIGKILL');
  };
  let end = () => {};
  const overdue = new Promise<never>((_, reject) => {
    const give = (error: SealError) => {
      reject(error);
      stop();
    };
    const onAbort = () => (limitMs === undefined ? stop() : give(interrupted()));
    signal?.addEventListener('abort', onAbort, { once: true });
    const cancel =
      limitMs === undefined
        ? () => {}
        : clock.timer(limitMs, () =>
            give(
              new SealError('PROGRAM_TIMEOUT', `${program} has not ended after ${spanText(limitMs)}`, {
                hint: 'run it by itself, to see what it waits for',
              }),
            ),
          );
    end = () => {
      signal?.removeEventListener('abort', onAbort);
      cancel();
    };
  });
  // It may reject when nobody looks any more.
  overdue.catch(() => undefined);
  return { overdue, stop, end: () => end() };
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
