// Words for people, all on standard error: errors with their hints, warnings, notes, and the progress of long work.

import { isSealError } from '../src/errors.ts';
import { type Colour, paintFor } from './colours.ts';
import type { Context } from './context.ts';
import { oneLine } from './one-line.ts';

type Reporting = Pick<Context, 'streams' | 'env'>;

const paint = ({ streams, env }: Reporting, colour: Colour, text: string) => paintFor(streams.err, env)(colour, text);

/** Prints advice, a line each. */
export function hint(context: Reporting, ...lines: readonly string[]): void {
  for (const line of lines) context.streams.err.write(`${paint(context, 'cyan', 'hint:')} ${oneLine(line)}\n`);
}

/** Prints one warning; the command goes on. */
export function warn(context: Reporting, message: string, hints: readonly string[] = []): void {
  context.streams.err.write(`${paint(context, 'yellow', 'warning:')} ${oneLine(message)}\n`);
  hint(context, ...hints);
}

/** Prints one line of what was done. */
export function note(context: Reporting, message: string): void {
  context.streams.err.write(`${oneLine(message)}\n`);
}

/** How an error is written. */
export interface ErrorStyle {
  /** What the line starts with. Default: `seal`. */
  prefix?: string;
  /** Show where it was thrown, and its causes. Default: false. */
  debug?: boolean;
}

/** Prints an error as one line and its hints. Of an error that is not ours nothing is quoted: it may carry a value. */
export function reportError(
  context: Reporting,
  error: unknown,
  { prefix = 'seal', debug = false }: ErrorStyle = {},
): void {
  const start = paint(context, 'red', `${prefix}:`);
  if (isSealError(error)) {
    context.streams.err.write(`${start} ${oneLine(error.message)}\n`);
    hint(context, ...error.hints);
  } else {
    context.streams.err.write(`${start} unexpected failure (${kindOf(error)})\n`);
    if (!debug) hint(context, 'run it again with --debug and report what it prints; values are never shown');
  }
  if (debug) context.streams.err.write(traceOf(error));
}

/** Frames only, for the error and each cause: messages of foreign errors may quote what they failed on. */
function traceOf(error: unknown): string {
  const lines: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    lines.push(`${depth === 0 ? 'at' : 'caused by'} ${kindOf(at)}${isSealError(at) ? `: ${oneLine(at.message)}` : ''}`);
    lines.push(...(at.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}

const showAfterMs = 1000;
const redrawMs = 100;

/** A counter on the terminal, seen only once the work has taken a second. */
export class Progress {
  readonly #context: Context;
  readonly #label: string;
  readonly #total: number;
  readonly #started: number;
  #done = 0;
  #drawn = 0;

  /** @param options.enabled false for `--no-progress`; never shown where standard error is not a terminal. */
  constructor(context: Context, { label, total, enabled }: { label: string; total: number; enabled: boolean }) {
    this.#context = context;
    this.#label = label;
    this.#total = total;
    this.#started = enabled && context.streams.err.isTTY ? context.clock.now().getTime() : Number.POSITIVE_INFINITY;
  }

  step(): void {
    this.#done++;
    const now = this.#context.clock.now().getTime();
    if (now - this.#started < showAfterMs || now - this.#drawn < redrawMs) return;
    this.#drawn = now;
    const width = 24;
    const filled = Math.round((this.#done / this.#total) * width);
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
    this.#context.streams.err.write(`\r\u001b[K${this.#label} ${bar} ${this.#done}/${this.#total}`);
  }

  /** Takes the line away again. */
  end(): void {
    if (this.#drawn > 0) this.#context.streams.err.write('\r\u001b[K');
    this.#drawn = 0;
  }
}
