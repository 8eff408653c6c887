// What an ExternalSecret asks of its stores, asked ahead of the work: no worker waits for a store while others could use it.

import type { ExternalSecret, SecretStoreRef } from '../../../src/kube/external-secrets.ts';
import { externalIntervalMs } from '../../../src/kube/refresh-interval.ts';
import { Stalled } from '../../engine/outcome.ts';
import { isPassing } from '../../stores/store.ts';
import { heldUpBy } from '../ahead.ts';
import { isAtRest as isAtRestFor } from '../outlook.ts';
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

/** Whether an ExternalSecret waits for its stores; see `heldUpBy`. */
export const isHeldUp = heldUpBy<ExternalSecret, Job, ExternalSecretTools, Reading>({
  versionOf,
  jobNow,
  isRecognised,
  isAtRest,
  begin,
  begun(job, { bringForward }) {
    // What is due soon comes along, as far as it fits into the same call. Those who come along bring nobody.
    const isBroughtForward = job.memory.earlierMs >= spreadOf(externalIntervalMs(job.object));
    if (job.due === 'elapsed' && !isBroughtForward) bringForward(job.object);
  },
});

/** No refresh is due, or it is put off. */
export function isAtRest(job: Job, { now, random }: ExternalSecretTools): boolean {
  const spreadMs = () => (Math.floor(random() * groups) / groups) * spreadOf(externalIntervalMs(job.object));
  return isAtRestFor(job, now(), spreadMs);
}

/** Reads everything that the object names. */
export function begin(job: Job, tools: ExternalSecretTools, signal: AbortSignal): Reading {
  const { memory, version } = job;
  const answer = valuesOf(job, tools, signal);
  const given = () => {
    memory.askedMs = undefined;
    memory.isAmiss = false;
  };
  const refused = (error: unknown) => {
    if (isPassing(error)) return;
    memory.askedMs = undefined;
    memory.isAmiss = true;
  };
  answer.then(given, refused);
  return { as: version, answer, isOver: false };
}

async function valuesOf(job: Job, tools: ExternalSecretTools, signal: AbortSignal): Promise<Read> {
  const { object, key, memory, due, target } = job;
  const began = tools.now();
  const beganMs = tools.monotonicMs();
  memory.askedMs ??= beganMs;
  let oldestMs = Number.POSITIVE_INFINITY;
  const got = await fetched(object, {
    fetcher: tools.fetcher,
    backendFor: async (ref) => tools.backends.get(await storeOf(object, ref, tools), target.namespace, signal),
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

async function storeOf(object: ExternalSecret, ref: SecretStoreRef | undefined, { directory }: ExternalSecretTools) {
  const chosen = ref ?? object.spec.secretStoreRef;
  if (!chosen?.name) {
    throw new Stalled('InvalidSpec', 'an entry has no store: spec.secretStoreRef.name is not set', {
      hint: 'set spec.secretStoreRef, or sourceRef.storeRef in each entry',
    });
  }
  return await storeFor(chosen, object.metadata.namespace ?? '', directory);
}

// What someone asked for just now is read now; what comes round by itself shares answers.
function maxAgeOf({ object, due, memory }: Job, { now }: ExternalSecretTools): number {
  if (memory.wasGone || due === 'changed') return 0;
  if (memory.isAmiss) return retryAgeMs;
  if (due === 'elapsed') return sharedAgeOf(externalIntervalMs(object));
  const made = new Date(object.metadata.creationTimestamp ?? now()).getTime();
  return Math.max(0, Math.min(firstAgeMs + now().getTime() - made, 5 * firstAgeMs));
}
