// Everything a command may reach outside itself; made of the real machine here, and of made-up parts in tests.

import { UsageError } from '../src/errors.ts';
import type { Clock } from '../src/kube/clock.ts';
import { Files, type Uninterrupted } from './files.ts';
import type { Ended, ProgramOptions } from './programs.ts';
import type { Questions } from './questions.ts';
import { type Streams, standardStreams, type Terminals } from './streams.ts';

/** What one call of `seal` is given. */
export interface Context {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working folder. */
  readonly cwd: string;
  readonly streams: Streams;
  readonly files: Files;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A short random name part, for temporary files. */
  readonly random: () => string;
  /** In [0, 1), for jitter. Nothing secret comes of it. */
  readonly jitter: () => number;
  /** Has V8 optimise less eagerly from here on, where it can: a thread of ours has more use for that core. */
  readonly restrainCompiler: () => void;
  /** Asks for a value on the terminal without echoing it. Throws `UsageError` where there is no terminal. */
  readonly prompt: (question: string) => Promise<Uint8Array>;
  /** Questions on the terminal. Throws `UsageError` where there is none. */
  readonly questions: () => Promise<Questions>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Collects garbage at once and gives back what memory is free; where Node was told to let programs ask for it. */
  readonly collect?: (() => void) | undefined;
  /**
   * Runs `work` while signals do not end the process: an interrupt is only told to the listener, SIGTERM and SIGHUP also abort
   * `signal`, and `work` has to come to its end.
   */
  readonly attended: Attended;
  /** Runs the user's editor on a file. Resolves when it has ended well. Throws `SealError` (`EDITOR_FAILED`, `INTERRUPTED`). */
  readonly editor: (run: EditorRun) => Promise<void>;
  /**
   * Runs a program to its end, without a shell. Resolves whatever its exit code is. Throws `SealError` (`PROGRAM_MISSING`,
   * `PROGRAM_FAILED`, `PROGRAM_TIMEOUT`, `INTERRUPTED`).
   */
  readonly run: Run;
}

type Run = (program: string, args: readonly string[], options?: ProgramOptions) => Promise<Ended>;

/** One run of an editor. */
export interface EditorRun {
  /** A shell command that takes a path, such as `vim` or `code --wait`. */
  command: string;
  path: string;
  onSignal: (listener: SignalListener) => void;
}

/** Told of each signal. */
export type SignalListener = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void;

type Attended = <T>(work: (onSignal: (listener: SignalListener) => void) => Promise<T>) => Promise<T>;

/** The part of the platform's `fetch` that commands use. */
export type Fetch = (url: string, init?: FetchOptions) => Promise<Response>;

interface FetchOptions {
  signal?: AbortSignal;
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
}

/** The process, as `main.ts` hands it over. */
export interface Machine
  extends Pick<
    Context,
    'argv' | 'env' | 'cwd' | 'fetch' | 'clock' | 'jitter' | 'restrainCompiler' | 'signal' | 'collect'
  > {
  terminals: Terminals;
  /** A blocking read or a prompt could not be interrupted otherwise. */
  uninterrupted: Uninterrupted;
  attended: Attended;
  /** Kills a process group. Does nothing where there is none of this id. */
  killGroup(id: number): void;
  /** Where a prompt asks. */
  dialogue(): { input: NodeJS.ReadableStream; output: NodeJS.WritableStream };
}

/** The context of a real call. */
export function contextOf(machine: Machine): Context {
  const { argv, env, cwd, fetch, clock, jitter, restrainCompiler, signal, collect } = machine;
  const random = () => crypto.randomUUID().slice(0, 13);
  const streams = standardStreams(machine.terminals);
  const input = {
    get isTTY() {
      return streams.in.isTTY;
    },
    get file() {
      return streams.in.file;
    },
    read: () => machine.uninterrupted(() => streams.in.read()),
  };
  return {
    ...{ argv, env, cwd, fetch, clock, jitter, restrainCompiler, signal, collect, random },
    streams: { ...streams, in: input },
    files: new Files({ cwd, random, uninterrupted: machine.uninterrupted }),
    prompt: (question) => ask(question, streams, machine),
    questions: () => questionsOf(streams, machine),
    attended: machine.attended,
    async editor(run) {
      const { runEditor } = await import('./editor.ts');
      await runEditor(run, { cwd, env, isTTY: streams.in.isTTY, signal });
    },
    async run(program, args, options) {
      const { runProgram } = await import('./programs.ts');
      return runProgram(program, args, { cwd, env, signal, ...options }, { clock, killGroup: machine.killGroup });
    },
  };
}

async function ask(question: string, streams: Streams, machine: Machine): Promise<Uint8Array> {
  if (!streams.in.isTTY || !streams.err.isTTY) {
    throw new UsageError('there is no terminal to ask for the value on', {
      hint: 'give it on standard input or with --from-file',
    });
  }
  const { askHidden } = await import('./prompt.ts');
  return machine.uninterrupted(() => askHidden(question, machine.dialogue()));
}

async function questionsOf(streams: Streams, machine: Machine): Promise<Questions> {
  if (!streams.in.isTTY || !streams.err.isTTY)
    throw new UsageError('there is no terminal to ask on', { hint: 'run it on a terminal' });
  const { questionsOn } = await import('./questions.ts');
  const { confirm, choose, text } = questionsOn(machine.dialogue());
  return {
    confirm: (question) => machine.uninterrupted(() => confirm(question)),
    choose: (question, choices, initial) => machine.uninterrupted(() => choose(question, choices, initial)),
    text: (question, problemOf) => machine.uninterrupted(() => text(question, problemOf)),
  };
}
