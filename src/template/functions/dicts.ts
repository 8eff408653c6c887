// sprig 3.3.0's functions on dictionaries (dict.go). `set`, `unset` and the merges change the one they are given.

import type { Budget } from '../budget.ts';
import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { deep, type FunctionTable, fn } from '../functions.ts';
import { GoMap, isList, isTrue, typeName, type Value } from '../values.ts';
import { asText } from './strings.ts';

type Dict = GoMap | null | undefined;

const merge = fn(['map'], ([into, ...from], budget) => mergedAll(into, from, false, budget), 'map');
const mergeOverwrite = fn(['map'], ([into, ...from], budget) => mergedAll(into, from, true, budget), 'map');
const deepCopy = deep(fn(['any'], ([value]) => copied(value)));

export const dictFunctions: FunctionTable = {
  dict: deep(fn([], (values) => dictOf(values), 'any')),
  get: fn(['map', 'string'], ([dict, key]) => (dict?.entries.has(key) ? dict.entries.get(key) : '')),
  set: fn(['map', 'string', 'any'], ([dict, key, value]) => {
    if (!dict) throw new FunctionFailure('assignment to entry in nil map');
    dict.entries.set(key, value ?? null);
    return dict;
  }),
  unset: fn(['map', 'string'], ([dict, key]) => {
    dict?.entries.delete(key);
    return dict ?? new GoMap([]);
  }),
  hasKey: fn(['map', 'string'], ([dict, key]) => dict?.entries.has(key) === true),
  pluck: fn(
    ['string'],
    ([key, ...dicts]) => dicts.filter((one) => one?.entries.has(key)).map((one) => one?.entries.get(key)),
    'map',
  ),
  // Go gives keys and values in an order that changes each time; here it is that of the keys.
  keys: fn([], (dicts, budget) => dicts.flatMap((one) => keysOf(one, budget)), 'map'),
  values: fn(['map'], ([dict], budget) => keysOf(dict, budget).map((key) => dict?.entries.get(key))),
  pick: fn(['map'], ([dict, ...keys], budget) => chosen(dict, budget, new Set(keys), true), 'string'),
  omit: fn(['map'], ([dict, ...keys], budget) => chosen(dict, budget, new Set(keys), false), 'string'),
  merge,
  mustMerge: merge,
  mergeOverwrite,
  mustMergeOverwrite: mergeOverwrite,
  deepCopy,
  mustDeepCopy: deepCopy,
  dig: fn(['any', 'any', 'any'], (values) => dug(values), 'any'),
};

/** Pays for all of a dictionary. */
function keysOf(dict: Dict, budget: Budget): Text[] {
  budget.spend(4 * (dict?.entries.size ?? 0));
  return dict?.sortedKeys() ?? [];
}

function dictOf(values: readonly Value[]): GoMap {
  const dict = new GoMap([]);
  for (let at = 0; at < values.length; at += 2) {
    dict.entries.set(asText(values[at]), at + 1 < values.length ? (values[at + 1] ?? null) : '');
  }
  return dict;
}

function chosen(dict: Dict, budget: Budget, keys: ReadonlySet<Text>, isKept: boolean): GoMap {
  budget.spend((dict?.entries.size ?? 0) + keys.size);
  return new GoMap([...(dict?.entries ?? [])].filter(([key]) => keys.has(key) === isKept));
}

function mergedAll(into: Dict, sources: readonly Dict[], isOverwriting: boolean, budget: Budget): Value {
  const target = into ?? new GoMap([]);
  for (const source of sources) if (source) mergeInto(target, source, isOverwriting, budget);
  return target;
}

/** mergo 1.0.1's Merge and MergeWithOverwrite on maps: what is empty counts as not there. */
function mergeInto(target: GoMap, source: GoMap, isOverwriting: boolean, budget: Budget): void {
  const wasEmpty = target.entries.size === 0;
  budget.spend(source.entries.size);
  for (const [key, given] of source.entries) {
    const isNil = given === null || given === undefined;
    if (isNil && !isOverwriting) continue;
    const held = target.entries.get(key);
    if (given instanceof GoMap && held instanceof GoMap) mergeInto(held, given, isOverwriting, budget);
    const isMerged = isTrue(held) && given instanceof GoMap && held instanceof GoMap;
    const isKept = !isOverwriting && isTrue(held) && !(wasEmpty && isList(given));
    if (!isMerged && !isKept) target.entries.set(key, given);
  }
}

function copied(value: Value): Value {
  if (isList(value)) return value.length === 0 ? value : value.map(copied);
  if (value instanceof GoMap)
    return new GoMap(
      [...value.entries].map(([key, one]) => [key, copied(one)]),
      value.zero,
    );
  return value;
}

function dug(values: readonly Value[]): Value {
  const keys = values.slice(0, -2);
  let at: Value = values.at(-1);
  for (const key of keys) {
    if (!(at instanceof GoMap) || at.zero !== null) throw new FunctionFailure(`cannot dig in type ${typeName(at)}`);
    if (typeof key !== 'string') throw new FunctionFailure(`cannot dig by type ${typeName(key)}`);
    if (!at.entries.has(key)) return values.at(-2);
    at = at.entries.get(key);
  }
  return at;
}
