// Replacing by regular expression as Go's regexp.ReplaceAllString does.

import type { RE2JS } from 're2js';
import type { Cost } from '../cost.ts';

/**
 * Go's `regexp.ReplaceAllString` (1.26): leftmost matches, `$name`, `${name}`, `$1` and `$$` in the replacement.
 * Pays at each match for the most that finding it can take, and for what it writes.
 */
export function replaceAll(expression: RE2JS, text: string, replacement: string, cost: Cost): string {
  const pieces = piecesOf(replacement, expression.namedGroups());
  const size = expression.programSize();
  const matcher = expression.matcher(text);
  let result = '';
  let copied = 0;
  for (let from = 0; from <= text.length; ) {
    cost.pay((text.length - from + 1) * size + replacement.length);
    if (!matcher.find(from)) break;
    const [start, end] = [matcher.start(), matcher.end()];
    result += text.slice(copied, start);
    // An empty match right behind the one before it is none.
    if (end > copied || start === 0) {
      for (const piece of pieces) result += typeof piece === 'string' ? piece : (groupOf(matcher, piece) ?? '');
    }
    copied = end;
    from = Math.max(end, from + widthAt(text, from));
  }
  return result + text.slice(copied);
}

const groupOf = (matcher: ReturnType<RE2JS['matcher']>, group: number) =>
  group <= matcher.groupCount() ? matcher.group(group) : undefined;

const widthAt = (text: string, at: number) => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** A replacement taken apart: texts, and numbers of groups. What names no group is empty, as in Go. */
function piecesOf(replacement: string, named: Readonly<Record<string, number>>): (string | number)[] {
  const pieces: (string | number)[] = [];
  // Greedy, so that `$1_x` is the group called "1_x".
  const reference = /\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;
  let copied = 0;
  for (const found of replacement.matchAll(reference)) {
    pieces.push(replacement.slice(copied, found.index));
    copied = found.index + found[0].length;
    const name = found[2] ?? found[3];
    pieces.push(name === undefined ? '$' : (groupNumber(name, named) ?? ''));
  }
  pieces.push(replacement.slice(copied));
  return pieces;
}

function groupNumber(name: string, named: Readonly<Record<string, number>>): number | undefined {
  // Leading zeros make it a name; so does anything beyond what Go takes for a number.
  if (/^(?:0|[1-9][0-9]{0,8})$/.test(name)) return Number(name);
  return Object.hasOwn(named, name) ? named[name] : undefined;
}
