// When the last good values still serve although a refresh failed: the same for everything that is read from stores.

import { findCondition } from '../../src/kube/conditions.ts';
import { durationMs } from '../../src/kube/duration.ts';
import type { ObjectMeta } from '../../src/kube/objects.ts';
import type { WithStatus } from '../status/status.ts';
import type { Failure } from './verdict.ts';

/** What is known of the object beside the error. */
export interface Standing<T extends WithStatus> {
  object: T;
  /** The Secret, as the watch shows it, still is what the last success left. */
  stands: boolean;
  /** How long the last good values serve, from the first failure on. */
  maxStalenessMs: number;
  now: Date;
}

/** The words of one kind. */
export interface StaleWords {
  /** What `Stale` says. */
  text: string;
  /** Ready's reason while the last good values serve, where it has none. */
  settled: string;
  /** And when they do no more. Default: that of the failure. */
  failed?: string;
}

/** Overrides `--max-staleness` for one object. */
const maxStalenessAnnotation = 'sealwright.dev/max-staleness';

/** How an object stands now; `maxStalenessMs` is for those that do not say. */
export const standingOf = <T extends WithStatus>(
  object: T,
  stands: boolean,
  { maxStalenessMs, now }: { maxStalenessMs: number; now: () => Date },
): Standing<T> => ({
  object,
  stands,
  maxStalenessMs: stalenessOf(object.metadata, maxStalenessMs),
  now: now(),
});

function stalenessOf({ annotations }: ObjectMeta, standard: number): number {
  const text = annotations?.[maxStalenessAnnotation];
  const own = text === undefined ? undefined : durationMs(text);
  return own !== undefined && own >= 0 ? own : standard;
}

/** How `base` is told of an object whose present generation was synced once, and whose Secret stands. */
export function staleFailure<T extends WithStatus>(
  base: Failure,
  standing: Standing<T>,
  { text, settled, failed = base.verdict.reason }: StaleWords,
): Failure {
  const { reason: why } = base.verdict;
  const ready = findCondition(standing.object.status?.conditions, 'Ready');
  const result = base.result.next === 'rest' ? ({ next: 'retry' } as const) : base.result;
  const notes = { Stale: text };
  if (ready?.status === 'True' && !isOverdue(standing)) {
    const { reason = settled, message: told = '' } = ready;
    return { ...base, verdict: { ready: 'True', reason, message: told, beside: 'none', why, notes }, result };
  }
  const isSpent = ready?.status !== 'Unknown' && (ready?.status === 'False' || isOverdue(standing));
  return {
    ...base,
    verdict: {
      ready: isSpent ? 'False' : base.verdict.ready,
      reason: failed,
      message: text,
      beside: base.verdict.beside === 'Stalled' && !isSpent ? 'Stalled' : 'Reconciling',
      why,
      notes,
    },
    result,
  };
}

// Counted from the first failure, which is when Stale became true.
function isOverdue<T extends WithStatus>({ object, maxStalenessMs, now }: Standing<T>): boolean {
  const since = findCondition(object.status?.conditions, 'Stale')?.lastTransitionTime;
  return since !== undefined && now.getTime() - new Date(since).getTime() >= maxStalenessMs;
}
