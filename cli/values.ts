// Values as people give them: asked for on the terminal, from standard input, files, environment files and stores, or on the command line.

import { basename } from 'node:path';
import { UsageError } from '../src/errors.ts';
import { checkItemName } from '../src/seal/plain-secret.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';
import { list, type OptionsOf } from './options.ts';
import {
  answersFor,
  type ItemReference,
  itemReferences,
  type StoreReference,
  storeOptions,
  storeReferences,
} from './store-references.ts';
import { warn } from './ui.ts';

/** Of every command that takes values, beside those that are asked for or stand on the command line. */
export const valueOptions = {
  fromFile: list(
    '--from-file <key=path>',
    'item from a file, - for standard input; its name is the default key; repeatable',
  ),
  fromEnvFile: list('--from-env-file <path>', 'items from the lines KEY=VALUE of a file; repeatable'),
  ...storeOptions,
} as const;

/** What these options name. Throws `UsageError`. */
export function namedSources(given: OptionsOf<typeof valueOptions>) {
  return { files: given.fromFile, envFiles: given.fromEnvFile, stores: storeReferences(given) };
}

/** Where the values of a call come from. */
export interface ValueSources {
  /** `KEY=VALUE`. */
  literals?: readonly string[];
  /** `[KEY=]PATH`, PATH `-` is standard input. */
  files?: readonly string[];
  /** Paths of files with a line `KEY=VALUE` for each item. */
  envFiles?: readonly string[];
  /** Places in Vault, OpenBao and AWS; one that names no item has those of `asked`. */
  stores?: readonly StoreReference[];
  /** Keys that are asked for; one of them alone may come from standard input. */
  asked?: readonly string[];
  /** The files that they are sealed into: none of these is a value. Default: none. */
  into?: readonly string[];
}

/**
 * Item name → value, in the order literals, files, environment files, stores, asked, after those that are `known`. All names are
 * checked before anybody is asked. Throws `UsageError` for a name that is there twice, or for more than one value from standard input.
 */
