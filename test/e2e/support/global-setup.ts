// Starts the one real cluster that all end-to-end suites of a run share, and says why when this machine cannot have it.
import type { TestProject } from 'vitest/node';
import { MissingPart, part } from '../tools/build.mjs';
import type { ClusterDescription } from './client.mjs';
import { startRealCluster } from './cluster.mjs';

/** What test files get from here: how to reach the cluster, or why there is none. */
export type ProvidedCluster = ClusterDescription | { missing: string };

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: ProvidedCluster;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    // Built here, where time is not limited, rather than inside the first test that runs them.
    for (const name of ['kubeseal', 'kubeseal-0.27']) await part(name);
    const cluster = await startRealCluster({ audit: true });
    project.provide('cluster', cluster.description);
    return cluster.stop;
  } catch (error) {
    const missing = missingPart(error);
    if (!missing) throw error;
    process.stderr.write(`end-to-end suites are skipped: ${missing}\n`);
    project.provide('cluster', { missing });
    return async () => {};
  }
}

/** Why the suites may be skipped; undefined where a failure must stay one. */
function missingPart(error: unknown): string | undefined {
  if (!(error instanceof MissingPart)) return undefined;
  if (process.env.SEALWRIGHT_E2E === 'required') return undefined;
  return error.message;
}
