// sprig 3.3.0's regular expressions: Go's regexp, which is RE2 and takes linear time.

import type { RE2JS } from 're2js';
import type { Budget } from '../budget.ts';
import { runesOf, type Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn, type TemplateFunction } from '../functions.ts';
import { compileRe2 } from '../re2.ts';
import { nilList, type Value } from '../values.ts';

/** Where a match and its groups stand, in bytes: [start, end, start of 1, end of 1 …], -1 for groups without a part in it. */
type Match = readonly number[];

const find = onText(([expression, text], budget) => {
  const [match] = matches(expression, text, 1, budget);
  return match === undefined ? '' : cut(text, match, 0);
});
const findAll = onText(([expression, text, count], budget) => {
  const found = [...matches(expression, text, Number(count), budget)].map((match) => cut(text, match, 0));
  return found.length === 0 ? nilList : found;
}, 'int');
const split = onText(([expression, text, count], budget) => pieces(expression, text, Number(count), budget), 'int');
const replace = onText(([expression, text, by], budget) => {
  const template = templateOf(String(by), expression);
  return replaced(expression, text, budget, (match) =>
    template.map((part) => (typeof part === 'string' ? part : cut(text, match, part))).join(''),
  );
}, 'string');
const replaceLiteral = onText(
  ([expression, text, by], budget) => replaced(expression, text, budget, () => String(by)),
  'string',
);
const isMatch = (text: Text, expression: RE2JS, budget: Budget) =>
  matches(expression, text, 1, budget).next().done !== true;

export const regexFunctions: FunctionTable = {
  // Without `must`, an expression that is wrong matches nothing.
  regexMatch: fn(['string', 'string'], ([source, text], budget) => {
    const expression = compiled(source, budget);
    return expression !== undefined && isMatch(text, expression, budget);
  }),
  mustRegexMatch: onText(([expression, text], budget) => isMatch(text, expression, budget)),
  regexFind: find,
  mustRegexFind: find,
  regexFindAll: findAll,
  mustRegexFindAll: findAll,
  regexSplit: split,
  mustRegexSplit: split,
  regexReplaceAll: replace,
  mustRegexReplaceAll: replace,
  regexReplaceAllLiteral: replaceLiteral,
  mustRegexReplaceAllLiteral: replaceLiteral,
  regexQuoteMeta: fn(['string'], ([text]) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
};

function onText(
  body: (args: readonly [RE2JS, Text, Value], budget: Budget) => Value,
  third?: 'int' | 'string',
): TemplateFunction {
  return fn(
    third === undefined ? ['string', 'string'] : ['string', 'string', third],
    ([source, text, more], budget) => {
      const expression = compiled(String(source), budget);
      if (expression === undefined) throw new FunctionFailure('the regular expression is wrong or too long');
      return body([expression, String(text), more], budget);
    },
  );
}

/** Pays for the compilation, which takes far longer than reading. */
function compiled(source: Text, budget: Budget): RE2JS | undefined {
  budget.spend(200 + 50 * source.length);
  const expression = compileRe2(stringOf(source).string);
  if (expression !== undefined) budget.spend(20 * expression.programSize());
  return expression;
}

/** A text as the engine reads it, and the byte at which each of its UTF-16 units stands. */
function stringOf(text: Text): { string: string; byteAt: (index: number) => number } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly the ASCII range
  if (/^[\x00-\x7f]*$/.test(text)) return { string: text, byteAt: (index) => index };
  let string = '';
  const bytes: number[] = [];
  for (const { rune, at } of runesOf(text)) {
    const piece = String.fromCodePoint(rune);
    for (let unit = 0; unit < piece.length; unit += 1) bytes.push(at);
    string += piece;
  }
  return { string, byteAt: (index) => bytes[index] ?? text.length };
}

/** Go's allMatches: leftmost, and no empty one right behind another. A negative count is no bound. */
function* matches(expression: RE2JS, text: Text, count: number, budget: Budget): Generator<Match> {
  const { string, byteAt } = stringOf(text);
  const matcher = expression.matcher(string);
  const size = expression.programSize();
  let previousEnd = -1;
  for (let from = 0, found = 0; from <= string.length && found !== count; ) {
    // The most that the search can take from here.
    budget.spend(1 + (((string.length - from + 1) * size) >> 4));
    if (!matcher.find(from)) return;
    const [start, end] = [matcher.start(), matcher.end()];
    if (end > start || start !== previousEnd) {
      found += 1;
      yield Array.from({ length: 2 * matcher.groupCount() + 2 }, (_, index) => {
        const at = index % 2 === 0 ? matcher.start(index >> 1) : matcher.end(index >> 1);
        return at < 0 ? -1 : byteAt(at);
      });
    }
    previousEnd = end;
    from = end > start ? end : end + ((string.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
  }
}

function cut(text: Text, match: Match, group: number): Text {
  const [start = -1, end = -1] = match.slice(2 * group, 2 * group + 2);
  return start < 0 ? '' : text.slice(start, end);
}

function replaced(expression: RE2JS, text: Text, budget: Budget, by: (match: Match) => Text): Text {
  let result = '';
  let copied = 0;
  for (const match of matches(expression, text, -1, budget)) {
    const [start = 0, end = 0] = match;
    result += text.slice(copied, start) + by(match);
    budget.checkBytes(result.length);
    copied = end;
  }
  return result + text.slice(copied);
}

/** Regexp.Split. */
function pieces(expression: RE2JS, text: Text, count: number, budget: Budget): Value {
  if (count === 0) return nilList;
  if (text === '' && expression.pattern() !== '') return [''];
  const parts: Text[] = [];
  let [start, end] = [0, 0];
  for (const match of matches(expression, text, count, budget)) {
    if (count > 0 && parts.length === count - 1) break;
    end = match[0] ?? 0;
    if (match[1] !== 0) parts.push(text.slice(start, end));
    start = match[1] ?? 0;
  }
  if (end !== text.length) parts.push(text.slice(start));
  return parts;
}

/** A replacement taken apart, as Regexp.Expand: texts, and numbers of groups; what names no group is nothing. */
function templateOf(replacement: Text, expression: RE2JS): (Text | number)[] {
  const named = expression.namedGroups();
  const parts: (Text | number)[] = [];
  const { string, byteAt } = stringOf(replacement);
  const between = (from: number, to: number) => replacement.slice(byteAt(from), byteAt(to));
  let copied = 0;
  for (const found of string.matchAll(/\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu)) {
    parts.push(between(copied, found.index));
    copied = found.index + found[0].length;
    const name = found[2] ?? found[3];
    if (name === undefined) parts.push('$');
    else if (/^(?:0|[1-9]\d{0,8})$/.test(name)) parts.push(Number(name) <= expression.groupCount() ? Number(name) : '');
    else parts.push(Object.hasOwn(named, name) ? (named[name] ?? '') : '');
  }
  return [...parts, between(copied, string.length)];
}
