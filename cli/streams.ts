// Standard input and output as commands use them, over plain descriptors: the streams of Node cost milliseconds at every start.

import { fstatSync, readSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { SealError } from '../src/errors.ts';
import { reasonOf, systemCode } from './file-errors.ts';
import { checkInputSize } from './files.ts';

/** Standard input. Only one consumer may read it. */
export interface Input {
  readonly isTTY: boolean;
  /** `device:inode` where it comes from a regular file, as `Files.identity` gives it. */
  readonly file?: string | undefined;
  /** Everything up to the end of input. */
  read(): Promise<Uint8Array>;
}

/** Standard output or standard error. */
export interface Output {
  readonly isTTY: boolean;
  /** Width of the terminal in columns; `undefined` where it is not one. */
  readonly columns?: number | undefined;
  /** Its height in lines, likewise. */
  readonly rows?: number | undefined;
  /** `device:inode` where it goes to a regular file, as `Files.identity` gives it. */
  readonly file?: string | undefined;
  /** Writes at once and in order; throws `SealError` (`OUTPUT_CLOSED`, `OUTPUT_FAILED`) where the other side is gone or full. */
  write(chunk: string | Uint8Array): void;
  /** Writes as `write` does, one of many chunks: resolves once it is taken and its bytes are free again, and signals were heard. */
  send(chunk: string | Uint8Array): Promise<void>;
}

/** The result goes to `out`, words for people to `err`. */
export interface Streams {
  in: Input;
  out: Output;
  err: Output;
}

/** What of the process the streams need. */
export interface Terminals {
  isTerminal(descriptor: number): boolean;
  /** Undefined: not known. */
  size(descriptor: number): { columns?: number | undefined; rows?: number | undefined };
  /** Standard input as a stream, for pipes that do not block. */
  input(): AsyncIterable<unknown>;
}

/** The three standard streams. */
export function standardStreams(terminals: Terminals): Streams {
  return { in: standardInput(terminals), out: standardOutput(1, terminals), err: standardOutput(2, terminals) };
}

// Only a device can be a terminal, so that pipes and files need not load what tells.
function isTerminal(descriptor: number, terminals: Terminals): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice() && terminals.isTerminal(descriptor);
  } catch {
    return false;
  }
}

function fileOf(descriptor: number): string | undefined {
  const found = fstatSync(descriptor);
  return found.isFile() ? `${found.dev}:${found.ino}` : undefined;
}

function standardInput(terminals: Terminals): Input {
  return {
    get isTTY() {
      return isTerminal(0, terminals);
    },
    get file() {
      return fileOf(0);
    },
    async read() {
      const chunks: Uint8Array[] = [];
      try {
        for (const chunk of blockingChunks()) chunks.push(chunk);
      } catch (error) {
        if (systemCode(error) !== 'EAGAIN') throw inputError(error);
        // Another process made the pipe non-blocking: the rest comes when it comes.
        for await (const chunk of terminals.input()) if (chunk instanceof Uint8Array) chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}

function* blockingChunks(): Generator<Uint8Array> {
  const buffer = new Uint8Array(65536);
  for (let total = 0; ; ) {
    const count = readSync(0, buffer);
    if (count === 0) return;
    total += count;
    checkInputSize('standard input', total);
    yield buffer.slice(0, count);
  }
}

function inputError(error: unknown): unknown {
  if (systemCode(error) === undefined) return error;
  return new SealError('INPUT_FAILED', `cannot read standard input: ${reasonOf(error)}`, { cause: error });
}

function standardOutput(descriptor: 1 | 2, terminals: Terminals): Output {
  const fail = (error: unknown) => {
    // Words for people that reach nobody must not hide the result.
    if (descriptor === 1) throw outputError(error);
  };
  return {
    get isTTY() {
      return isTerminal(descriptor, terminals);
    },
    get columns() {
      return isTerminal(descriptor, terminals) ? terminals.size(descriptor).columns : undefined;
    },
    get rows() {
      return isTerminal(descriptor, terminals) ? terminals.size(descriptor).rows : undefined;
    },
    get file() {
      return fileOf(descriptor);
    },
    write(chunk) {
      try {
        for (const _ of writing(descriptor, chunk)) pause();
      } catch (error) {
        fail(error);
      }
    },
    async send(chunk) {
      try {
        for (const _ of writing(descriptor, chunk)) {
          pause();
          await turn();
        }
      } catch (error) {
        fail(error);
      }
      await turn();
    },
  };
}

/** Writes everything; gives way whenever the reader is slow and the pipe does not block. */
function* writing(descriptor: number, chunk: string | Uint8Array): Generator<void> {
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  for (let at = 0; at < bytes.byteLength; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
      yield;
    }
  }
}

/** Waits for a moment without a busy loop. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

function outputError(error: unknown): SealError {
  if (systemCode(error) === 'EPIPE') return new SealError('OUTPUT_CLOSED', 'nobody reads the output', { cause: error });
  return new SealError('OUTPUT_FAILED', `cannot write standard output: ${reasonOf(error)}`, { cause: error });
}
