// Options from the environment: every flag of every command can be set by a variable, and the command line wins.

import { UsageError } from '../src/errors.ts';
import { isNegated, longName, type OptionSpec, type OptionSpecs, variableOf } from './options.ts';

export interface EnvironmentOptions {
  options: OptionSpecs;
  env: Readonly<Record<string, string | undefined>>;
  /** Strongest first. Default: `SEALWRIGHT_`. */
  prefixes?: readonly string[] | undefined;
}

/**
 * Adds to what the command line gave what the environment and the defaults say, and checks the words of choices.
 * A list in a variable is separated by commas. Throws `UsageError`.
 */
export function withEnvironment(
  given: Readonly<Record<string, unknown>>,
  { options, env, prefixes = ['SEALWRIGHT_'] }: EnvironmentOptions,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(options)) {
    const variable = prefixes.map((prefix) => variableOf(spec, prefix)).find((name) => env[name]);
    const text = variable === undefined ? undefined : env[variable];
    if (given[key] !== undefined) values[key] = given[key];
    else if (variable !== undefined && text !== undefined) values[key] = parse(spec, variable, text);
    else values[key] = defaultOf(spec);
    if (spec.choices && values[key] !== undefined)
      values[key] = chosen(spec, String(values[key]), given[key] === undefined ? variable : undefined);
  }
  return values;
}

function defaultOf(spec: OptionSpec): unknown {
  if (spec.kind === 'flag') return isNegated(spec);
  return spec.kind === 'list' ? [] : undefined;
}

function parse(spec: OptionSpec, variable: string, text: string): unknown {
  if (spec.kind === 'list') return text.split(',').filter((part) => part !== '');
  if (spec.kind !== 'flag') return text;
  const on = /^(1|t|true|yes|on)$/i.test(text);
  if (!on && !/^(0|f|false|no|off)$/i.test(text)) {
    throw new UsageError(`${variable} is on or off`, { hint: `${variable}=true or ${variable}=false` });
  }
  return isNegated(spec) ? !on : on;
}

/** The choice that `text` names, whatever its case. */
function chosen(spec: OptionSpec, text: string, variable: string | undefined): string {
  const choices = spec.choices ?? [];
  const found = choices.find((word) => word === text.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`${variable ?? `--${longName(spec)}`} cannot be "${text}"`, {
    hint: `one of ${choices.join(', ')}`,
  });
}
