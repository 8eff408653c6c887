// Builds what the end-to-end suites run before any of them, and says why when this machine cannot have it.
import type { TestProject } from 'vitest/node';
import { MissingPart, part } from '../tools/build.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** What a cluster needs and this machine cannot have; empty where it has all. */
    missing: string;
  }
}

/** What every suite on a cluster may run. */
const parts = ['kube', 'etcd', 'kubectl', 'kubeseal', 'kubeseal-0.27', 'node'];

export default async function setup(project: TestProject): Promise<void> {
  try {
    // Here, where time is not limited, rather than inside the first test that runs them.
    for (const name of parts) await part(name);
    project.provide('missing', '');
  } catch (error) {
    const missing = missingPart(error);
    if (!missing) throw error;
    process.stderr.write(`end-to-end suites are skipped: ${missing}\n`);
    project.provide('missing', missing);
  }
}

/** Why the suites may be skipped; undefined where a failure must stay one. */
function missingPart(error: unknown): string | undefined {
  if (!(error instanceof MissingPart)) return undefined;
  if (process.env.SEALWRIGHT_E2E === 'required') return undefined;
  return error.message;
}
