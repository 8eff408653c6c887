// What a command is: one description from which parsing, help, environment variables and documents follow.

import { CommanderError, Option, Command as Program } from 'commander';
import { UsageError } from '../src/errors.ts';
import type { Context } from './context.ts';
import { withEnvironment } from './environment.ts';
import { nearest } from './nearest.ts';
import { flag, longName, type OptionSpec, type OptionSpecs, type OptionsOf, shortName } from './options.ts';

/** A command line that works, and what it is good for. */
export interface Example {
  run: string;
  does: string;
}

/** A command as its file declares it. */
export interface CommandSpec<O extends OptionSpecs = OptionSpecs> {
  /** Word after `seal`. */
  name: string;
  /** One line. */
  summary: string;
  /** Paragraphs that `--help` shows above the options. Default: the summary. */
  description?: string;
  /** Positional arguments, as commander writes them. Default: none are taken. */
  arguments?: { name: string; help: string };
  options: O;
  examples: readonly Example[];
  /** Prefixes of environment variables, strongest first. Default: `SEALWRIGHT_`. */
  environment?: readonly string[];
  run(call: Call<O>): Promise<void>;
}

/** Options of every command. */
const common = {
  progress: flag('--no-progress', 'no progress bar'),
  debug: flag('--debug', 'show where an error was thrown; never a value'),
} as const;

/** One call of a command. */
export interface Call<O extends OptionSpecs> {
  options: OptionsOf<O> & OptionsOf<typeof common>;
  args: readonly string[];
  context: Context;
}

/** A command, ready to run and to be described. */
export interface Command {
  readonly spec: Readonly<Omit<CommandSpec, 'run'>>;
  /** Its own options and those of every command. */
  readonly options: OptionSpecs;
  /** Parses `argv` (what follows the command's name) and acts. Throws `UsageError` where it cannot be parsed. */
  run(argv: readonly string[], context: Context): Promise<void>;
  /** What `--help` prints. */
  help(columns?: number): string;
}

/** Declares a command. */
export function command<const O extends OptionSpecs>(spec: CommandSpec<O>): Command {
  const options = { ...spec.options, ...common };
  return {
    spec: spec as unknown as Command['spec'],
    options,
    async run(argv, context) {
      const program = programOf(spec, options, context.streams.out.columns);
      const parsed = parse(program, options, argv);
      if (parsed === 'help') return context.streams.out.write(program.helpInformation());
      const values = withEnvironment(parsed, { options, env: context.env, prefixes: spec.environment });
      await spec.run({ options: values as Call<O>['options'], args: program.args, context });
    },
    help: (columns) => programOf(spec, options, columns).helpInformation(),
  };
}

type Described = Pick<CommandSpec, 'name' | 'summary' | 'description' | 'arguments' | 'examples'>;

function programOf(spec: Described, options: OptionSpecs, columns = 80): Program {
  const program = new Program(spec.name === 'seal' ? spec.name : `seal ${spec.name}`)
    .description(spec.description ?? spec.summary)
    .exitOverride()
    .helpOption('-h, --help', 'show this help')
    // The defaults would ask the process for its streams and its environment.
    .configureOutput({
      writeOut: () => undefined,
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(columns, 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .allowExcessArguments(false)
    .showSuggestionAfterError(false);
  if (spec.arguments) program.argument(spec.arguments.name, spec.arguments.help);
  for (const option of Object.values(options)) program.addOption(optionOf(option));
  const information = program.helpInformation.bind(program);
  program.helpInformation = (context) => information(context) + examplesOf(spec);
  return program;
}

function optionOf(spec: OptionSpec): Option {
  const help = spec.choices ? `${spec.help} (${spec.choices.join(', ')})` : spec.help;
  const option = new Option(spec.flags, help);
  if (spec.kind === 'list') option.argParser((value: string, all: string[] = []) => [...all, value]);
  return spec.hidden ? option.hideHelp() : option;
}

function examplesOf({ examples }: Described): string {
  const lines = examples.flatMap(({ run, does }) => [`  # ${does}`, ...run.split('\n').map((line) => `  ${line}`), '']);
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}`.trimEnd().concat('\n');
}

/** The values that the command line gives, by option; absent where it is silent. */
function parse(program: Program, options: OptionSpecs, argv: readonly string[]): Record<string, unknown> | 'help' {
  try {
    program.parse(likePflag(argv, Object.values(options)), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.helpDisplayed') return 'help';
    throw error instanceof CommanderError ? usageError(error, options) : error;
  }
  const given: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(options)) {
    const name = optionOf(spec).attributeName();
    if (program.getOptionValueSource(name) === 'cli') given[key] = program.getOptionValue(name);
  }
  return given;
}

function usageError(error: CommanderError, options: OptionSpecs): UsageError {
  const [first = ''] = error.message.split('\n');
  // What stands behind `=` may be a value that nobody should see.
  const message = first.replace(/^error: /, '').replace(/=[^']*'/, "'");
  const unknown = error.code === 'commander.unknownOption' ? /'--([^']+)'/.exec(message)?.[1] : undefined;
  const known = Object.values(options).filter((spec) => !spec.hidden);
  const meant = unknown === undefined ? undefined : nearest(unknown, known.map(longName));
  const usage = error.code.endsWith('rguments')
    ? 'see --help for what this command takes'
    : 'see --help for the options';
  return new UsageError(message, { hint: meant === undefined ? usage : `did you mean --${meant}?`, cause: error });
}

const truths: Readonly<Record<string, boolean>> = { true: true, t: true, 1: true, false: false, f: false, 0: false };

/** Also takes `-o=yaml` and `--in-place=true`, which kubectl's users write. */
function likePflag(argv: readonly string[], options: readonly OptionSpec[]): string[] {
  const result: string[] = [];
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') return [...result, arg, ...rest];
    const { dashes, name, value } = /^(?<dashes>--?)(?<name>[\w-]+?)(=(?<value>[\s\S]*))?$/.exec(arg)?.groups ?? {};
    const spec = options.find((option) => (dashes === '--' ? longName(option) : shortName(option)) === name);
    if (spec === undefined) result.push(arg);
    else if (spec.kind === 'flag') {
      const on = value === undefined ? true : truths[value.toLowerCase()];
      if (on === undefined)
        throw new UsageError(`--${name} is on or off`, { hint: `--${name}=true or --${name}=false` });
      if (on) result.push(`${dashes}${name}`);
    } else if (value !== undefined) result.push(`--${longName(spec)}`, value);
    // The next word is this option's value, whatever it looks like.
    else result.push(arg, ...rest.splice(0, 1));
  }
  return result;
}
