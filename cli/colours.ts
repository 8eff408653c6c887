// Colours on a terminal that has them, where the user wants them.

import type { Context } from './context.ts';
import type { Output } from './streams.ts';

const codes = { red: 31, yellow: 33, cyan: 36, dim: 2 } as const;

/** The few that are used. */
export type Colour = keyof typeof codes;

/** Text in that colour; as it is without one. */
export type Paint = (colour: Colour | undefined, text: string) => string;

/** For what is no terminal. */
export const unpainted: Paint = (_, text) => text;

/** Whether colours are wanted there: on a terminal that has them, unless NO_COLOR is set. */
export function isColoured({ isTTY }: Pick<Output, 'isTTY'>, env: Context['env']): boolean {
  // https://no-color.org: any value that is not empty.
  return isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** What paints for that output. */
export function paintFor(output: Pick<Output, 'isTTY'>, env: Context['env']): Paint {
  if (!isColoured(output, env)) return unpainted;
  return (colour, text) => (colour === undefined ? text : `\u001b[${codes[colour]}m${text}\u001b[0m`);
}
