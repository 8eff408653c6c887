// Which rule of a configuration holds for a file: the first whose path and branch match.

import type { Configuration, Rule } from './configuration.ts';
import { matchesGlob } from './glob.ts';

/** A file of the repository, and the state it is in. */
export interface RulePlace {
  /** Relative to the configuration's folder, with `/` between its parts. */
  path: string;
  /** The branch that is checked out. None: rules with a branch do not match. */
  branch?: string | undefined;
}

/** The rule for a file; `undefined` when none covers it. */
export function ruleFor({ rules }: Pick<Configuration, 'rules'>, { path, branch }: RulePlace): Rule | undefined {
  return rules.find((rule) => {
    if (rule.branch !== undefined && (branch === undefined || !matchesGlob(rule.branch, branch))) return false;
    return matchesGlob(rule.path, path);
  });
}

/** Whether any rule could depend on the branch. */
export function asksForBranch({ rules }: Pick<Configuration, 'rules'>): boolean {
  return rules.some(({ branch }) => branch !== undefined);
}

/** Whether plain Secrets are meant to be at `path`. */
export function isPlainPlace({ plain }: Pick<Configuration, 'plain'>, path: string): boolean {
  return plain.some((glob) => matchesGlob(glob, path));
}
