// sprig 3.3.0's functions on strings (strings.go, and goutils where it delegates).

import type { Budget } from '../budget.ts';
import { isSpaceRune, lowerRune, mapRunes, runesOf, type Text, titleRune, upperRune } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { printed } from '../format.ts';
import { deep, type FunctionTable, fn } from '../functions.ts';
import { compareText, expectInt, GoMap, isList, type Value } from '../values.ts';
import { isNil } from '../verbs.ts';

export const stringFunctions: FunctionTable = {
  trim: fn(['string'], ([text]) => trimSpace(text)),
  trimAll: fn(['string', 'string'], ([set, text]) => trimSet(text, set)),
  trimall: fn(['string', 'string'], ([set, text]) => trimSet(text, set)),
  trimSuffix: fn(['string', 'string'], ([end, text]) =>
    end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text,
  ),
  trimPrefix: fn(['string', 'string'], ([start, text]) => (text.startsWith(start) ? text.slice(start.length) : text)),
  upper: fn(['string'], ([text]) => mapRunes(text, upperRune)),
  lower: fn(['string'], ([text]) => mapRunes(text, lowerRune)),
  title: fn(['string'], ([text]) => titled(text)),
  untitle: fn(['string'], ([text]) => untitled(text)),
  contains: fn(['string', 'string'], ([part, text]) => text.includes(part)),
  hasPrefix: fn(['string', 'string'], ([start, text]) => text.startsWith(start)),
  hasSuffix: fn(['string', 'string'], ([end, text]) => text.endsWith(end)),
  repeat: fn(['int', 'string'], ([count, text], budget) => repeated(text, expectInt(count, 'count'), budget)),
  substr: fn(['int', 'int', 'string'], ([from, to, text]) => substring(expectInt(from), expectInt(to), text)),
  trunc: fn(['int', 'string'], ([length, text]) => truncated(expectInt(length), text)),
  abbrev: fn(['int', 'string'], ([width, text]) => (width < 4n ? text : abbreviated(text, 0, expectInt(width)))),
  abbrevboth: fn(['int', 'int', 'string'], ([left, right, text]) =>
    right < 4n || (left > 0n && right < 7n) ? text : abbreviated(text, expectInt(left), expectInt(right)),
  ),
  initials: fn(['string'], ([text]) => initialsOf(text)),
  // goutils takes bytes for characters here and in `initials`, and garbles what is not ASCII; we do not.
  nospace: fn(['string'], ([text]) =>
    [...runesOf(text)].map(({ rune, at, size }) => (isSpaceRune(rune) ? '' : text.slice(at, at + size))).join(''),
  ),
  swapcase: fn(['string'], ([text]) => swapped(text)),
  replace: fn(['string', 'string', 'string'], ([from, to, text], budget) => replaced(text, from, to, budget)),
  indent: fn(['int', 'string'], ([spaces, text], budget) => indented(text, expectInt(spaces), budget)),
  nindent: fn(['int', 'string'], ([spaces, text], budget) => `\n${indented(text, expectInt(spaces), budget)}`),
  plural: fn(['string', 'string', 'int'], ([one, many, count]) => (count === 1n ? one : many)),
  cat: deep(fn([], (values) => values.filter(isPresent).map(printed).join(' '), 'any')),
  toString: deep(fn(['any'], ([value]) => asText(value))),
  toStrings: deep(fn(['any'], ([value]) => textsOf(value))),
  join: deep(fn(['string', 'any'], ([separator, value], budget) => joined(textsOf(value), separator, budget))),
  splitList: fn(['string', 'string'], ([separator, text], budget) => pieces(text, separator, budget)),
  split: fn(['string', 'string'], ([separator, text], budget) => numbered(pieces(text, separator, budget))),
  splitn: fn(['string', 'int', 'string'], ([separator, count, text], budget) =>
    numbered(limited(pieces(text, separator, budget), separator, expectInt(count))),
  ),
  sortAlpha: deep(fn(['any'], ([value]) => (isList(value) ? textsOf(value).sort(compareText) : [asText(value)]))),
};

/** Whether Go sees more than a nil interface. */
export function isPresent(value: Value): boolean {
  return !isNil(value);
}

/** sprig's strval: text as it is, anything else as `%v`. */
export function asText(value: Value): Text {
  if (typeof value === 'string') return value;
  return isPresent(value) ? printed(value) : '<nil>';
}

/** sprig's strslice: a list's elements as texts without nils, nothing for nil, else one text. */
function textsOf(value: Value): Text[] {
  if (!isPresent(value)) return [];
  return isList(value) ? value.filter(isPresent).map(asText) : [asText(value)];
}

function trimSpace(text: Text): Text {
  const runes = [...runesOf(text)];
  const first = runes.find(({ rune }) => !isSpaceRune(rune));
  const last = runes.findLast(({ rune }) => !isSpaceRune(rune));
  return first === undefined || last === undefined ? '' : text.slice(first.at, last.at + last.size);
}

