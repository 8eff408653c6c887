// Every rule over text, in the order of the codes.

import type { TextRule } from './rule.ts';
import { assignedRule } from './rules/assigned.ts';
import { cloudRules } from './rules/clouds.ts';
import { codeHostRules } from './rules/code-hosts.ts';
import { keyRules } from './rules/keys.ts';
import { serviceRules } from './rules/services.ts';
import { storeRules } from './rules/stores.ts';

/** Rules for shapes that give themselves away, and last the one that asks how random a text looks. */
export const textRules: readonly TextRule[] = [
  ...keyRules,
  ...cloudRules,
  ...codeHostRules,
  ...serviceRules,
  ...storeRules,
  assignedRule,
];
