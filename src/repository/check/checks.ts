// Every check of `seal check`, in one list: what is asked of each object, and what compares objects with each other.

import { Duplicates } from './duplicates.ts';
import { checkIdentity, checkNamespace } from './identity.ts';
import { checkKeys } from './keys.ts';
import { checkPlainSecret } from './plain-secret.ts';
import { checkPolicy } from './policy.ts';
import type { Check, WholeCheck } from './subject.ts';
import { checkServed } from './unserved.ts';
import { checkValues } from './values.ts';

/** Asked of every object. */
export const checks: readonly Check[] = [
  checkPlainSecret,
  checkValues,
  checkKeys,
  checkIdentity,
  checkNamespace,
  checkPolicy,
  checkServed,
];

/** Those that look at all objects together, new for each run. */
export const wholeChecks = (): WholeCheck[] => [new Duplicates()];