function trimSet(text: Text, set: Text): Text {
  const members = new Set([...runesOf(set)].map(({ rune }) => rune));
  const runes = [...runesOf(text)];
  const first = runes.find(({ rune }) => !members.has(rune));
  const last = runes.findLast(({ rune }) => !members.has(rune));
  return first === undefined || last === undefined ? '' : text.slice(first.at, last.at + last.size);
}

/** strings.Title: title case at the start and after what is no letter, digit or underscore. */
function titled(text: Text): Text {
  let previous = 0x20;
  return mapRunes(text, (rune) => {
    const isStart = isSeparator(previous);
    previous = rune;
    return isStart ? titleRune(rune) : rune;
  });
}

function isSeparator(rune: number): boolean {
  if (rune < 0x80) return !/\w/.test(String.fromCharCode(rune));
  return !/[\p{L}\p{Nd}]/u.test(String.fromCodePoint(rune)) && isSpaceRune(rune);
}

/** goutils.Uncapitalize: lower case after white space and at the start. */
function untitled(text: Text): Text {
  let isStart = true;
  return mapRunes(text, (rune) => {
    const changed = isStart ? lowerRune(rune) : rune;
    isStart = isSpaceRune(rune);
    return changed;
  });
}

function repeated(text: Text, count: number, budget: Budget): Text {
  if (count < 0) throw new FunctionFailure('negative repeat count');
  budget.checkBytes(text.length * count);
  return text.repeat(count);
}

function substring(from: number, to: number, text: Text): Text {
  if (from < 0) return to < 0 || to > text.length ? outOfRange() : text.slice(0, to);
  if (from > text.length) return outOfRange();
  if (to < 0 || to > text.length) return text.slice(from);
  return from > to ? outOfRange() : text.slice(from, to);
}

function outOfRange(): never {
  throw new FunctionFailure('slice bounds out of range');
}

function truncated(length: number, text: Text): Text {
  if (length < 0) return text.length + length > 0 ? text.slice(text.length + length) : text;
  return text.slice(0, length);
}

/** goutils.AbbreviateFull; sprig drops its errors, which leaves an empty string. */
function abbreviated(text: Text, offset: number, width: number): Text {
  if (width < 4) return '';
  if (text.length <= width) return text;
  const from = Math.min(Math.min(offset, text.length), text.length - (width - 3));
  const start = text.length - Math.min(offset, text.length) < width - 3 ? from : Math.min(offset, text.length);
  if (start <= 4) return `${text.slice(0, width - 3)}...`;
  if (width < 7) return '';
  if (start + width - 3 < text.length) return `...${abbreviated(text.slice(start), 0, width - 3)}`;
  return `...${text.slice(text.length - (width - 3))}`;
}

function initialsOf(text: Text): Text {
  let isStart = true;
  let result = '';
  for (const { rune, at, size } of runesOf(text)) {
    const isSpace = isSpaceRune(rune);
    if (isStart && !isSpace) result += text.slice(at, at + size);
    isStart = isSpace;
  }
  return result;
}

/** goutils.SwapCase: what has a lower case gets it; a lower-case letter at the start of a word becomes title case. */
function swapped(text: Text): Text {
  let isStart = true;
  return mapRunes(text, (rune) => {
    const lower = lowerRune(rune);
    const changed = lower !== rune ? lower : isStart ? titleRune(rune) : upperRune(rune);
    isStart = isSpaceRune(rune);
    return changed;
  });
}

function replaced(text: Text, from: Text, to: Text, budget: Budget): Text {
  budget.spend(text.length);
  // strings.Replace puts the new text around every rune where the old one is empty.
  const parts =
    from === '' ? ['', ...[...runesOf(text)].map(({ at, size }) => text.slice(at, at + size)), ''] : text.split(from);
  return joined(parts, to, budget);
}

function indented(text: Text, spaces: number, budget: Budget): Text {
  if (spaces < 0) throw new FunctionFailure('negative repeat count');
  const margin = repeated(' ', spaces, budget);
  return margin + replaced(text, '\n', `\n${margin}`, budget);
}

function joined(parts: readonly Text[], separator: Text, budget: Budget): Text {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0) + separator.length * Math.max(0, parts.length - 1);
  budget.checkBytes(bytes);
  return parts.join(separator);
}

function pieces(text: Text, separator: Text, budget: Budget): Text[] {
  budget.spend(text.length);
  if (separator !== '') return text.split(separator);
  return [...runesOf(text)].map(({ at, size }) => text.slice(at, at + size));
}

/** strings.SplitN: at most `count` pieces, the last with the rest; all of them when negative. */
function limited(parts: Text[], separator: Text, count: number): Text[] {
  if (count < 0 || parts.length <= count) return parts;
  if (count === 0) return [];
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

/** `_0`, `_1` … as sprig's split names them. */
function numbered(parts: readonly Text[]): GoMap {
  return new GoMap(
    parts.map((part, index) => [`_${index}`, part] as const),
    '',
  );
}
