// From a verdict to the list of conditions: pure, and the same list again when nothing changed.

import type { Condition } from '../../src/kube/objects.ts';

/** How an object stands after one look. */
export interface Verdict {
  ready: 'True' | 'False' | 'Unknown';
  /** One documented word; see `src/kube/reasons.ts`. */
  reason: string;
  /** What, where, and what to do. */
  message: string;
  /** What explains a Ready that is not True. */
  beside: 'Stalled' | 'Reconciling' | 'none';
  /**
   * The reason of what stands beside Ready, of Stale and of events, where Ready's own is a word of the reference controller
   * that says less. Default: `reason`.
   */
  why?: string;
  /** Informational conditions that are true now, with their message. Default: none. */
  notes?: Partial<Record<'Paused' | 'Drifted' | 'Stale', string>>;
}

/** What conditions are made of, besides the verdict. */
export interface ConditionContext {
  /** The generation that was looked at. */
  generation: number;
  now: Date;
  /** The reference controller's own conditions, which mirror Ready and come first: `Synced` for SealedSecrets. Default: none. */
  mirrors?: readonly string[] | undefined;
}

// Ours; present only while they are true, except for mirrors and Ready.
const optional = ['Reconciling', 'Stalled', 'Drifted', 'Stale', 'Paused'] as const;

/** The next conditions: mirrors, Ready, then what is true now, then what others wrote. */
export function conditionsOf(verdict: Verdict, previous: readonly Condition[], context: ConditionContext): Condition[] {
  const { ready, reason, beside, why = reason, notes = {} } = verdict;
  const { mirrors = [] } = context;
  const message = shortened(verdict.message);
  const wanted: Condition[] = [
    ...mirrors.map((type) => ({ type, status: ready, reason, message })),
    { type: 'Ready', status: ready, reason, message },
    ...(beside === 'none' ? [] : [{ type: beside, status: 'True', reason: why, message } as const]),
    ...Object.entries(notes).map(
      ([type, text]) =>
        ({ type, status: 'True', reason: type === 'Stale' ? why : type, message: shortened(text) }) as const,
    ),
  ];
  const known: readonly string[] = [...mirrors, 'Ready', ...optional];
  const byOthers = previous.filter(({ type }) => !known.includes(type));
  const next = wanted.map((condition) =>
    dated(
      condition,
      previous.find(({ type }) => type === condition.type),
      context,
    ),
  );
  return [...next, ...byOthers];
}

// It stands up to four times in a status, and an object must fit into 1.5 MB: thousands of items may be named in it.
const longestMessage = 2_000;

// Half a character at the cut would come back from the API server as another one, and look like news each time.
const shortened = (message: string) =>
  (message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message).toWellFormed();

function dated(condition: Condition, before: Condition | undefined, { generation, now }: ConditionContext): Condition {
  const next = { ...condition, observedGeneration: generation };
  if (before && isSameCondition(next, before)) return before;
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const transition = before?.status === condition.status ? (before.lastTransitionTime ?? time) : time;
  return { ...next, lastTransitionTime: transition, lastUpdateTime: time };
}

/** Whether two conditions say the same. A definition of the kind that is not ours may prune `observedGeneration`. */
export function isSameCondition(a: Condition, b: Condition): boolean {
  return (
    a.type === b.type &&
    a.status === b.status &&
    a.reason === b.reason &&
    (a.message ?? '') === (b.message ?? '') &&
    (a.observedGeneration === b.observedGeneration ||
      a.observedGeneration === undefined ||
      b.observedGeneration === undefined)
  );
}
