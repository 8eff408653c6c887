// What a command is: one description from which parsing, help, environment variables and documents follow.

import { UsageError } from '../src/errors.ts';
import { parseArguments } from './arguments.ts';
import type { Context } from './context.ts';
import { type EnvironmentStyle, variablesUsed, withEnvironment } from './environment.ts';
import { type Described, helpOf } from './help.ts';
import { flag, type OptionSpecs, type OptionsOf } from './options.ts';
import { namingVariables } from './variables.ts';

/** A command as its file declares it. */
export interface CommandSpec<O extends OptionSpecs = OptionSpecs> extends Described {
  options: O;
  /** Where a word that is one too many belongs. Default: in the help. */
  excess?: string;
  /** How variables are read. Default: those that start with `SEALWRIGHT_`. */
  environment?: EnvironmentStyle;
  run(call: Call<O>): Promise<void>;
}

/** Options of every command. */
const common = {
  progress: flag('--no-progress', 'no progress bar'),
  debug: flag('--debug', 'show where an error was thrown; never a value'),
  help: { ...flag('-h, --help', 'show this help'), hidden: true },
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
}

/** Declares a command. */
export function command<const O extends OptionSpecs>(declared: CommandSpec<O>): Command {
  const options = { ...declared.options, ...common };
  const self: Command = {
    spec: declared as unknown as Command['spec'],
    options,
    async run(argv, context) {
      const { given, positionals } = parseArguments(argv, options);
      const { out } = context.streams;
      if (given.help === true) return out.write(helpOf(self, out.columns));
      checkCount(positionals, self.spec);
      const sources = { options, env: context.env, style: declared.environment };
      const values = withEnvironment(given, sources);
      try {
        await declared.run({ options: values as Call<O>['options'], args: positionals, context });
      } catch (error) {
        throw namingVariables(error, { values, options, variables: variablesUsed(given, sources) });
      }
    },
  };
  return self;
}

function checkCount(positionals: readonly string[], { arguments: taken, name, excess }: Command['spec']): void {
  const most = taken === undefined ? 0 : taken.name.includes('...') ? Number.POSITIVE_INFINITY : 1;
  if (positionals.length <= most) return;
  throw new UsageError(`seal ${name} takes ${most === 0 ? 'no' : 'one'} argument`, {
    hint: excess ?? `seal ${name} --help shows what it takes`,
  });
}
