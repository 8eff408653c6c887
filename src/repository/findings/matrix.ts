// SW4xx: what differs between the environments of a repository.

import type { FindingKinds } from '../finding.ts';

/** Kinds of findings. */
export const matrixFindings = {} as const satisfies FindingKinds;
