// Which fetched keys become items of the Secret: excluded ones do not, and of the rest those that something includes.

import type { RE2JS } from 're2js';
import { compileRe2 } from '../../re2.ts';
import { Cost, TooCostly } from '../cost.ts';
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

/** Part of the contract; see docs/resources/vaultstaticsecret.md. */
export const mostPatterns = 500;

/** Excludes go before includes, and no include at all is as one that matches everything. Throws `TransformationError`. */
export function filterOf({
  includes,
  excludes,
}: {
  includes: readonly Pattern[];
  excludes: readonly Pattern[];
}): Filter {
  const most = includes.length + excludes.length;
  if (most > mostPatterns) {
    throw new TransformationError('Invalid', `${most} includes and excludes are more than the ${mostPatterns} allowed`);
  }
  const [included, excluded] = [includes.map(compiled), excludes.map(compiled)];
  return {
    kept(names) {
      const cost = new Cost();
      const matches = (name: string) => (expression: RE2JS) => {
        cost.pay((name.length + 1) * expression.programSize());
        return expression.matcher(name).find();
      };
      try {
        return names.filter((name) => {
          const matchesName = matches(name);
          return !excluded.some(matchesName) && (included.length === 0 || included.some(matchesName));
        });
      } catch (error) {
        if (!(error instanceof TooCostly)) throw error;
        throw new TransformationError(
          'Invalid',
          'matching so many and so long keys with these includes and excludes costs too much',
          'use fewer or simpler expressions',
        );
      }
    },
  };
}

function compiled({ source, field }: Pattern): RE2JS {
  const expression = compileRe2(source);
  if (expression) return expression;
  throw new TransformationError('Invalid', `${field} is not a regular expression in RE2 syntax`);
}
