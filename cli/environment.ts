// Options from the environment: every flag of every command can be set by a variable, and the command line wins.

import { UsageError } from '../src/errors.ts';
import { isNegated, longName, type OptionSpec, type OptionSpecs, variableOf } from './options.ts';

/** How a command reads variables. */
export interface EnvironmentStyle {
  /** Strongest first. */
  prefixes: readonly string[];
  /** As the reference CLI (pflagenv): what cannot be parsed counts as unset, and lists add up with those of the command line. */
  asReference: boolean;
  /** Keys of options that only the first prefix sets: with the others the same name means something else. Default: none. */
  own?: readonly string[];
}

const ours: EnvironmentStyle = { prefixes: ['SEALWRIGHT_'], asReference: false };

export interface EnvironmentOptions {
  options: OptionSpecs;
  env: Readonly<Record<string, string | undefined>>;
  /** Default: variables start with `SEALWRIGHT_`, and a bad one is an error. */
  style?: EnvironmentStyle | undefined;
}

/**
 * Adds to what the command line gave what the environment and the defaults say, and checks the words of choices.
 * A list in a variable is separated by commas. Throws `UsageError`.
 */
export function withEnvironment(
  given: Readonly<Record<string, unknown>>,
  { options, env, style = ours }: EnvironmentOptions,
): Record<string, unknown> {
  const values = Object.entries(options).map(([key, spec]) => {
    const variable = variableFor([key, spec], { env, style });
    const set = variable === undefined ? undefined : parse(spec, { variable, text: env[variable] ?? '', style });
    if (given[key] === undefined) return [key, set ?? defaultOf(spec)];
    if (spec.kind === 'list' && style.asReference) return [key, [set ?? [], given[key]].flat()];
    return [
      key,
      spec.choices ? chosen(spec, { variable: `--${longName(spec)}`, text: String(given[key]), style }) : given[key],
    ];
  });
  return Object.fromEntries(values);
}

/** The variables that decided about an option which the command line left out: option key → variable. */
export function variablesUsed(
  given: Readonly<Record<string, unknown>>,
  { options, env, style = ours }: EnvironmentOptions,
): Map<string, string> {
  const used = Object.entries(options).map(([key, spec]) => {
    const variable = variableFor([key, spec], { env, style });
    return given[key] === undefined && variable !== undefined ? ([key, variable] as const) : undefined;
  });
  return new Map(used.filter((entry) => entry !== undefined));
}

/** The strongest variable that is set for an option. */
function variableFor(
  [key, spec]: [string, OptionSpec],
  { env, style }: Required<Pick<EnvironmentOptions, 'env'>> & { style: EnvironmentStyle },
): string | undefined {
  const prefixes = style.own?.includes(key) ? style.prefixes.slice(0, 1) : style.prefixes;
  return prefixes.map((prefix) => variableOf(spec, prefix)).find((name) => env[name]);
}

function defaultOf(spec: OptionSpec): unknown {
  if (spec.kind === 'flag') return isNegated(spec);
  return spec.kind === 'list' ? [] : undefined;
}

interface Variable {
  /** Or the option, as it is typed. */
  variable: string;
  text: string;
  style: EnvironmentStyle;
}

function parse(spec: OptionSpec, { variable, text, style }: Variable): unknown {
  if (spec.kind === 'list') return text.split(',').filter((part) => part !== '');
  try {
    if (spec.kind === 'choice') return chosen(spec, { variable, text, style });
    return spec.kind === 'flag' ? isOn(variable, text) !== isNegated(spec) : text;
  } catch (error) {
    if (style.asReference) return undefined;
    throw error;
  }
}

function isOn(variable: string, text: string): boolean {
  if (/^(1|t|true|yes|on)$/i.test(text)) return true;
  if (/^(0|f|false|no|off)$/i.test(text)) return false;
  throw new UsageError(`${variable} is on or off`, { hint: `${variable}=true or ${variable}=false` });
}

/** The choice that `text` names, whatever its case; to the letter as the reference. */
function chosen(spec: OptionSpec, { variable, text, style }: Variable): string {
  const choices = spec.choices ?? [];
  const found = choices.find((word) => word === (style.asReference ? text : text.toLowerCase()));
  if (found !== undefined) return found;
  throw new UsageError(`${variable} cannot be "${text}"`, { hint: `one of ${choices.filter(Boolean).join(', ')}` });
}
