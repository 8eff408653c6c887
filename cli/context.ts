// Everything a command may reach outside itself; `main.ts` fills it with the real process, tests with their own.

import type { Clock } from '../src/kube/clock.ts';
import type { Files } from './files.ts';

/** Standard input. Only one consumer may read it. */
export interface Input {
  readonly isTTY: boolean;
  /** Everything up to the end of input. */
  read(): Promise<Uint8Array>;
}

/** Standard output or standard error. */
export interface Output {
  readonly isTTY: boolean;
  /** Width of the terminal in columns; `undefined` where it is not one. */
  readonly columns?: number | undefined;
  /** `device:inode` where it goes to a regular file, as `Files.identity` gives it. */
  readonly file?: string | undefined;
  /** Writes at once and in order; throws where the other side is gone or full. */
  write(chunk: string | Uint8Array): void;
}

/** The result goes to `out`, words for people to `err`. */
export interface Streams {
  in: Input;
  out: Output;
  err: Output;
}

/** What one call of `seal` is given. */
export interface Context {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working folder. */
  readonly cwd: string;
  readonly streams: Streams;
  readonly files: Files;
  readonly fetch: (url: string, init?: { signal?: AbortSignal }) => Promise<Response>;
  readonly clock: Clock;
  /** A short random name part, for temporary files. */
  readonly random: () => string;
  /** In [0, 1), for jitter. Nothing secret comes of it. */
  readonly jitter: () => number;
  /** Asks for a value on the terminal without echoing it. Throws `UsageError` where there is no terminal. */
  readonly prompt: (question: string) => Promise<Uint8Array>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}
