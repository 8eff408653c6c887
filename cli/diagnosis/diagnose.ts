// From what is known of an object to the three lines that say what is wrong, where it comes from, and what mends it: pure.

import type { Case, Diagnosis, Facts } from './facts.ts';
import { openingCases } from './opening.ts';
import { presenceCases } from './presence.ts';
import { standingCases } from './standing.ts';

/** Every case, in the order in which they are tried: the first that finds something is told. */
export const cases: readonly Case[] = [...presenceCases, ...openingCases, ...standingCases];

/** The first case that fits; the last ones, that nothing is wrong, always do. */
export function diagnose(facts: Facts): Diagnosis {
  for (const { code, isHealthy = false, find } of cases) {
    const found = find(facts);
    if (found) return { code, isHealthy, ...found };
  }
  throw new TypeError('no case fits');
}
