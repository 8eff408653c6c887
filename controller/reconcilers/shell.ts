// What every reconciler is wrapped in: load, deletion, pause, body, summary, and one status patch at the end.

import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { findCondition } from '../../src/kube/conditions.ts';
import { isConflict, isNotFound } from '../../src/kube/errors.ts';
import { objectKey } from '../../src/kube/objects.ts';
import type { Reason } from '../../src/kube/reasons.ts';
import type { Resource } from '../../src/kube/resources.ts';
import { objectAnnotations } from '../../src/kube/secret-rules.ts';
import type { Answers } from '../engine/cache.ts';
import type { Result, Settled } from '../engine/outcome.ts';
import type { Turn } from '../engine/worker.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Verdict } from '../status/conditions.ts';
import type { EventRecorder } from '../status/events.ts';
import { statusPatch, type WithStatus } from '../status/status.ts';
import { type Failure, failureOf } from './verdict.ts';

/** One kind's own part: a body, and the few words that differ. */
export interface Reconciler<T extends WithStatus, Tools> {
  resource: Resource;
  /** The reference controller's conditions, which mirror Ready. Default: none. */
  mirrors?: readonly string[];
  /** Fields that the reference's definition demands of every status, as they are while nobody says otherwise. */
  demanded?(object: T): Readonly<Record<string, unknown>>;
  /** The reason of Ready=True. */
  settledReason: Reason;
  /** Makes the world as `object` asks, or throws why not. */
  body(object: T, tools: Tools, signal: AbortSignal): Promise<Settled>;
  /** How a look that threw `error` ends. Default: `failureOf`. Never throws. */
  failure?(error: unknown, object: T, tools: Tools): Failure;
  /** The object is on its way out: lets go of it. Default: nothing to do. */
  leave?(object: T, tools: Tools, signal: AbortSignal): Promise<void>;
  /** The object is gone. Default: nothing to forget. */
  forget?(key: string, tools: Tools): void;
  /** One look at what is left of an object that is gone. May throw `ApiError`. Default: nothing is. */
  gone?(key: string, tools: Tools, signal: AbortSignal): Promise<Result>;
}

/** What the shell works with. */
export interface ShellTools<T extends WithStatus> {
  kube: KubeApi;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  events: Pick<EventRecorder, 'emit'>;
  objects: {
    get(key: string): T | undefined;
    whileCalling<R>(key: string, call: (answers: Answers) => Promise<R>): Promise<R>;
  };
  /** Namespaces whose objects may be named in metrics. */
  labelledNamespaces: readonly string[];
  /** Whether the installed definition keeps `status.sealwright`. */
  statusRoom: { keeps: boolean | undefined };
}

/** One look at one object. Never throws. */
export type Look = (key: string, turn: Turn) => Promise<Result>;

const pausedAnnotation = objectAnnotations.paused;
const conditionTypes = ['Ready', 'Reconciling', 'Stalled'];

/** Wraps `reconciler` for the engine. */
export function lookWith<T extends WithStatus, Tools>(
  reconciler: Reconciler<T, Tools>,
  shell: ShellTools<T>,
  tools: Tools,
): Look {
  const kind = reconciler.resource.kind;
  return async (key, turn) => {
    const { signal } = turn;
    const object = shell.objects.get(key);
    if (!object || object.metadata.deletionTimestamp) {
      reconciler.forget?.(key, tools);
      forgetSeries(shell, kind, key);
      return object
        ? await leave(reconciler, shell, tools, object, signal)
        : await clearAway(reconciler, shell, tools, key, signal);
    }
    const startedMs = shell.clock.monotonicMs();
    const ended = await attempt(reconciler, shell, tools, object, signal);
    // Broken off at shutdown: nothing is known about the object.
    if (signal.aborted) return { next: 'rest' };
    const result = await close(reconciler, shell, object, ended, turn);
    shell.metrics.reconcileSeconds.observe({ kind }, (shell.clock.monotonicMs() - startedMs) / 1000);
    shell.metrics.reconciles.inc({ kind, result: result.next, reason: ended.verdict.reason });
    return result;
  };
}

async function leave<T extends WithStatus, Tools>(
  reconciler: Reconciler<T, Tools>,
  { log }: ShellTools<T>,
  tools: Tools,
  object: T,
  signal: AbortSignal,
): Promise<Result> {
  try {
    await reconciler.leave?.(object, tools, signal);
    return { next: 'rest' };
  } catch (error) {
    if (signal.aborted || isNotFound(error)) return { next: 'rest' };
    if (!isConflict(error)) log.warn({ object: objectKey(object), error }, 'not let go of');
    return { next: 'retry' };
  }
}

async function clearAway<T extends WithStatus, Tools>(
  { gone }: Reconciler<T, Tools>,
  { log }: ShellTools<T>,
  tools: Tools,
  key: string,
  signal: AbortSignal,
): Promise<Result> {
  try {
    return (await gone?.(key, tools, signal)) ?? { next: 'rest' };
  } catch (error) {
    if (signal.aborted) return { next: 'rest' };
    log.warn({ object: key, error }, 'not cleared away');
    return { next: 'retry' };
  }
}

interface Ended {
  verdict: Verdict;
  result: Result;
  settled?: Settled;
  fields?: Readonly<Record<string, unknown>>;
}

