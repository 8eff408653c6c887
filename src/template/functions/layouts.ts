// Go's layouts of dates: the reference time "Mon Jan 2 15:04:05 MST 2006" taken apart.

import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';

export const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const element =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|01|02|03|04|05|06|15|2006|__2|_2(?!006)|1|2|3|4|5|PM|pm|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|[.,](?:0+|9+)(?!\d)/g;

/** Texts, and elements of dates in the form that the layout has them. */
export type LayoutPart = { text: Text } | { element: string };

/** Bytes of a layout. Reading by one takes a regular expression of its size. */
const longest = 256;

/** A layout's parts in their order. Throws for one that is too long. */
export function partsOf(layout: Text): LayoutPart[] {
  if (layout.length > longest) throw new FunctionFailure(`a layout of more than ${longest} bytes`);
  const parts: LayoutPart[] = [];
  let copied = 0;
  for (const match of layout.matchAll(element)) {
    if (match.index > copied) parts.push({ text: layout.slice(copied, match.index) });
    parts.push({ element: match[0] });
    copied = match.index + match[0].length;
  }
  return copied < layout.length ? [...parts, { text: layout.slice(copied) }] : parts;
}
