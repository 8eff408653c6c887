// Restarts of workloads at the end of a look, until they are done.

import type { Settled } from '../engine/outcome.ts';
import type { Restarter } from '../restarts/restarter.ts';
import type { Targets } from '../restarts/targets.ts';
import type { Outlook } from './outlook.ts';
import { remembered } from './remembered.ts';

/**
 * `settled`, and that a restart is still to come where one is. In every look until it is done: a window has to pass, and the API
 * server may have trouble. `targets`: by default those of the object's annotation.
 */
export async function withRestarts(
  job: Outlook,
  settled: Settled,
  {
    restarts,
    signal,
    targets,
  }: { restarts: Pick<Restarter, 'settle'>; signal: AbortSignal; targets?: Targets | undefined },
): Promise<Settled> {
  const { object, memory } = job;
  const { changedAt, ...done } = memory.note;
  if (changedAt === undefined) return settled;
  const afterMs = await restarts.settle(object, new Date(changedAt), signal, targets);
  if (afterMs !== undefined) {
    return { ...settled, againAfterMs: Math.min(afterMs, settled.againAfterMs ?? afterMs) };
  }
  memory.note = done;
  const { remember: _, ...rest } = settled;
  return { ...rest, ...remembered(job) };
}
