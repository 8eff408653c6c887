// YAML of people who may not be trusted with the controller's time: parsed at a price that is known before, or refused.

import { type Document, Lexer, parseAllDocuments } from 'yaml';

/** What one of the lexer's tokens costs at the worst, in steps of a template's budget. */
const tokenSteps = 15;

/** The first document; what is wrong with it, in words that show nothing of it; undefined where there is none. */
export type ReadYaml = { document: Document } | { problem: string } | undefined;

/**
 * Reads `source`, with every scalar as the text that stands there. `spend` is told the steps that parsing costs before it is
 * done, and throws where they are too many. Of the keys of a map, which may not repeat, nothing is said: see `hasTwins`.
 */
export function readDocument(source: string, spend: (steps: number) => void): ReadYaml {
  for (const _ of new Lexer().lex(source)) spend(tokenSteps);
  let document: ReturnType<typeof parseAllDocuments>[number] | undefined;
  try {
    // Its own look for repeated keys, and its errors with the line in them, take the square of the text's length.
    const options = {
      schema: 'failsafe',
      logLevel: 'silent',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
    } as const;
    [document] = parseAllDocuments(source, options);
  } catch (error) {
    // Its parser takes a stack frame for each level.
    if (error instanceof RangeError) return { problem: 'YAML of too many levels' };
    throw error;
  }
  if (document === undefined || !('contents' in document)) return undefined;
  return document.errors.length > 0 ? { problem: 'not YAML' } : { document };
}

/** Whether two of the names are the same. */
export const hasTwins = (names: readonly unknown[]) => new Set(names).size < names.length;
