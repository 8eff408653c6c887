// Regular expressions of users: RE2 syntax, as Go has it, matched in linear time.

import { RE2JS } from 're2js';

/** Characters of one expression. Compiling takes time that grows with them. */
const longestSource = 4096;

/** Compiles RE2 syntax. Undefined when it is wrong: the library's message quotes what it was given. */
export function compileRe2(source: string): RE2JS | undefined {
  if (source.length > longestSource) return undefined;
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}
