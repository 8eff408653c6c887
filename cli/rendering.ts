// What Kustomizations make of their files: a renderer of the user's, run for each of them without a shell.

import { isSealError, UsageError } from '../src/errors.ts';
import { mapBounded } from '../src/seal/parallel.ts';
import { shellWord } from '../src/shell-words.ts';
import type { Context } from './context.ts';
import { oneLine } from './one-line.ts';

/** One Kustomization and what came of rendering it. */
export interface Rendered {
  /** Its folder, as it was asked for. */
  folder: string;
  /** What the renderer printed. */
  output?: Uint8Array;
  /** Why it printed nothing that can be used: the last line that it said. */
  failure?: string;
  /** What to do about that, where the renderer itself does not say. */
  hint?: string;
}

/** A renderer, and how long it may take for one Kustomization. */
export interface Renderer {
  /** Words of a command line: see `parseRenderer`. */
  words: readonly string[];
  limitMs: number;
}

const placeholder = '{dir}';

/** A renderer's command line, such as `kubectl kustomize {dir}`, as words. Throws `UsageError`. */
export function parseRenderer(command: string): string[] {
  const words = wordsOf(command);
  if (words.length === 0) throw new UsageError('--render is empty', { hint: "--render 'kubectl kustomize {dir}'" });
  if (!words.some((word) => word.includes(placeholder))) {
    throw new UsageError(`--render does not say where the folder goes`, {
      hint: `write ${placeholder} there: --render 'kubectl kustomize ${placeholder}'`,
    });
  }
  return words;
}

// What a shell would do with the rest is not done: folders have names that nobody chose for a shell.
const word = /[ \t\r\n]*((?:'[^']*'|"[^"\\$`]*"|[^ \t\r\n'"\\$`|&;<>()*?])+)/y;

function wordsOf(command: string): string[] {
  const words: string[] = [];
  word.lastIndex = 0;
  let at = 0;
  for (let match = word.exec(command); match; match = word.exec(command)) {
    words.push((match[1] ?? '').replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
    at = word.lastIndex;
  }
  if (command.slice(at).trim() === '') return words;
  throw new UsageError('--render takes one program and its arguments, and no other words of a shell', {
    hint: 'put what needs a shell into a script, and name that',
  });
}

const rendersAtOnce = 4;

// No cluster takes in as much at a time, and what is printed is held in memory.
const maxRendered = 64 * 1024 * 1024;

/**
 * Runs the renderer for each folder, in the folder that the command was called in, a few at a time. What one of them cannot do, or not
 * in its time, is told of that one. Throws `SealError` (`PROGRAM_MISSING`, `PROGRAM_FAILED`) where the renderer cannot be run at all.
 */
export async function renderAll(
  { words, limitMs }: Renderer,
  folders: readonly string[],
  context: Pick<Context, 'run'>,
  onRendered: (rendered: Rendered) => void,
): Promise<void> {
  await mapBounded(folders, rendersAtOnce, async (folder) => {
    const command = words.map((part) => part.replaceAll(placeholder, () => argumentOf(folder)));
    onRendered({ folder, ...(await outcomeOf(command, limitMs, context)) });
  });
}

async function outcomeOf(
  command: readonly string[],
  limitMs: number,
  context: Pick<Context, 'run'>,
): Promise<Omit<Rendered, 'folder'>> {
  const [program = '', ...args] = command;
  try {
    const { code, stdout, stderr } = await context.run(program, args, { maxOutput: maxRendered, limitMs });
    return code === 0 ? { output: stdout } : { failure: lastLine(stderr) ?? `it ended with ${code}` };
  } catch (error) {
    if (!isSealError(error)) throw error;
    if (error.code === 'PROGRAM_TIMEOUT') return { failure: error.message, hint: tryingAlone(command) };
    if (error.code !== 'INPUT_TOO_LARGE') throw error;
    return { failure: error.message };
  }
}

// It may have waited for a network, or for a password that nobody was asked for.
function tryingAlone(command: readonly string[]): string {
  const line = command.map((word) => shellWord(word)).join(' ');
  return `see what it waits for: ${oneLine(line)}; if it only takes long, give it more time with --render-timeout`;
}

/** A folder that no program takes for a flag or an address. */
function argumentOf(folder: string): string {
  return /^(?:\.{0,2}\/|\.{1,2}$)/.test(folder) ? folder : `./${folder}`;
}

function lastLine(text: string): string | undefined {
  const last = text.split(/[\r\n]+/).findLast((line) => line.trim() !== '');
  return last && oneLine(last.trim().slice(0, 500));
}
