// Stores are asked ahead of the work: no worker waits for one while others could use it.

import { objectKey } from '../../src/kube/objects.ts';
import { objectAnnotations } from '../../src/kube/secret-rules.ts';
import type { Lane } from '../engine/queue.ts';
import type { WithStatus } from '../status/status.ts';
import { type Due, isHealable, isSettled, type Outlook } from './outlook.ts';

/** One reading of what an object names. */
export interface Reading<A> {
  /** For which state of the object: `Outlook.version`. */
  readonly as: string;
  readonly answer: Promise<A>;
  /** It has ended, well or not. */
  isOver: boolean;
}

/** How the objects of one kind are read. */
export interface Ahead<T, Job, Tools, R> {
  /** As `Outlook.version`. */
  versionOf(object: T): string;
  /** The job as far as it is known without a call. What it throws is told by the look itself. */
  jobNow(object: T, tools: Tools): Job;
  /** Whether it is known how the Secret was left, as far as it can be. */
  isRecognised(job: Job): boolean;
  /** No read is due, or it is put off. */
  isAtRest(job: Job, tools: Tools): boolean;
  begin(job: Job, tools: Tools, signal: AbortSignal): R;
  /** The reading of `job` was begun, and is noted. Default: nothing to do. */
  begun?(job: Job, tools: Tools): void;
}

interface AheadTools<R> {
  memories: { of(key: string, object: WithStatus): { reading: R | undefined } };
  drift: 'correct' | 'detect';
  /** Asks for another look: an answer is there. */
  again(key: string, lane: Lane): void;
}

/** Whether an object is not to be looked at yet, since what it needs was asked for and is to come. */
export type IsHeldUp<T, Tools> = (object: T, tools: Tools, signal: AbortSignal) => boolean;

/**
 * Begins to read what the next look at an object needs. True: it is not there yet, and `tools.again` will be called when it is.
 * However many objects wait for a store, they are read together, and none of them keeps a worker from others.
 */
export function heldUpBy<
  T extends WithStatus,
  Job extends Outlook<T, unknown, R>,
  Tools extends AheadTools<R>,
  R extends Reading<unknown>,
>(kind: Ahead<T, Job, Tools, R>): IsHeldUp<T, Tools> {
  return (object, tools, signal) => {
    if (object.metadata.annotations?.[objectAnnotations.paused] === 'true') return false;
    const { reading: before } = tools.memories.of(objectKey(object), object);
    if (before?.isOver && before.as === kind.versionOf(object)) return false;
    const job = foreseen(() => kind.jobNow(object, tools));
    if (!job || !kind.isRecognised(job)) return false;
    const rests = kind.isAtRest(job, tools);
    if (isSettled(job, rests) || isHealable(job, rests, tools.drift)) return false;
    if (before?.as === job.version) return true;
    const reading = kind.begin(job, tools, signal);
    job.memory.reading = reading;
    kind.begun?.(job, tools);
    const lane = laneOf(job.due);
    const over = () => {
      reading.isOver = true;
      tools.again(job.key, lane);
    };
    reading.answer.then(over, over);
    return true;
  };
}

/** What was begun for this look and is there. It is for this look alone: a later one wants fresher values. */
export function takenUp<R extends Reading<unknown>>(
  object: WithStatus,
  { memories }: Pick<AheadTools<R>, 'memories'>,
): R | undefined {
  const memory = memories.of(objectKey(object), object);
  const { reading } = memory;
  if (!reading?.isOver) return undefined;
  memory.reading = undefined;
  return reading;
}

function foreseen<J>(jobNow: () => J): J | undefined {
  try {
    return jobNow();
  } catch {
    return undefined;
  }
}

// As urgent as the look that it holds up. New objects first all ask, and then are made.
function laneOf(due: Due): Lane {
  if (due === 'first') return 'backlog';
  return due === 'changed' ? 'now' : 'later';
}
