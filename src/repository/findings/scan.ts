// SW3xx: plain values that stand where nobody would look for a Secret.

import type { FindingKinds } from '../finding.ts';

/** Kinds of findings. */
export const scanFindings = {} as const satisfies FindingKinds;
