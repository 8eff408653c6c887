// What a VaultStaticSecret asks of its server, asked ahead of the work: no worker waits for a server while others could use it.

import { findCondition } from '../../../src/kube/conditions.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { vaultIntervalMs } from '../../../src/kube/refresh-interval.ts';
import { objectAnnotations } from '../../../src/kube/secret-rules.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import { ahead, isHealable, isSettled } from '../outlook.ts';
import { isRecognised, type Job, jobNow, versionOf } from './job.ts';
import { readValue } from './read.ts';
import type { Reading, StaticSecretTools } from './tools.ts';

/**
 * Begins to read what the next look at `object` needs. True: it is not there yet, and `tools.again` will be called when it is.
 * However many objects wait for a server, none of them keeps a worker from others.
 */
export function isHeldUp(object: VaultStaticSecret, tools: StaticSecretTools, signal: AbortSignal): boolean {
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
  const lane = job.due === 'first' ? 'backlog' : job.due === 'changed' ? 'now' : 'later';
  const over = () => {
    reading.isOver = true;
    tools.again(job.key, lane);
  };
  reading.value.then(over, over);
  return true;
}

/** What was begun for this look and is there. It is for this look alone: a later one wants a fresher value. */
export function takenUp(object: VaultStaticSecret, { memories }: StaticSecretTools): Reading | undefined {
  const memory = memories.of(objectKey(object), object);
  const { reading } = memory;
  if (!reading?.isOver) return undefined;
  memory.reading = undefined;
  return reading;
}

/** Asks the server now. */
export function begin(job: Job, tools: StaticSecretTools, signal: AbortSignal): Reading {
  return { as: job.version, began: tools.now(), value: readValue(job, tools, signal), isOver: false };
}

/** No read is due, or it is put off. */
export const isAtRest = (job: Job, tools: StaticSecretTools) => typeof job.due === 'object' || isSpread(job, tools);

// Overdue at a start of the controller: so are all others, and they shall not come together.
function isSpread({ due, memory, object, stands }: Job, { random, now }: StaticSecretTools): boolean {
  if (due !== 'elapsed' || memory.refreshedAt || memory.told || !stands) return false;
  if (findCondition(object.status?.conditions, 'Ready')?.status !== 'True') return false;
  memory.notBefore ??= new Date(now().getTime() + random() * 0.8 * (vaultIntervalMs(object) ?? 0));
  return now() < memory.notBefore;
}
