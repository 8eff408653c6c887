// What a VaultStaticSecret asks of its server ahead of the work.

import { vaultIntervalMs } from '../../../src/kube/refresh-interval.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import { heldUpBy } from '../ahead.ts';
import { isAtRest as isAtRestFor } from '../outlook.ts';
import { isRecognised, type Job, jobNow, versionOf } from './job.ts';
import { readValue } from './read.ts';
import type { Reading, StaticSecretTools } from './tools.ts';

/** Whether a VaultStaticSecret waits for its server; see `heldUpBy`. */
export const isHeldUp = heldUpBy<VaultStaticSecret, Job, StaticSecretTools, Reading>({
  versionOf,
  jobNow,
  isRecognised,
  isAtRest,
  begin,
});

/** Asks the server now. */
export function begin(job: Job, tools: StaticSecretTools, signal: AbortSignal): Reading {
  return { as: job.version, began: tools.now(), answer: readValue(job, tools, signal), isOver: false };
}

/** No read is due, or it is put off. */
export function isAtRest(job: Job, { now, random }: StaticSecretTools): boolean {
  return isAtRestFor(job, now(), () => random() * 0.8 * (vaultIntervalMs(job.object) ?? 0));
}
