// Go's reflect.DeepEqual on template values.

import type { Budget } from '../budget.ts';
import { GoMap, GoNumber, GoStruct, isList, nilList, type Value } from '../values.ts';

/** Whether both are the same to their depths. With a budget, pays for each comparison. */
export function isDeepEqual(a: Value, b: Value, budget?: Budget): boolean {
  budget?.spend(1);
  if (typeof a === 'string' && typeof b === 'string') budget?.spend(Math.min(a.length, b.length) >> 6);
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
  if (isList(a)) return isList(b) && isEqualList(a, b, budget);
  if (a instanceof GoMap) return b instanceof GoMap && isEqualMap(a, b, budget);
  if (a instanceof GoNumber) return b instanceof GoNumber && a.text === b.text;
  if (a instanceof GoStruct) return b instanceof GoStruct && a.type === b.type && a.text === b.text;
  return a === b;
}

function isEqualList(a: readonly Value[], b: readonly Value[], budget: Budget | undefined): boolean {
  if ((a === nilList) !== (b === nilList) || a.length !== b.length) return false;
  return a === b || a.every((one, index) => isDeepEqual(one, b[index], budget));
}

function isEqualMap(a: GoMap, b: GoMap, budget: Budget | undefined): boolean {
  if (a.zero !== b.zero || a.entries.size !== b.entries.size) return false;
  return (
    a === b || [...a.entries].every(([key, one]) => b.entries.has(key) && isDeepEqual(one, b.entries.get(key), budget))
  );
}
