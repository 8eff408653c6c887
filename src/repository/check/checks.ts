// Every check of `seal check`, in one list: what is asked of each object, and what compares objects with each other.

import type { Finding } from '../finding.ts';
import { objectFindings } from '../object-schema.ts';
import { Duplicates } from './duplicates.ts';
import { checkIdentity, checkNamespace } from './identity.ts';
import { checkKeys } from './keys.ts';
import { checkPlainSecret } from './plain-secret.ts';
import { checkPolicy } from './policy.ts';
import type { Check, Subject, WholeCheck } from './subject.ts';
import { checkValues } from './values.ts';

/** Asked of every object. */
export const checks: readonly Check[] = [
  checkPlainSecret,
  checkValues,
  checkKeys,
  checkIdentity,
  checkNamespace,
  checkPolicy,
  checkDefinition,
];

/** Those that look at all objects together, new for each run. */
export const wholeChecks = (): WholeCheck[] => [new Duplicates()];

/** Fields, types and rules of our kinds. */
function checkDefinition({ object, isPatch }: Subject): Finding[] {
  return objectFindings(object, { isPatch });
}
