// From arguments to exit code: finds the command, runs it, and tells people what went wrong.

import { isSealError, SealError, UsageError } from '../src/errors.ts';
import { nearest } from '../src/nearest.ts';
import { version } from '../src/version.ts';
import { commands } from './commands.ts';
import type { Context } from './context.ts';
import { exitCodeOf, exitCodes } from './exit.ts';
import { helpOf } from './help.ts';
import { overview } from './overview.ts';
import { type ErrorStyle, reportError } from './ui.ts';

/** How one command wants its failures told. `seal kubeseal` keeps the reference's words and codes. */
interface Manner extends ErrorStyle {
  exitCode(error: unknown): number;
}

/** Runs one call. Resolves with the exit code; never rejects. */
export async function run(context: Context): Promise<number> {
  const { name, argv } = split(context.argv);
  const debug = context.argv.includes('--debug') || /^(1|true|yes)$/i.test(context.env.SEALWRIGHT_DEBUG ?? '');
  const { exitCode, ...style } = mannerOf(name);
  try {
    const work = () => act(name, argv, context);
    await (commands[name]?.stopsItself ? work() : interruptible(context, work));
    return exitCodes.done;
  } catch (error) {
    if (context.signal.aborted || (isSealError(error) && error.code === 'INTERRUPTED')) return exitCodes.interrupted;
    // Whoever read our output has gone; there is nobody to tell.
    if (isSealError(error) && error.code === 'OUTPUT_CLOSED') return exitCodes.failed;
    if (isSealError(error) && error.code === 'FOUND') return exitCodes.finding;
    const told = await helpful(error, name, context);
    reportError(context, told, { ...style, debug });
    return exitCode(told);
  }
}

/** The command that the arguments name, and what is left for it. Switches of every command may stand before the name. */
function split(argv: readonly string[]): { name: string; argv: readonly string[] } {
  const at = argv.findIndex((arg) => arg !== '--debug' && arg !== '--no-progress');
  const word = argv[at];
  const named = word !== undefined && (Object.hasOwn(commands, word) || word === 'help');
  return named ? { name: word, argv: argv.toSpliced(at, 1) } : { name: '', argv };
}

async function act(name: string, argv: readonly string[], context: Context): Promise<void> {
  const { out } = context.streams;
  if (name === '' && (argv[0] === '--version' || argv[0] === '-V')) return out.write(`${version}\n`);
  if (name === '' && (argv[0] === '--help' || argv[0] === '-h')) return out.write(overview());
  if (name === 'help') return help(argv, context);
  await (await load(name || 'seal')).run(argv, context);
}

async function help([word]: readonly string[], { streams: { out } }: Context): Promise<void> {
  if (word === undefined) return out.write(overview());
  out.write(helpOf(await load(word), out.columns));
}

async function load(name: string) {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry) return entry.load();
  throw unknownCommand(name);
}

function unknownCommand(word: string, cause?: unknown): UsageError {
  const meant = word === 'version' ? '--version' : nearest(word, [...Object.keys(commands), 'help']);
  const hint = meant === undefined ? 'seal --help lists the commands' : `did you mean seal ${meant}?`;
  return new UsageError(`there is no command ${word}${cause ? ', and no such file' : ''}`, { hint, cause });
}

/** Ends early when the signal aborts, after taking away what is unfinished. */
async function interruptible(context: Context, work: () => Promise<void>): Promise<void> {
  let listener: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    listener = () => {
      context.files.discardAll();
      reject(new SealError('INTERRUPTED', 'interrupted'));
    };
    context.signal.addEventListener('abort', listener, { once: true });
  });
  try {
    await Promise.race([work(), interrupted]);
  } finally {
    if (listener) context.signal.removeEventListener('abort', listener);
  }
}

/** A mistyped command is taken for a file, and its options for options of the default command: says what it was instead. */
async function helpful(error: unknown, name: string, { argv, files }: Context): Promise<unknown> {
  if (name !== '' || !isSealError(error)) return error;
  const at = argv.findIndex((arg) => arg !== '--debug' && arg !== '--no-progress');
  const missing = error.code === 'FILE_NOT_FOUND' ? argv.indexOf(error.message.replace('no such file: ', '')) : -1;
  // What follows an option may be its value.
  const stands = missing > 0 && !argv[missing - 1]?.startsWith('-') ? missing : at;
  const word = argv[stands] ?? '';
  if (error.outcome !== 'usage' && missing !== stands) return error;
  // With a dot or a slash it is meant as a path.
  if (!/^[a-z][a-z0-9_-]*$/i.test(word) || (await files.kind(word)) !== 'missing') return error;
  return unknownCommand(word, error);
}

function mannerOf(name: string): Manner {
  if (name !== 'kubeseal') return { exitCode: exitCodeOf };
  return {
    prefix: 'error',
    exitCode: (error) => (exitCodeOf(error) === exitCodes.usage ? exitCodes.usage : exitCodes.failed),
  };
}