async function attempt<T extends WithStatus, Tools>(
  reconciler: Reconciler<T, Tools>,
  { log, clock }: ShellTools<T>,
  tools: Tools,
  object: T,
  signal: AbortSignal,
): Promise<Ended> {
  if (object.metadata.annotations?.[pausedAnnotation] === 'true') return paused(object);
  try {
    const settled = await reconciler.body(object, tools, signal);
    const { message, againAfterMs, reason = reconciler.settledReason, notes } = settled;
    return {
      verdict: { ready: 'True', reason, message, beside: 'none', ...(notes && { notes }) },
      result: againAfterMs === undefined ? { next: 'rest' } : { next: 'again', afterMs: againAfterMs },
      settled,
    };
  } catch (error) {
    const { isBug, ...failure } = reconciler.failure?.(error, object, tools) ?? failureOf(error);
    const level = isBug ? 'error' : 'debug';
    if (!signal.aborted) log[level]({ object: objectKey(object), error, at: clock.now() }, 'not reconciled');
    return failure;
  }
}

// A generation that was synced before the pause stays synced; a later one was not acted upon.
function paused({ metadata, status }: WithStatus): Ended {
  const note = `paused by ${pausedAnnotation}; remove the annotation to go on`;
  const before = findCondition(status?.conditions, 'Ready');
  const isCurrent = before !== undefined && status?.observedGeneration === metadata.generation;
  const stood = findCondition(status?.conditions, 'Stalled') ? 'Stalled' : 'none';
  const verdict: Verdict =
    isCurrent && before.status !== 'Unknown'
      ? {
          ready: before.status,
          reason: before.reason ?? 'Paused',
          message: before.message ?? '',
          beside: before.status === 'True' ? 'none' : stood,
        }
      : { ready: 'Unknown', reason: 'Paused', message: note, beside: 'none' };
  return { verdict: { ...verdict, notes: { Paused: note } }, result: { next: 'rest' } };
}

async function close<T extends WithStatus, Tools>(
  { resource, mirrors, demanded }: Reconciler<T, Tools>,
  shell: ShellTools<T>,
  object: T,
  { verdict, result, settled, fields = settled?.fields }: Ended,
  { signal, isHoldingUp }: Turn,
): Promise<Result> {
  const { kind } = resource;
  const { namespace = '', name = '' } = object.metadata;
  const change = settled?.change;
  // Before the patch: what was done was done, and will not be done again to be told.
  if (change)
    shell.events.emit({ object, type: change.type ?? 'Normal', reason: change.reason, message: change.message });
  const remember = shell.statusRoom.keeps === false ? undefined : settled?.remember;
  const patch = statusPatch(object, {
    verdict,
    remember,
    keeps: shell.statusRoom.keeps,
    fields: { ...demanded?.(object), ...fields },
    mirrors,
    now: shell.clock.now(),
  });
  // Pods wait for Secrets, and a status costs the API server more than a Secret: others get theirs first.
  const mayWait = result.next === 'rest' || settled?.mayWait === true;
  if (patch && verdict.ready === 'True' && mayWait && isHoldingUp()) return { next: 'later' };
  if (patch) {
    try {
      await shell.objects.whileCalling(objectKey(object), async ({ absorb }) => {
        const options = { subresource: 'status' as const, signal };
        const after = await shell.kube.mergePatch<T>(resource, { namespace, name }, patch, options);
        if (remember) shell.statusRoom.keeps = after.status?.sealwright !== undefined;
        absorb(after);
      });
    } catch (error) {
      if (signal.aborted || isNotFound(error)) return { next: 'rest' };
      if (!isConflict(error)) shell.log.warn({ object: objectKey(object), error }, 'status not written');
      return { next: 'retry' };
    }
    if (!change) emitFailure(shell, object, verdict);
  }
  if (shell.labelledNamespaces.includes(namespace)) sampleConditions(shell, { kind, namespace, name }, verdict);
  return result;
}

function emitFailure<T extends WithStatus>(
  { events }: ShellTools<T>,
  object: T,
  { ready, reason, message, why = reason, notes = {} }: Verdict,
): void {
  const told = ready === 'True' ? notes.Stale : message;
  if (told === undefined) return;
  const type = ready === 'True' ? 'Stale' : 'Ready';
  const before = findCondition(object.status?.conditions, type);
  if (before?.status === (type === 'Stale' ? 'True' : ready) && before.message === told) {
    if (before.reason === (type === 'Stale' ? why : reason)) return;
  }
  events.emit({ object, type: reason === 'Paused' ? 'Normal' : 'Warning', reason: why, message: told });
}

function sampleConditions<T extends WithStatus>(
  { metrics }: ShellTools<T>,
  object: { kind: string; namespace: string; name: string },
  { ready, beside }: Verdict,
): void {
  metrics.condition({ ...object, type: 'Ready', status: ready });
  for (const type of ['Reconciling', 'Stalled']) {
    metrics.condition({ ...object, type, status: beside === type ? 'True' : 'False' });
  }
}

function forgetSeries<T extends WithStatus>(
  { metrics, labelledNamespaces }: ShellTools<T>,
  kind: string,
  key: string,
): void {
  const [namespace = '', name = ''] = key.split('/');
  if (labelledNamespaces.includes(namespace)) metrics.forgetConditions({ kind, namespace, name }, conditionTypes);
}
