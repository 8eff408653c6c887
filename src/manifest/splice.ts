// Edits as text splices: what an edit does not name, it cannot touch.

import type { TextRange } from './text.ts';

/** Puts `text` in place of `[from, to)`. An insertion has `from === to`. Offsets are UTF-16 units of the old text. */
export interface Splice extends TextRange {
  text: string;
}

/**
 * Applies all splices to `source` at once; every character outside their ranges is untouched.
 * Insertions at one offset keep the order given. Throws `TypeError` when splices overlap or leave the text:
 * that is a mistake of the caller and never of a file.
 */
export function applySplices(source: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { from, to, text } of inOrder(splices)) {
    if (from < at) throw new TypeError(`splices overlap at offset ${from}`);
    if (to < from || to > source.length) throw new TypeError(`splice [${from}, ${to}) is outside the text`);
    parts.push(source.slice(at, from), text);
    at = to;
  }
  parts.push(source.slice(at));
  return parts.join('');
}

// An insertion at the start of a replaced range comes before it; the sort is stable for the rest.
function inOrder(splices: readonly Splice[]): readonly Splice[] {
  return [...splices].sort((a, b) => a.from - b.from || a.to - b.to);
}
