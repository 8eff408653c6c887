// One call of `seal` inside the test's process: real files in a folder of its own, everything else made up.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context } from '../../cli/context.ts';
import { Files } from '../../cli/files.ts';
import { type Ended, type ProgramOptions, runProgram } from '../../cli/programs.ts';
import type { Questions } from '../../cli/questions.ts';
import { run } from '../../cli/run.ts';
import { UsageError } from '../../src/errors.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { FakeClock } from '../support/clock.ts';

const vectors = join(import.meta.dirname, '..', 'vectors');

/** When the tests say it is: all certificates of the vectors but `expired.crt` are valid then. */
export const today = new Date('2026-12-01T08:00:00Z');

export interface CallOptions {
  stdin?: string | Uint8Array;
  env?: Record<string, string>;
  /** Which streams are terminals. Default: none. */
  terminal?: { in?: boolean; out?: boolean; err?: boolean; rows?: number };
  fetch?: Context['fetch'];
  prompt?: Context['prompt'];
  /** Answers to questions. Default: there is no terminal. */
  questions?: Questions;
  /** What the editor makes of the file that it is given. Default: there is none. */
  editor?: Context['editor'];
  /** Runs other programs. Default: really, without the machine's variables and settings of Git. */
  run?: Context['run'];
  signal?: AbortSignal;
  now?: Date;
  /** Default: one that stands still at `now`. */
  clock?: Clock;
  /** Told of every line of standard output and error as it comes. */
  onWrite?: (text: string) => void;
  /** Awaited for every chunk of a long output: a slow reader. */
  onSend?: (text: string) => Promise<void>;
  /** Wraps the files, to make them fail. */
  files?: (files: Files) => Files;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function killGroup(id: number): void {
  try {
    process.kill(-id, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const author = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };

/** A folder for one story, with the certificates and keys of the vectors in it. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'seal-test-'));
  /** Where programs are looked for. */
  searchPath = process.env.PATH;

  constructor() {
    for (const part of ['certs', 'keys']) cpSync(join(vectors, part), join(this.path, part), { recursive: true });
  }

  /** Runs `seal` with these arguments in this folder. */
  async seal(argv: readonly string[], options: CallOptions = {}): Promise<Outcome> {
    const written: Record<'out' | 'err', Uint8Array[]> = { out: [], err: [] };
    const output = (name: 'out' | 'err') => {
      const write = (chunk: string | Uint8Array) => {
        written[name].push(Buffer.from(chunk));
        options.onWrite?.(Buffer.from(chunk).toString());
      };
      return {
        isTTY: options.terminal?.[name] ?? false,
        columns: undefined,
        rows: options.terminal?.rows,
        write,
        send: async (chunk: string | Uint8Array) => {
          write(chunk);
          await options.onSend?.(Buffer.from(chunk).toString());
        },
      };
    };
    // A home without a kubeconfig, and never the machine's own variables.
    const env = { HOME: this.path, ...options.env };
    const clock = options.clock ?? new FakeClock(options.now ?? today);
    const signal = options.signal ?? new AbortController().signal;
    let count = 0;
    const random = () => `test${count++}`;
    const files = new Files({ cwd: this.path, random });
    const code = await run({
      argv,
      env,
      cwd: this.path,
      streams: {
        in: { isTTY: options.terminal?.in ?? false, read: async () => Buffer.from(options.stdin ?? '') },
        out: output('out'),
        err: output('err'),
      },
      files: options.files?.(files) ?? files,
      fetch: options.fetch ?? (() => Promise.reject(new TypeError('no network in tests'))),
      clock,
      random,
      jitter: () => 0.5,
      restrainCompiler: () => {},
      prompt:
        options.prompt ??
        (() =>
          Promise.reject(new UsageError('there is no terminal to ask for the value on', { hint: 'with --from-file' }))),
      questions: async () => {
        if (options.questions) return options.questions;
        throw new UsageError('there is no terminal to ask on');
      },
      signal,
      attended: (work) => work(() => undefined),
      editor: options.editor ?? (() => Promise.reject(new TypeError('no editor in tests'))),
      run: options.run ?? ((program, args, given) => this.run(program, args, { env, signal, ...given }, clock)),
    });
    return { code, stdout: Buffer.concat(written.out).toString(), stderr: Buffer.concat(written.err).toString() };
  }

  /** Runs another program in this folder, without the machine's settings of Git. */
  run(
    program: string,
    args: readonly string[],
    { env, ...given }: ProgramOptions = {},
    clock: Clock = new FakeClock(today),
  ): Promise<Ended> {
    const own = { PATH: this.searchPath, HOME: this.path, GIT_CONFIG_NOSYSTEM: '1' };
    return runProgram(program, args, { cwd: this.path, ...given, env: { ...own, ...env } }, { clock, killGroup });
  }

  /** What `git ARGS…` prints in this folder. */
  async git(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run('git', args, { env: author });
    if (code !== 0) throw new Error(stderr);
    return new TextDecoder().decode(stdout).trim();
  }

  /** Writes a file in this folder, with the folders around it. */
  write(name: string, content: string): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), content);
  }

  /** Every file below the folder with its content, mode and time, to compare before and after. */
  snapshot(): Record<string, string> {
    const names = readdirSync(this.path, { recursive: true, encoding: 'utf8' }).sort();
    const entries = names.map((name) => {
      const path = join(this.path, name);
      const { mode, mtimeNs, ino } = statSync(path, { bigint: true });
      const content = statSync(path).isFile() ? readFileSync(path).toString('base64') : 'folder';
      return [name, statSync(path).isFile() ? `${ino} ${mode} ${mtimeNs} ${content}` : content] as const;
    });
    return Object.fromEntries(entries);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
