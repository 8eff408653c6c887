// sprig 3.3.0's numbers (numeric.go): 64-bit integers that wrap around, floats, and ranges of integers.

import type { Budget } from '../budget.ts';
import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { sprint } from '../format.ts';
import { deep, type FunctionTable, fn } from '../functions.ts';
import type { Value } from '../values.ts';
import { atoi, parseInteger, toFloat64, toInt64, wrapped } from './cast.ts';
import { type Decimal, decimals, fromFloat, toFloat } from './decimal.ts';

const max = fn(['any'], (values) => values.map(toInt64).reduce((a, b) => (b > a ? b : a)), 'any');

export const numberFunctions: FunctionTable = {
  atoi: fn(['string'], ([text]) => atoi(text)),
  int: fn(['any'], ([value]) => toInt64(value)),
  int64: fn(['any'], ([value]) => toInt64(value)),
  float64: fn(['any'], ([value]) => toFloat64(value)),
  toDecimal: deep(fn(['any'], ([value]) => parseInteger(sprint([value]), 8) ?? 0n)),
  add1: fn(['any'], ([value]) => wrapped(toInt64(value) + 1n)),
  add: fn([], (values) => values.map(toInt64).reduce((a, b) => wrapped(a + b), 0n), 'any'),
  sub: fn(['any', 'any'], ([a, b]) => wrapped(toInt64(a) - toInt64(b))),
  mul: fn(['any'], (values) => values.map(toInt64).reduce((a, b) => wrapped(a * b)), 'any'),
  div: fn(['any', 'any'], ([a, b]) => wrapped(toInt64(a) / divisor(b))),
  mod: fn(['any', 'any'], ([a, b]) => toInt64(a) % divisor(b)),
  add1f: fn(['any'], ([value], budget) => folded([value, 1], decimals.add, budget)),
  addf: fn([], (values, budget) => folded([0, ...values], decimals.add, budget), 'any'),
  subf: fn(['any'], (values, budget) => folded(values, decimals.subtract, budget), 'any'),
  mulf: fn(['any'], (values, budget) => folded(values, decimals.multiply, budget), 'any'),
  divf: fn(['any'], (values, budget) => folded(values, decimals.divide, budget), 'any'),
  max,
  biggest: max,
  min: fn(['any'], (values) => values.map(toInt64).reduce((a, b) => (b < a ? b : a)), 'any'),
  maxf: fn(['any'], (values) => values.map(toFloat64).reduce((a, b) => extreme(a, b, Math.max, Infinity)), 'any'),
  minf: fn(['any'], (values) => values.map(toFloat64).reduce((a, b) => extreme(a, b, Math.min, -Infinity)), 'any'),
  ceil: fn(['any'], ([value]) => Math.ceil(toFloat64(value))),
  floor: fn(['any'], ([value]) => Math.floor(toFloat64(value))),
  round: fn(['any', 'int'], ([value, places, from]) => rounded(toFloat64(value), Number(places), from ?? 0.5), 'float'),
  until: fn(['int'], ([count], budget) => steps(0n, count, count < 0n ? -1n : 1n, budget)),
  untilStep: fn(['int', 'int', 'int'], ([from, to, step], budget) => steps(from, to, step, budget)),
  seq: fn([], (bounds, budget) => sequence(bounds, budget), 'int'),
};

function divisor(value: Value): bigint {
  const by = toInt64(value);
  if (by === 0n) throw new FunctionFailure('integer divide by zero');
  return by;
}

/** sprig calculates with decimals, not with floats: 0.1 and 0.2 are 0.3. */
function folded(values: readonly Value[], operation: (a: Decimal, b: Decimal) => Decimal, budget: Budget): number {
  const [first, ...rest] = values.map((value) => fromFloat(toFloat64(value)));
  if (first === undefined) return 0;
  const result = rest.reduce((total, one, index) => {
    // Products grow by a number's digits each time.
    budget.spend(20 + 2 * index);
    return operation(total, one);
  }, first);
  return toFloat(result);
}

/** math.Max and math.Min: infinity wins even over what is no number. */
function extreme(a: number, b: number, choose: (a: number, b: number) => number, winner: number): number {
  return a === winner || b === winner ? winner : choose(a, b);
}

function rounded(value: number, places: number, roundOn: number): number {
  const power = Number(`1e${places}`);
  const shifted = power * value;
  const isUp = shifted - Math.trunc(shifted) >= roundOn;
  return (isUp ? Math.ceil(shifted) : Math.floor(shifted)) / power;
}

function steps(from: bigint, to: bigint, step: bigint, budget: Budget): bigint[] {
  const isDown = to < from;
  if (isDown ? step >= 0n : step <= 0n) return [];
  const result: bigint[] = [];
  for (let at = from; isDown ? at > to : at < to; at += step) {
    budget.spend(1);
    result.push(at);
  }
  return result;
}

function sequence(bounds: readonly bigint[], budget: Budget): Text {
  const [first = 0n, second = 0n, third = 0n] = bounds;
  if (bounds.length === 0 || bounds.length > 3) return '';
  const [from, to] = bounds.length === 1 ? [1n, first] : [first, bounds.length === 2 ? second : third];
  const direction = to < from ? -1n : 1n;
  if (bounds.length < 3) return steps(from, to + direction, direction, budget).join(' ');
  return direction < 0n && second > 0n ? '' : steps(from, to + direction, second, budget).join(' ');
}
