// What an ExternalSecret asks of its stores, asked ahead of the work: no worker waits for a store while others could use it.

import { findCondition } from '../../../src/kube/conditions.ts';
import type { ExternalSecret, SecretStoreRef } from '../../../src/kube/external-secrets.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { externalIntervalMs } from '../../../src/kube/refresh-interval.ts';
import { objectAnnotations } from '../../../src/kube/secret-rules.ts';
import { Stalled } from '../../engine/outcome.ts';
import type { Lane } from '../../engine/queue.ts';
import { isPassing } from '../../stores/store.ts';
import { ahead, isHealable, isSettled } from '../outlook.ts';
import { storeFor } from './directory.ts';
import { isRecognised, type Job, jobNow } from './job.ts';
import { versionOf } from './kept.ts';
import { sharedAgeOf, spreadOf } from './refresh.ts';
import type { ExternalSecretTools } from './tools.ts';
import { fetched, type Read, type Reading } from './values.ts';

// How long anybody waits for a store before the object's status says so; the answer is used when it comes.
const patienceMs = 10_000;
// An answer read so shortly before an object was made will do for it: many objects made together share their reads.
const firstAgeMs = 10_000;
// Someone may have put the source right just now; but a crowd that retries still shares.
const retryAgeMs = 500;
// Overdue refreshes come in so many groups, so that those of a group share their calls.
const groups = 20;

/**
 * Begins to read what the next look at `object` needs. True: it is not there yet, and `tools.again` will be called when it is.
 * However many objects wait for a store, they are read together, and none of them keeps a worker from others.
 */
export function isHeldUp(object: ExternalSecret, tools: ExternalSecretTools, signal: AbortSignal): boolean {
  if (object.metadata.annotations?.[objectAnnotations.paused] === 'true') return false;
  const { reading: before } = tools.memories.of(objectKey(object), object);
  if (before?.isOver && before.as === versionOf(object)) return false;
  const job = ahead(() => jobNow(object, tools));
  if (!job || !isRecognised(job)) return false;
  const rests = isAtRest(job, tools);
  if (isSettled(job, rests) || isHealable(job, rests, tools.drift)) return false;
  if (before?.as === job.version) return true;
  const reading = begin(job, tools, signal);
  job.memory.reading = reading;
  const lane = laneOf(job);
  // What is due soon comes along, as far as it fits into the same call.
  if (job.due === 'elapsed' && !isBroughtForward(job)) tools.bringForward(object);
  const over = () => tools.again(job.key, lane);
  reading.values.then(over, over);
  return true;
}

// Those who come along bring nobody.
const isBroughtForward = ({ memory, object }: Job) => memory.earlierMs >= spreadOf(externalIntervalMs(object));

// As urgent as the look that it holds up. New objects first all ask, and then are made.
function laneOf({ due }: Job): Lane {
  if (due === 'first') return 'backlog';
  return due === 'changed' ? 'now' : 'later';
}

/** No refresh is due, or it is put off. */
export const isAtRest = (job: Job, tools: ExternalSecretTools) => typeof job.due === 'object' || isSpread(job, tools);

// Overdue at a start of the controller: so are all others, and they shall not come together.
function isSpread({ due, memory, object, stands: isThere }: Job, { random, now }: ExternalSecretTools): boolean {
  if (due !== 'elapsed' || memory.refreshedAt || !isThere) return false;
  if (findCondition(object.status?.conditions, 'Ready')?.status !== 'True') return false;
  const share = Math.floor(random() * groups) / groups;
  memory.notBefore ??= new Date(now().getTime() + share * spreadOf(externalIntervalMs(object)));
  return now() < memory.notBefore;
}

/** Reads everything that the object names. */
export function begin(job: Job, tools: ExternalSecretTools, signal: AbortSignal): Reading {
  const { memory, version } = job;
  const reading: Reading = { as: version, values: valuesOf(job, tools, signal), isOver: false };
  const given = () => {
    reading.isOver = true;
    memory.askedMs = undefined;
    memory.isAmiss = false;
  };
  const refused = (error: unknown) => {
    reading.isOver = true;
    if (isPassing(error)) return;
    memory.askedMs = undefined;
    memory.isAmiss = true;
  };
  reading.values.then(given, refused);
  return reading;
}

async function valuesOf(job: Job, tools: ExternalSecretTools, signal: AbortSignal): Promise<Read> {
  const { object, key, memory, due, target } = job;
  const began = tools.now();
  const beganMs = tools.monotonicMs();
  memory.askedMs ??= beganMs;
  let oldestMs = Number.POSITIVE_INFINITY;
  const got = await fetched(object, {
    fetcher: tools.fetcher,
    backendFor: async (ref) => tools.backends.get(storeOf(object, ref, tools), target.namespace, signal),
    generate: (ref, entry) =>
      tools.generators.valuesFor(
        { key, namespace: target.namespace, ref, entry, isRefresh: due !== 'changed' },
        signal,
      ),
    allowsGone: target.deletion !== 'Retain',
    options: {
      signal,
      maxAgeMs: Math.max(maxAgeOf(job, tools), beganMs - memory.askedMs),
      patienceMs,
      onServed: (startedMs) => {
        oldestMs = Math.min(oldestMs, startedMs);
      },
      onLate: () => tools.again(key, 'now'),
    },
  });
  // Generators are asked by nobody else.
  if (oldestMs === Number.POSITIVE_INFINITY) oldestMs = beganMs;
  return { ...got, began: new Date(began.getTime() - (beganMs - oldestMs)) };
}

function storeOf(object: ExternalSecret, ref: SecretStoreRef | undefined, { directory }: ExternalSecretTools) {
  const chosen = ref ?? object.spec.secretStoreRef;
  if (!chosen?.name) {
    throw new Stalled('InvalidSpec', 'an entry has no store: spec.secretStoreRef.name is not set', {
      hint: 'set spec.secretStoreRef, or sourceRef.storeRef in each entry',
    });
  }
  return storeFor(chosen, object.metadata.namespace ?? '', directory);
}

// What someone asked for just now is read now; what comes round by itself shares answers.
function maxAgeOf({ object, due, memory }: Job, { now }: ExternalSecretTools): number {
  if (memory.wasGone || due === 'changed') return 0;
  if (memory.isAmiss) return retryAgeMs;
  if (due === 'elapsed') return sharedAgeOf(externalIntervalMs(object));
  const made = new Date(object.metadata.creationTimestamp ?? now()).getTime();
  return Math.max(0, Math.min(firstAgeMs + now().getTime() - made, 5 * firstAgeMs));
}
