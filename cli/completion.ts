// What may come next on a command line: the words that a shell offers, from the table that parsing and `--help` read too.

import { configurationFile } from '../src/repository/configuration.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import type { Context } from './context.ts';
import { describe } from './help.ts';
import { longName, type OptionSpec, shortName } from './options.ts';

/** One word that may stand next, and what it is good for. */
export interface Candidate {
  word: string;
  help: string;
}

/** What a shell offers. */
export interface Completion {
  candidates: readonly Candidate[];
  /** What of the file system may stand there as well. */
  paths: 'none' | 'files' | 'folders';
}

const nothing: Completion = { candidates: [], paths: 'none' };
const shells: readonly string[] = ['bash', 'zsh', 'fish'];

/**
 * Completes the last of `words`, which are those after `seal` and may end with an empty one. Never throws: what cannot be read
 * offers nothing.
 */
export async function complete(words: readonly string[], context: Context): Promise<Completion> {
  try {
    const { candidates, paths } = await candidatesFor(words, context);
    const current = words.at(-1) ?? '';
    return { candidates: candidates.filter(({ word }) => word.startsWith(current) && isHarmless(word)), paths };
  } catch {
    return nothing;
  }
}

// Names come from files: what a shell would take for more than a word is never put on somebody's command line.
const isHarmless = (word: string) => /^[\w.@%+=:,/-]+$/.test(word);

async function candidatesFor(words: readonly string[], context: Context): Promise<Completion> {
  const at = words.findIndex((word) => word !== '--debug' && word !== '--no-progress');
  const [first = '', ...others] = at === -1 ? [] : words.slice(at);
  const entry = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (others.length === 0) return firstWord(first, context);
  if (first === 'help') return { candidates: commandNames(), paths: 'none' };
  const command = await (entry ?? commands.seal)?.load();
  return command ? inCommand(command, entry ? others : [first, ...others], context) : nothing;
}

const commandNames = (): Candidate[] => [
  ...Object.entries(commands).map(([word, { summary }]) => ({ word, help: summary })),
  { word: 'help', help: 'show the options and examples of a command' },
];

async function firstWord(current: string, context: Context): Promise<Completion> {
  const command = await commands.seal?.load();
  const own = command ? await inCommand(command, [current], context) : nothing;
  if (!current.startsWith('-')) return { candidates: commandNames(), paths: own.paths };
  return { ...own, candidates: [...own.candidates, { word: '--version', help: 'print the version' }] };
}

/** A command line up to the word that is completed. */
interface Position {
  /** Words before it that are no options and no values of such. */
  positionals: string[];
  /** Names of options that are there. */
  given: Set<string>;
  /** Whose value it is. */
  option?: OptionSpec | undefined;
  /** After `--`: options end there. */
  isWordOnly: boolean;
}

async function inCommand(command: Command, words: readonly string[], context: Context): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const options = Object.values(command.options);
  const position = positionIn(words.slice(0, -1), options);
  if (position.option) return valuesOf(position.option, command, context);
  if (position.isWordOnly || !current.startsWith('-')) return wordsOf(command, position.positionals, context);
  const [name = '', value] = current.split('=', 2);
  if (value === undefined) return { candidates: optionsOf(options, position.given), paths: 'none' };
  const option = options.find((spec) => name === `--${longName(spec)}`);
  if (!option) return nothing;
  const { candidates, paths } = await valuesOf(option, command, context);
  return { candidates: candidates.map(({ word, help }) => ({ word: `${name}=${word}`, help })), paths };
}

function positionIn(words: readonly string[], options: readonly OptionSpec[]): Position {
  const position: Position = { positionals: [], given: new Set(), isWordOnly: false };
  for (const word of words) {
    if (position.option) position.option = undefined;
    else if (position.isWordOnly || word === '-' || !word.startsWith('-')) position.positionals.push(word);
    else if (word === '--') position.isWordOnly = true;
    else {
      const spec = options.find((one) => word.split('=')[0] === `--${longName(one)}` || word === `-${shortName(one)}`);
      if (spec) position.given.add(longName(spec));
      if (spec && spec.kind !== 'flag' && !word.includes('=')) position.option = spec;
    }
  }
  return position;
}

function optionsOf(options: readonly OptionSpec[], given: ReadonlySet<string>): Candidate[] {
  const offered = options.filter((spec) => !spec.hidden && (spec.kind === 'list' || !given.has(longName(spec))));
  const rows = offered.map((spec) => ({ word: `--${longName(spec)}`, help: describe(spec) }));
  return [...rows, { word: '--help', help: 'show this help' }];
}

async function valuesOf(option: OptionSpec, { spec }: Command, context: Context): Promise<Completion> {
  const words = option.choices?.filter((word) => word !== '');
  if (words) return { candidates: words.map((word) => ({ word, help: '' })), paths: 'none' };
  const placeholder = /<(.+)>/.exec(option.flags)?.[1] ?? '';
  const isCluster = longName(option) === 'cluster' || placeholder === 'cluster';
  // The cluster of kubeseal is one of the kubeconfig.
  if (isCluster && spec.name !== 'kubeseal') return clusters(context);
  return { candidates: [], paths: pathsOf(placeholder) };
}

/** What the name of a placeholder says of the file system. */
function pathsOf(placeholder: string): Completion['paths'] {
  if (/\b(?:file|path)/i.test(placeholder)) return 'files';
  return /\b(?:folder|dir)/i.test(placeholder) ? 'folders' : 'none';
}

async function wordsOf({ spec }: Command, positionals: readonly string[], context: Context): Promise<Completion> {
  const places = spec.arguments?.name.split(' ') ?? [];
  const place = places[positionals.length] ?? places.findLast((name) => name.includes('...')) ?? '';
  const [file] = positionals;
  if (/\bkey/.test(place) && file !== undefined) return items(file, positionals.slice(1), context);
  if (/\bshell/.test(place)) return { candidates: shells.map((word) => ({ word, help: '' })), paths: 'none' };
  return { candidates: [], paths: pathsOf(place) };
}

async function clusters(context: Context): Promise<Completion> {
  const folder = context.files.above('here', configurationFile);
  if (folder === undefined) return nothing;
  const { readRepository } = await import('./repository.ts');
  const { configuration } = await readRepository(folder, context, { branch: '' });
  const names = [...configuration.clusters.keys()];
  return { candidates: names.map((word) => ({ word, help: 'of .sealwright.yaml' })), paths: 'none' };
}

async function items(file: string, taken: readonly string[], context: Context): Promise<Completion> {
  const { parseManifest } = await import('../src/manifest/documents.ts');
  const { objectsOf, problemOf } = await import('../src/manifest/objects.ts');
  const { isJsonObject, isSealedSecret } = await import('../src/manifest/kinds.ts');
  const { documents } = parseManifest(await context.files.read(file), { file });
  const names = documents
    .filter((document) => !problemOf(document))
    .flatMap(objectsOf)
    .filter(({ value }) => isSealedSecret(value))
    .flatMap(({ value: { spec } }) => (isJsonObject(spec) ? Object.keys(spec.encryptedData ?? {}) : []));
  const candidates = [...new Set(names)].filter((name) => !taken.includes(name));
  return { candidates: candidates.map((word) => ({ word, help: 'sealed item' })), paths: 'none' };
}
