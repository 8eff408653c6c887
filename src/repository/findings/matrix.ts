// SW4xx: what differs between the environments of a repository.

import type { FindingKinds } from '../finding.ts';

const mend =
  'Seal it for the environment that lacks it; nothing sealed is copied, the value is asked for:\n\n```sh\nseal promote NAME --from staging --to production\n```\n\nWhat one environment has on purpose is left out of the comparison with `seal matrix --except NAME`, or by naming the Secrets that count: `seal matrix NAME…`.';

/** Kinds of findings. */
export const matrixFindings = {
  missingItem: {
    code: 'SW401',
    severity: 'error',
    title: 'item missing in an environment',
    what: 'A Secret exists in two environments, and one of them has an item that the other does not. Environments are told from folders (`environments/*`, `overlays/*`, `clusters/*`), from the Kustomizations that take a file in, or from the clusters of the rules.',
    why: 'The workload that reads the item starts in one environment and fails in the other, often on the day of the release.',
    mend,
  },
  missingSecret: {
    code: 'SW402',
    severity: 'error',
    title: 'Secret missing in an environment',
    what: 'A SealedSecret exists in one environment, and none of its name in another. The line is that of the one that exists.',
    why: 'What needs it cannot start there: a pull secret that only staging has stops every pod of production.',
    mend,
  },
} as const satisfies FindingKinds;
