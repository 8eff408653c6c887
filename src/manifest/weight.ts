// How much work it is to read a text, told before it is done: the words and marks that YAML and JSON are made of.

import { Lexer } from 'yaml';

const scalarFollows = '\u001f';
// To repeat costs less than to read.
const repetitionsAtOnce = 4;

/**
 * How many steps it is to read `text`: one for each word, mark, space and line end outside of quotes and blocks, and a quarter of all
 * that for each alias, as any may repeat whatever is there. Over `most` it stops counting. One step takes some microseconds.
 */
export function weightOf(text: string, most: number): number {
  let [tokens, aliases, isScalar] = [0, 0, false];
  const weight = () => Math.max(tokens, (tokens * aliases) / repetitionsAtOnce);
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (token.startsWith('*') && !isScalar) aliases += 1;
    isScalar = token === scalarFollows;
    if (weight() > most) break;
  }
  return weight();
}
