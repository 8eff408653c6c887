// Which fetched keys become items of the Secret: excluded ones do not, and of the rest those that something includes.

import type { RE2JS } from 're2js';
import { Cost, compilingSteps, TooCostly } from '../../cost.ts';
import { loadRe2 } from '../../re2.ts';
import { TransformationError } from './error.ts';

/** An expression as it is written, and the field that it stands in. */
export interface Pattern {
  /** RE2 syntax; matches anywhere in a name. */
  source: string;
  field: string;
}

/** Decides on names; see `filterOf`. */
export interface Filter {
  /** The names that are kept, in the order given. Throws `TransformationError` when telling would take too long. */
  kept(names: readonly string[]): string[];
}

/** Part of the contract; see docs/resources/secrettransformation.md. */
export const mostPatterns = 500;

/** Excludes go before includes, and no include at all is as one that matches everything. Throws `TransformationError`. */
export async function filterOf({
  includes,
  excludes,
}: {
  includes: readonly Pattern[];
  excludes: readonly Pattern[];
}): Promise<Filter> {
  const most = includes.length + excludes.length;
  if (most > mostPatterns) {
    throw new TransformationError('Invalid', `${most} includes and excludes are more than the ${mostPatterns} allowed`);
  }
  // Most have none, and need no expressions.
  if (most === 0) return { kept: (names) => [...names] };
  const { compileRe2 } = await loadRe2();
  const [included, excluded] = bounded((cost) =>
    [includes, excludes].map((all) => all.map((pattern) => compiled(pattern, compileRe2, cost))),
  );
  return {
    kept: (names) =>
      bounded((cost) =>
        names.filter((name) => {
          const matches = (expression: RE2JS) => {
            cost.pay((name.length + 1) * expression.programSize());
            return expression.matcher(name).find();
          };
          return !excluded?.some(matches) && (!included?.length || included.some(matches));
        }),
      ),
  };
}

function bounded<T>(work: (cost: Cost) => T): T {
  try {
    return work(new Cost());
  } catch (error) {
    if (!(error instanceof TooCostly)) throw error;
    throw new TransformationError(
      'Invalid',
      'telling which keys to keep by these includes and excludes costs too much',
      'use fewer or simpler expressions',
    );
  }
}

function compiled({ source, field }: Pattern, compile: (source: string) => RE2JS | undefined, cost: Cost): RE2JS {
  const expression = compile(source);
  if (!expression) throw new TransformationError('Invalid', `${field} is not a regular expression in RE2 syntax`);
  cost.pay(compilingSteps * expression.programSize());
  return expression;
}