export async function readValues(
  sources: ValueSources,
  context: Context,
  known: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<Map<string, Uint8Array>> {
  const { literals = [], files = [], envFiles = [], stores = [], asked: unanswered = [] } = sources;
  const values = new Map(known);
  const add = (name: string, value: Uint8Array) => {
    if (values.has(name)) throw twice(name);
    values.set(name, value);
  };
  const named = files.map(fileEntry);
  const answers = answersFor(stores, unanswered);
  const references = [...itemReferences(stores), ...answers];
  const asked = answers.length > 0 ? [] : unanswered;
  const late = [...references.map(({ item }) => item), ...asked];
  for (const name of [...named.map(({ name: each }) => each), ...late]) checkItemName(name);
  checkStandardInput(named, asked, context);
  await checkNotInto(sources, { named, asked }, context);
  const typed = literals.map(literal);
  for (const entry of typed) add(...entry);
  warnOfHistory(
    typed.map(([name]) => name),
    context,
  );
  for (const { name, path } of named)
    add(
      name,
      path === '-' ? await context.streams.in.read() : await readSource(path, '--from-file [KEY=]PATH', context),
    );
  for (const path of envFiles) for (const [name, value] of await readEnvFile(path, context)) add(name, value);
  for (const [at, name] of late.entries()) if (values.has(name) || late.indexOf(name) !== at) throw twice(name);
  for (const [name, value] of await readReferences(references, context)) add(name, value);
  for (const name of asked) add(name, await ask(name, context));
  return values;
}

async function readSource(path: string, option: string, context: Context): Promise<Uint8Array> {
  if ((await context.files.kind(path)) !== 'missing') return context.files.read(path);
  const { noSuchFile } = await import('./missing-file.ts');
  throw await noSuchFile(path, context, [`it is named by ${option}`]);
}

async function readReferences(references: readonly ItemReference[], context: Context) {
  if (references.length === 0) return [];
  const { readStores } = await import('./stores/read.ts');
  return readStores(references, context);
}

function literal(entry: string): [string, Uint8Array] {
  const at = entry.indexOf('=');
  // The text may be a value: it is not shown.
  if (at < 1)
    throw new UsageError('a value on the command line is KEY=VALUE', {
      hint: 'the name of the item comes before the =',
    });
  const name = entry.slice(0, at);
  checkItemName(name);
  return [name, new TextEncoder().encode(entry.slice(at + 1))];
}

function fileEntry(entry: string): { name: string; path: string } {
  const { name, path = '' } = /^(?:(?<name>[^=/]+)=)?(?<path>.*)$/s.exec(entry)?.groups ?? {};
  if (path === '')
    throw new UsageError('--from-file is [KEY=]PATH', { hint: 'such as --from-file tls.key=server.key' });
  if (name === undefined && path === '-') {
    throw new UsageError('--from-file - needs the name of the item', { hint: '--from-file KEY=-' });
  }
  return { name: name ?? basename(path), path };
}

function checkStandardInput(files: readonly { path: string }[], asked: readonly string[], { streams }: Context): void {
  const fromFiles = files.filter(({ path }) => path === '-').length;
  const fromAsked = streams.in.isTTY ? 0 : asked.length;
  if (fromFiles + fromAsked <= 1) return;
  throw new UsageError(`standard input is one value, and ${fromFiles + fromAsked} are wanted from it`, {
    hint: 'give the others with --from-file KEY=PATH, or run it on a terminal to be asked',
  });
}

/** `seal set FILE KEY < FILE`: the manifest would become a value of itself. */
async function checkNotInto(
  { into = [], envFiles = [] }: ValueSources,
  { named, asked }: { named: readonly { path: string }[]; asked: readonly string[] },
  { files, streams }: Context,
): Promise<void> {
  const readsInput = named.some(({ path }) => path === '-') || (asked.length > 0 && !streams.in.isTTY);
  for (const path of into) {
    const target = await files.identity(path);
    if (target === undefined) continue;
    if (readsInput && streams.in.file === target)
      throw new UsageError(`standard input is ${path} itself, and what is read from it is a value`, {
        hint: 'leave out < to be asked for the value, or pipe it in',
      });
    for (const source of [...named.map((each) => each.path), ...envFiles])
      if (source !== '-' && (await files.identity(source)) === target)
        throw new UsageError(`${source} is both the value and the file that it is sealed into`, {
          hint: 'name the file that holds the value',
        });
  }
}

function twice(name: string): UsageError {
  return new UsageError(`${name} is given twice`, { hint: 'leave out one of them' });
}

/** Says once that values on a command line do not stay secret. */
function warnOfHistory(names: readonly string[], context: Context): void {
  const [one, ...others] = names;
  if (one === undefined) return;
  const what = others.length === 0 ? `the value of ${one}` : `the values of ${names.join(', ')}`;
  warn(context, `${what} may be in the shell's history and in the list of processes`, [
    'leave out the value to be asked for it, or pipe it in',
  ]);
}

async function ask(name: string, context: Context): Promise<Uint8Array> {
  const isTyped = context.streams.in.isTTY;
  const value = isTyped ? await context.prompt(`Value of ${name}`) : await context.streams.in.read();
  if (value.byteLength > 0) return value;
  // A program that failed pipes nothing in, and nobody means an empty password.
  throw new UsageError(`no value was given for ${name}${isTyped ? '' : ': standard input is empty'}`, {
    hint: `an empty value is ${name}=`,
  });
}

const envLineHint = 'a value of several lines: --from-file KEY=PATH; a comment has a # at the start of its line';

/** The lines of an environment file, as kubectl reads them: no quotes, `#` at the start of a line, a bare name from the environment. */
async function readEnvFile(path: string, context: Context): Promise<[string, Uint8Array][]> {
  const { env } = context;
  const text = new TextDecoder().decode(await readSource(path, '--from-env-file PATH', context));
  return text.split(/\r?\n/).flatMap((line, index): [string, Uint8Array][] => {
    const words = line.trimStart();
    if (words === '' || words.startsWith('#')) return [];
    const at = words.indexOf('=');
    const name = at === -1 ? words.trimEnd() : words.slice(0, at);
    try {
      checkItemName(name);
    } catch (error) {
      // The line may be a value that lost its name: it is not shown.
      throw located(
        new UsageError('this line is no KEY=VALUE', { hint: envLineHint, cause: error }),
        `${path}:${index + 1}`,
      );
    }
    const value = at === -1 ? env[name] : words.slice(at + 1);
    return value === undefined ? [] : [[name, new TextEncoder().encode(value)]];
  });
}
