// Wrapping of lines as goutils 1.1.1 does it for sprig: widths count bytes, and only spaces are places to wrap.

import type { Budget } from '../budget.ts';
import type { Text } from '../bytes.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { expectInt } from '../values.ts';

export const wrappingFunctions: FunctionTable = {
  wrap: fn(['int', 'string'], ([width, text], budget) => wrapped(text, expectInt(width), '\n', false, budget)),
  wrapWith: fn(['int', 'string', 'string'], ([width, separator, text], budget) =>
    wrapped(text, expectInt(width), separator === '' ? '\n' : separator, true, budget),
  ),
};

function wrapped(text: Text, given: number, separator: Text, cutsWords: boolean, budget: Budget): Text {
  const width = Math.max(1, given);
  let result = '';
  let at = 0;
  const take = (end: number, next: number) => {
    result += text.slice(at, end) + separator;
    budget.checkBytes(result.length);
    at = next;
  };
  while (text.length - at > width) {
    budget.spend(1);
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    const space = text.lastIndexOf(' ', at + width);
    if (space >= at) {
      take(space, space + 1);
    } else if (cutsWords) {
      take(at + width, at + width);
    } else {
      const end = text.indexOf(' ', at + width);
      if (end === -1) break;
      take(end, end + 1);
    }
  }
  return result + text.slice(at);
}
