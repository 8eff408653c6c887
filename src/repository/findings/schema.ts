// SW2xx: what is wrong with the fields of our kinds, and with what they refer to.

import type { FindingKinds } from '../finding.ts';

/** Kinds of findings. */
export const schemaFindings = {} as const satisfies FindingKinds;
