// What it costs to read a value to its depths: lists may hold the same list a thousand times, and maps themselves.

import { type Budget, LimitFailure } from './budget.ts';
import { byKind, GoMap, isList, type Value } from './values.ts';

/** Levels of lists and maps that anything here reads. */
const deepest = 1000;

/** Pays for reading all of a value, before anyone does. Deep elements cost more, because they are indented. */
export function payFor(value: Value, budget: Budget, depth = 0): void {
  if (depth > deepest) throw new LimitFailure(`a value of more than ${deepest} levels`);
  const text = byKind(value);
  if (typeof text === 'string') budget.spend(text.length >> 3);
  if (isList(value)) {
    budget.spend(value.length * (1 + (depth >> 2)));
    for (const one of value) payFor(one, budget, depth + 1);
  } else if (value instanceof GoMap) {
    budget.spend(value.entries.size * (1 + (depth >> 2)));
    for (const [key, one] of value.entries) {
      budget.spend(key.length >> 3);
      payFor(one, budget, depth + 1);
    }
  }
}
