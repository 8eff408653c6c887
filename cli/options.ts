// The kinds of options a command may have, typed from their one declaration.

/** One option. `flags` as people read them: `-n, --namespace <name>`; a leading `--no-` makes it true by default. */
export interface OptionSpec<T = unknown> {
  readonly flags: string;
  readonly help: string;
  readonly kind: 'flag' | 'text' | 'list' | 'choice';
  readonly choices?: readonly string[];
  /** Left out of `--help` and the documents: accepted for compatibility. */
  readonly hidden?: boolean;
  /** Never there: it carries the type of the value. */
  readonly value?: T;
}

/** A command's table of options, by the names that its code has for them. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** The values that a set of options gives. */
export type OptionsOf<O extends OptionSpecs> = { [K in keyof O]: O[K] extends OptionSpec<infer T> ? T : never };

/** On or off. */
export const flag = (flags: string, help: string): OptionSpec<boolean> => ({ flags, help, kind: 'flag' });

/** One text; the last one given counts. */
export const text = (flags: string, help: string): OptionSpec<string | undefined> => ({ flags, help, kind: 'text' });

/** Any number of texts: the option may be repeated. */
export const list = (flags: string, help: string): OptionSpec<string[]> => ({ flags, help, kind: 'list' });

/** One of a few words. */
export const choice = <C extends string>(
  flags: string,
  choices: readonly C[],
  help: string,
): OptionSpec<C | undefined> => ({ flags, help, kind: 'choice', choices });

/** The same option, left out of `--help`. */
export const hidden = <T>(spec: OptionSpec<T>): OptionSpec<T> => ({ ...spec, hidden: true });

/** `--dry-run <mode>` → `dry-run`; `--no-record` → `no-record`. */
export function longName({ flags }: OptionSpec): string {
  return /--([a-z0-9_-]+)/.exec(flags)?.[1] ?? '';
}

/** `-n, --namespace <name>` → `n`. */
export function shortName({ flags }: OptionSpec): string | undefined {
  return /^-(\w),/.exec(flags)?.[1];
}

/** Whether the option is a switch that is on unless it is given: `--no-…`. */
export function isNegated(spec: OptionSpec): boolean {
  return longName(spec).startsWith('no-');
}

/** The environment variable of an option: `SEALWRIGHT_CONTROLLER_NAME`. */
export function variableOf(spec: OptionSpec, prefix = 'SEALWRIGHT_'): string {
  return prefix + longName(spec).toUpperCase().replaceAll('-', '_');
}
