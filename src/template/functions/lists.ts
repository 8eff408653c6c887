// sprig 3.3.0's functions on lists (list.go). None of them changes the list it was given.

import type { Budget } from '../budget.ts';
import { FunctionFailure } from '../errors.ts';
import { deep, type FunctionTable, fn, type TemplateFunction } from '../functions.ts';
import { isList, isTrue, nilList, typeName, type Value } from '../values.ts';
import { toInt64 } from './cast.ts';
import { isDeepEqual } from './equal.ts';

type List = readonly Value[];

/** A function whose first argument is a list. */
function on(name: string, body: (list: List) => Value): TemplateFunction {
  return fn(['any'], ([list]) => body(elements(list, name)));
}

const append = fn(['any', 'any'], ([list, one]) => [...elements(list, 'push'), one]);
const prepend = fn(['any', 'any'], ([list, one]) => [one, ...elements(list, 'prepend')]);
const first = on('find first', (list) => list[0] ?? null);
const last = on('find last', (list) => list.at(-1) ?? null);
const rest = on('find rest', (list) => (list.length === 0 ? nilList : list.slice(1)));
const initial = on('find initial', (list) => (list.length === 0 ? nilList : list.slice(0, -1)));
const reverse = on('find reverse', (list) => list.toReversed());
const compact = on('compact', (list) => list.filter(isTrue));
const uniq = fn(['any'], ([list], budget) => distinct(elements(list, 'find uniq'), budget));
const without = fn(
  ['any'],
  ([list, ...omitted], budget) => elements(list, 'find without').filter((one) => !includes(omitted, one, budget)),
  'any',
);
const has = fn(
  ['any', 'any'],
  ([needle, list], budget) =>
    list !== null && list !== undefined && includes(elements(list, 'find has'), needle, budget),
);
const slice = fn(['any'], ([list, ...indexes]) => sliced(elements(list, 'slice'), indexes), 'any');
const chunk = fn(['int', 'any'], ([size, list]) => chunks(Number(size), elements(list, 'chunk')));

export const listFunctions: FunctionTable = {
  list: fn([], (values) => [...values], 'any'),
  tuple: fn([], (values) => [...values], 'any'),
  append,
  mustAppend: append,
  push: append,
  mustPush: append,
  prepend,
  mustPrepend: prepend,
  first,
  mustFirst: first,
  last,
  mustLast: last,
  rest,
  mustRest: rest,
  initial,
  mustInitial: initial,
  reverse,
  mustReverse: reverse,
  compact,
  mustCompact: compact,
  uniq,
  mustUniq: uniq,
  without,
  mustWithout: without,
  has,
  mustHas: has,
  slice,
  mustSlice: slice,
  chunk,
  mustChunk: chunk,
  concat: fn(
    [],
    (lists, budget) => {
      const all = lists.flatMap((list) => {
        budget.spend(isList(list) ? list.length : 1);
        return elements(list, 'concat');
      });
      return all.length === 0 ? nilList : all;
    },
    'any',
  ),
  deepEqual: deep(fn(['any', 'any'], ([a, b]) => isDeepEqual(a, b))),
};

function elements(value: Value, verb: string): List {
  if (!isList(value)) throw new FunctionFailure(`cannot ${verb} on type ${typeName(value)}`);
  return value;
}

function includes(list: List, needle: Value, budget: Budget): boolean {
  return list.some((one) => isDeepEqual(needle, one, budget));
}

/** Each value once, where it first stands. What has no parts is looked up, the rest compared. */
function distinct(list: List, budget: Budget): List {
  const seen = new Set<Value>();
  const composites: Value[] = [];
  return list.filter((one) => {
    if (typeof one !== 'object' && typeof one !== 'number') return !seen.has(one) && seen.add(one) !== undefined;
    if (includes(composites, one, budget)) return false;
    composites.push(one);
    return true;
  });
}

/** The indexes may be anything that makes a number. */
function sliced(list: List, indexes: readonly Value[]): Value {
  if (list.length === 0) return null;
  const [from = 0, to = list.length] = indexes.slice(0, 2).map((index) => Number(toInt64(index)));
  if (from < 0 || to > list.length || from > to) throw new FunctionFailure('slice bounds out of range');
  return list.slice(from, to);
}

function chunks(size: number, list: List): Value {
  const count = Math.floor((list.length - 1) / size) + 1;
  if (size === 0 || count < 0 || (size < 0 && count > 0))
    throw new FunctionFailure('cannot chunk by what is not above zero');
  return Array.from({ length: count }, (_, index) => list.slice(index * size, (index + 1) * size));
}
