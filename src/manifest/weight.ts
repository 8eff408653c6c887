// How much work it is to read a text, told before it is done: the words and marks that YAML and JSON are made of.

import { Lexer } from 'yaml';

const scalarFollows = '\u001f';
// To repeat costs less than to read, and so do lines within a word.
const repetitionsAtOnce = 4;
const linesAtOnce = 4;

/**
 * How many steps it is to read `text`: one for each word, mark, space and line end outside of quotes and blocks, a quarter for each
 * line within, and a quarter of all that for each alias, as any may repeat whatever is there. Over `most` it stops counting. One step
 * takes some microseconds.
 */
export function weightOf(text: string, most: number): number {
  let [steps, aliases, isScalar] = [0, 0, false];
  const weight = () => Math.max(steps, (steps * aliases) / repetitionsAtOnce);
  for (const token of new Lexer().lex(text)) {
    steps += 1 + linesIn(token) / linesAtOnce;
    if (token.startsWith('*') && !isScalar) aliases += 1;
    isScalar = token === scalarFollows;
    if (weight() > most) break;
  }
  return weight();
}

function linesIn(token: string): number {
  let count = 0;
  for (let at = token.indexOf('\n'); at !== -1; at = token.indexOf('\n', at + 1)) count += 1;
  return count;
}
