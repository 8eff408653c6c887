// Errors about an option that nobody gave: they name the variable that set it.

import { isSealError, SealError } from '../src/errors.ts';
import { longName, type OptionSpecs, shortName } from './options.ts';

/** What a call was given, and which variables took part: option key → variable. */
export interface Given {
  values: Readonly<Record<string, unknown>>;
  options: OptionSpecs;
  variables: ReadonlyMap<string, string>;
}

/**
 * The same error with the variable in place of the option that it set, as in `--key-size "10" is …`. Where the message shows
 * only the value, a hint says where that came from. Anything foreign stays as it is.
 */
export function namingVariables(error: unknown, { values, options, variables }: Given): unknown {
  if (!isSealError(error)) return error;
  let { message, hints } = error;
  for (const [key, variable] of variables) {
    const spec = options[key];
    if (spec === undefined) continue;
    const named = message.replace(wordsOf(longName(spec), shortName(spec)), variable);
    if (named === message && shows(message, values[key])) hints = [...hints, `${variable} says so`];
    message = named;
  }
  if (message === error.message && hints === error.hints) return error;
  const { code, outcome } = error;
  return Object.assign(new SealError(code, message, { hint: hints, cause: error }), { outcome });
}

function wordsOf(long: string, short: string | undefined): RegExp {
  const words = short === undefined ? `--${long}` : `--${long}|-${short}`;
  return new RegExp(`(?<![\\w-])(?:${words})(?![\\w-])`, 'g');
}

/** Whether the text stands in the message as a word of its own. */
function shows(message: string, value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  return message.split(/[\s":,]+/).includes(value) || message.includes(`"${value}"`);
}
