// Which of a store's names a find's expression matches, at a price: both may come from people who do not trust each other.

import { Cost, TooCostly } from './cost.ts';
import { loadRe2 } from './re2.ts';
import type { StoreError } from './store.ts';

/** For one find: four seconds at the very worst, and enough for a simple expression on a hundred thousand names. */
const grantedSteps = 240_000_000;

/** Whether a name matches; everything does where there is no expression. Throws what `invalid` makes of the reason. */
export async function nameMatcher(
  regexp: string | undefined,
  invalid: (message: string, hint?: string) => StoreError,
): Promise<(name: string) => boolean> {
  if (regexp === undefined) return () => true;
  const { compileRe2 } = await loadRe2();
  const expression = compileRe2(regexp);
  if (!expression) throw invalid('find.name.regexp is no RE2 expression', 'it may have 4096 characters at most');
  const size = expression.programSize();
  const cost = new Cost(grantedSteps);
  return (name) => {
    try {
      cost.pay((name.length + 1) * size);
    } catch (error) {
      if (!(error instanceof TooCostly)) throw error;
      throw invalid(
        'find.name.regexp costs too much on so many names',
        'use a simpler expression, or give find a path',
      );
    }
    return expression.matcher(name).find();
  };
}
