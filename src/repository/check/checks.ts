// What `seal check` asks of each object by itself. Identities, Duplicates and References compare objects with each other.

import type { Finding } from '../finding.ts';
import { objectFindings } from '../object-schema.ts';
import { checkKeys } from './keys.ts';
import { checkPlainSecret } from './plain-secret.ts';
import { checkPolicy } from './policy.ts';
import type { Check, Subject } from './subject.ts';
import { checkValues } from './values.ts';

/** Asked of every object. */
export const checks: readonly Check[] = [checkPlainSecret, checkValues, checkKeys, checkPolicy, checkDefinition];

/** Fields, types and rules of our kinds. */
function checkDefinition({ object, isPatch }: Subject): Finding[] {
  return objectFindings(object, { isPatch });
}
