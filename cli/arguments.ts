// From arguments to options, with Node's own parser: it costs a millisecond where a library for commands costs ten.

import { parseArgs } from 'node:util';
import { UsageError } from '../src/errors.ts';
import { nearest } from '../src/nearest.ts';
import { longName, type OptionSpec, type OptionSpecs, shortName } from './options.ts';

/** What a command line says: the values by key of the options given, and the words that are no options. */
export interface Arguments {
  given: Record<string, unknown>;
  positionals: string[];
}

/**
 * Parses as kubectl's flags do: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`, `-abc` for switches,
 * `--switch=false`, options and words in any order, words alone after `--`. Throws `UsageError`, which quotes no value.
 */
export function parseArguments(argv: readonly string[], options: OptionSpecs): Arguments {
  const result: Arguments = { given: {}, positionals: [] };
  for (const token of tokensOf(argv, options)) {
    if (token.kind === 'positional') result.positionals.push(token.value);
    if (token.kind === 'option') take(token, options, result.given);
  }
  return result;
}

/** For two options, or an option and words, of which a call takes one. */
export function excluding(one: string, other: string, hint = 'leave out one of them'): UsageError {
  return new UsageError(`${one} and ${other} exclude each other`, { hint });
}

interface OptionToken {
  kind: 'option';
  name: string;
  rawName: string;
  value: string | undefined;
}

function tokensOf(argv: readonly string[], options: OptionSpecs) {
  const known = Object.values(options).map((spec) => {
    const short = shortName(spec);
    const type = spec.kind === 'flag' ? ('boolean' as const) : ('string' as const);
    return [longName(spec), short === undefined ? { type } : { type, short }] as const;
  });
  return parseArgs({
    args: [...argv],
    options: Object.fromEntries(known),
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function take(token: OptionToken, options: OptionSpecs, given: Record<string, unknown>): void {
  const [key, spec] = Object.entries(options).find(([, option]) => longName(option) === token.name) ?? [];
  if (key === undefined || spec === undefined) throw unknown(token.rawName, Object.values(options));
  if (spec.kind === 'flag') {
    given[key] = isOn(token) !== spec.flags.includes('--no-');
    return;
  }
  // `-o=yaml` reaches us as the value `=yaml`.
  const value = token.rawName.startsWith('--') ? token.value : token.value?.replace(/^=/, '');
  if (value === undefined) throw new UsageError(`${token.rawName} needs a value: ${spec.flags}`, { hint: seeHelp });
  given[key] = spec.kind === 'list' ? [...((given[key] as string[] | undefined) ?? []), value] : value;
}

const seeHelp = '--help shows the options';
const truths: Readonly<Record<string, boolean>> = { true: true, t: true, 1: true, false: false, f: false, 0: false };

function isOn({ rawName, value }: OptionToken): boolean {
  const on = value === undefined ? true : truths[value.toLowerCase()];
  if (on !== undefined) return on;
  throw new UsageError(`${rawName} is on or off`, { hint: `${rawName}=true or ${rawName}=false` });
}

// What makes no result is a rehearsal, and what answers with its exit code is a check: people mix them up.
const otherWords: Readonly<Record<string, string>> = { '--dry-run': 'check', '--check': 'dry-run' };

// Whoever comes from kubectl asks for more words with -v, and others for the version.
const moreWords = ['seal --version tells the version', '--debug shows where an error was thrown'];
const fromElsewhere: Readonly<Record<string, readonly string[]>> = {
  '-v': moreWords,
  '--v': moreWords,
  '--verbose': moreWords,
};

function unknown(rawName: string, options: readonly OptionSpec[]): UsageError {
  const names = [...options.filter(({ hidden }) => !hidden).map(longName), 'help', 'version'];
  const other = names.find((name) => name === otherWords[rawName]);
  const meant = rawName.startsWith('--') ? (other ?? nearest(rawName.slice(2), names)) : undefined;
  const hint = fromElsewhere[rawName] ?? (meant ? `did you mean --${meant}?` : seeHelp);
  return new UsageError(`there is no option ${rawName}`, { hint });
}
