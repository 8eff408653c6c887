// The program: gives the real process to `run` and takes its exit code. The only file that touches `process`.
// biome-ignore-all lint/style/noRestrictedGlobals: this is the file

import { fstatSync, readSync, writeSync } from 'node:fs';
import { SealError, UsageError } from '../src/errors.ts';
import { systemClock } from '../src/kube/system-clock.ts';
import type { Context, Input, Output } from './context.ts';
import { exitCodes } from './exit.ts';
import { reasonOf, systemCode } from './file-errors.ts';
import { checkInputSize, Files } from './files.ts';
import { run } from './run.ts';

const signals = { SIGINT: exitCodes.interrupted, SIGTERM: 143 } as const;
const interruption = new AbortController();
let interruptedWith: number = exitCodes.interrupted;

function interrupt(signal: keyof typeof signals): void {
  // Asked twice: do not wait for anything any more.
  if (interruption.signal.aborted) process.exit(signals[signal]);
  interruptedWith = signals[signal];
  interruption.abort(new SealError('INTERRUPTED', 'interrupted'));
}

function listen(): void {
  for (const signal of Object.keys(signals)) process.on(signal, interrupt);
}

// Without listeners a signal ends the process at once, also inside a blocking read.
function stopListening(): void {
  for (const signal of Object.keys(signals)) process.off(signal, interrupt);
}

// Streams of `process` cost milliseconds at each start; plain reads and writes of the descriptors do not.
// Only a device can be a terminal, so that pipes and files need not load what tells.
const isTerminal = (descriptor: number) =>
  fstatSync(descriptor).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(descriptor);

const stdin: Input = {
  get isTTY() {
    return isTerminal(0);
  },
  async read() {
    stopListening();
    try {
      return readAll();
    } catch (error) {
      // Another process made the pipe non-blocking.
      if (systemCode(error) === 'EAGAIN') return await readStream();
      throw systemCode(error)
        ? new SealError('INPUT_FAILED', `cannot read standard input: ${reasonOf(error)}`, { cause: error })
        : error;
    } finally {
      listen();
    }
  },
};

const early: Uint8Array[] = [];

function readAll(): Uint8Array {
  const buffer = new Uint8Array(65536);
  for (let total = 0; ; ) {
    const count = readSync(0, buffer);
    if (count === 0) return Buffer.concat(early);
    total += count;
    checkInputSize('standard input', total);
    early.push(buffer.slice(0, count));
  }
}

async function readStream(): Promise<Uint8Array> {
  for await (const chunk of process.stdin) early.push(chunk as Uint8Array);
  return Buffer.concat(early);
}

function output(descriptor: 1 | 2): Output {
  const stream = () => (descriptor === 1 ? process.stdout : process.stderr);
  return {
    get isTTY() {
      return isTerminal(descriptor);
    },
    get columns() {
      return isTerminal(descriptor) ? stream().columns : undefined;
    },
    get file() {
      const found = fstatSync(descriptor);
      return found.isFile() ? `${found.dev}:${found.ino}` : undefined;
    },
    write(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      try {
        writeAll(descriptor, bytes);
      } catch (error) {
        // Words for people that reach nobody must not hide the result.
        if (descriptor === 1) throw outputError(error);
      }
    },
  };
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
      // The reader is slow and the pipe does not block: wait for a moment without a busy loop.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function outputError(error: unknown): SealError {
  if (systemCode(error) === 'EPIPE') return new SealError('OUTPUT_CLOSED', 'nobody reads the output', { cause: error });
  return new SealError('OUTPUT_FAILED', `cannot write standard output: ${reasonOf(error)}`, { cause: error });
}

async function prompt(question: string): Promise<Uint8Array> {
  if (!isTerminal(0) || !isTerminal(2)) {
    throw new UsageError('there is no terminal to ask for the value on', {
      hint: 'give it on standard input or with --from-file',
    });
  }
  stopListening();
  const { askHidden } = await import('./prompt.ts');
  return askHidden(question, { input: process.stdin, output: process.stderr }).finally(listen);
}

const random = () => crypto.randomUUID().slice(0, 13);
const cwd = process.cwd();

const context: Context = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd,
  streams: { in: stdin, out: output(1), err: output(2) },
  files: new Files({ cwd, random }),
  fetch: (url, init) => fetch(url, init),
  clock: systemClock,
  random,
  jitter: Math.random,
  prompt,
  signal: interruption.signal,
};

async function main(): Promise<void> {
  listen();
  const code = await run(context);
  if (!interruption.signal.aborted) {
    process.exitCode = code;
    stopListening();
  } else {
    // Whatever was cut off may still hold sockets and timers.
    process.exit(code === exitCodes.interrupted ? interruptedWith : code);
  }
}

void main();
