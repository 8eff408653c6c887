// ExternalSecret → Secret.

import { findCondition } from '../../../src/kube/conditions.ts';
import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import type { Condition } from '../../../src/kube/objects.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import type { Reason } from '../../../src/kube/reasons.ts';
import { resources } from '../../../src/kube/resources.ts';
import { type Settled, Stalled, Waiting } from '../../engine/outcome.ts';
import { checkShape, type SecretShape, valuesDigest } from '../../secret/desired.ts';
import { esoFinalizers, esoMarks } from '../../secret/eso.ts';
import type { Written } from '../../secret/writer.ts';
import { isPassing } from '../../stores/store.ts';
import { changeOf } from '../change.ts';
import { isHealable, isSettled } from '../outlook.ts';
import { restartNote } from '../restart-note.ts';
import type { Reconciler } from '../shell.ts';
import { stalenessOf } from '../staleness.ts';
import { externalFailure, NoValues, wasSynced } from './failure.ts';
import { lettingGo } from './finalizers.ts';
import { emptyShape, type Job, jobOf, stands } from './job.ts';
import { begin, isAtRest } from './reading.ts';
import { messageFor, remembered, succeeded, untilSecondLook } from './settle.ts';
import { shapeOf, targetOf } from './target.ts';
import { templated } from './templates.ts';
import type { ExternalSecretTools } from './tools.ts';
import type { Fetched, Read, Reading } from './values.ts';

/** The body, for the shell. */
export const externalSecret: Reconciler<ExternalSecret, ExternalSecretTools> = {
  resource: resources.externalSecret,
  settledReason: 'SecretSynced',

  async body(object, tools, signal) {
    const reading = takenUp(object, tools);
    const job = await jobOf(object, tools, signal);
    return await withRestarts(job, await looked(job, reading, tools, signal), tools, signal);
  },
  failure(error, object, tools) {
    const target = targetOf(object);
    // What was read did not do, so that nothing kept will.
    if (!isPassing(error)) tools.memories.of(objectKey(object), object).isAmiss = true;
    return externalFailure(error, {
      object,
      stands: stands(object, target, tools),
      maxStalenessMs: stalenessOf(object.metadata, tools.maxStalenessMs),
      now: tools.now(),
    });
  },

  leave: lettingGo(resources.externalSecret, esoFinalizers.externalSecret),

  forget(key, { memories, generators }) {
    memories.forget(key);
    generators.forget(key);
  },
};

// What was read is for this look alone: a later one wants fresher values.
function takenUp(object: ExternalSecret, { memories }: ExternalSecretTools): Reading | undefined {
  const memory = memories.of(objectKey(object), object);
  const { reading } = memory;
  if (!reading?.isOver) return undefined;
  memory.reading = undefined;
  return reading;
}

async function looked(
  job: Job,
  reading: Reading | undefined,
  tools: ExternalSecretTools,
  signal: AbortSignal,
): Promise<Settled> {
  const { memory } = job;
  const rests = isAtRest(job, tools);
  if (isSettled(job, rests)) return quiet(job, tools);
  if (memory.values && isHealable(job, rests, tools.drift)) {
    // Drift and changed templates need no store.
    const healed = await produced(job, { values: memory.values, gone: [] }, tools, signal);
    return rests ? healed : { ...healed, againAfterMs: 1 };
  }
  const isCurrent = reading?.as === job.version;
  return await refreshed(job, isCurrent ? reading : begin(job, tools, signal), tools, signal);
}

function quiet(job: Job, tools: ExternalSecretTools): Settled {
  const { object, memory, due, untold } = job;
  memory.sources = job.sources;
  const before = findCondition(object.status?.conditions, 'Ready');
  // Also the words of External Secrets Operator: they are no reason to write.
  const stood = before?.status === 'True' ? before : undefined;
  const afterMs = typeof due === 'object' ? due.afterMs : (memory.notBefore?.getTime() ?? 0) - tools.now().getTime();
  const stale = findCondition(object.status?.conditions, 'Stale');
  const { as: _, ...told } = untold ?? { as: '' };
  if (stale && !stood && !untold && afterMs !== undefined) throw stillFailing(stale, afterMs);
  return {
    ...(stood?.reason && { reason: stood.reason }),
    message: stood?.message || messageFor(job.target),
    ...told,
    // Only a refresh that succeeds says that values are fresh again.
    ...(stale?.message && !untold && { notes: { Stale: stale.message } }),
    ...(afterMs !== undefined && { againAfterMs: Math.max(afterMs, 1) }),
    ...remembered(job),
  };
}

// Values that were stale for too long are so until a refresh succeeds, and a closed window does not let it come.
function stillFailing({ reason = '', message = '' }: Condition, afterMs: number): Waiting {
  return new Waiting(reason as Reason, message.replace(`${reason}: `, ''), Math.max(afterMs, 1));
}

async function refreshed(
  job: Job,
  { values }: Reading,
  tools: ExternalSecretTools,
  signal: AbortSignal,
): Promise<Settled> {
  const { object, memory } = job;
  const got = await values;
  if (got.gone.length > 0 && wasSynced(object) && !memory.wasGone) {
    memory.wasGone = true;
    tellGone(job, got.gone, tools);
    return untilSecondLook(job, missing(got.gone));
  }
  if (got.gone.length > 0 && !memory.wasGone) tellGone(job, got.gone, tools);
  memory.wasGone = got.gone.length > 0;
  const settled = await produced(job, got, tools, signal, got);
  tools.generators.used(job.key);
  return settled;
}

async function produced(
  job: Job,
  { values, gone }: Fetched,
  tools: ExternalSecretTools,
  signal: AbortSignal,
  read?: Read,
): Promise<Settled> {
  const { object, target, memory } = job;
  if (values.size === 0 && target.creation !== 'None' && target.deletion !== 'Merge') {
    return await emptied(job, gone, tools, signal, read);
  }
  const made = await templated(object, values, tools.sourcesIn(target.namespace, signal));
  const shape = shapeOf(object, target, made, tools.collection);
  let written: Written | undefined;
  if (target.creation !== 'None') {
    checkShape(shape, tools.allowedTypes);
    const digest = tools.drift === 'detect' ? valuesDigest(tools.fingerprintKey(), made.values) : undefined;
    const detectOnly = digest !== undefined && isDrift(job, shape, digest, tools);
    written = await tools.secrets.write(shape, target.claim, made.values, { detectOnly, signal });
    memory.left = written.left;
    memory.made = digest;
    memory.note = restartNote({
      object,
      before: memory.note,
      isUnchanged: read === undefined,
      values: made.values,
      written,
      fingerprintKey: tools.fingerprintKey(),
      now: tools.now(),
    });
    await removeOutgrown(job, tools, signal);
  }
  const isRepair = written !== undefined && written.did !== 'nothing' && !job.stands && isKnownState(job);
  if (isRepair) tools.metrics.driftRepairs.inc({ kind: 'ExternalSecret' });
  return succeeded(job, values, tools, {
    message: messageFor(target, shape),
    read,
    ...(written && written.did !== 'nothing' && { change: changeOf(written, shape, isRepair) }),
  });
}

// The same was asked for, and the stores gave the same, as at the last write. Where the status has no room for that, the
// Secret's own word for its values is taken.
const isDrift = (job: Job, shape: SecretShape, digest: string, { secrets }: ExternalSecretTools) =>
  isKnownState(job) &&
  (job.memory.made ?? secrets.seen(shape)?.dataHash) ===
    (job.memory.made === undefined ? shape.annotations[esoMarks.dataHash] : digest);

// The same was asked for at the last success: whatever differed, someone else did.
const isKnownState = ({ object, version, memory }: Job) =>
  object.status?.syncedResourceVersion === version && memory.left !== undefined;

async function emptied(
  job: Job,
  gone: readonly string[],
  tools: ExternalSecretTools,
  signal: AbortSignal,
  read: Read | undefined,
): Promise<Settled> {
  const { object, target, memory } = job;
  if (target.deletion === 'Retain') throw new NoValues();
  if (target.creation !== 'Owner') {
    throw new Stalled('InvalidSpec', 'deletionPolicy Delete deletes nothing that creationPolicy Owner did not make');
  }
  // A find or an extract that gave nothing is seen twice as well before anything goes.
  if (gone.length === 0 && wasSynced(object) && !memory.wasEmpty) {
    memory.wasEmpty = true;
    return untilSecondLook(job, 'the stores gave no values at all');
  }
  memory.wasEmpty = false;
  const did = await tools.secrets.remove({ ...emptyShape, ...target }, target.claim, signal);
  memory.left = undefined;
  const message = `the stores have nothing for Secret ${target.name}, which deletionPolicy Delete takes for gone`;
  return succeeded(job, new Map(), tools, {
    message,
    reason: 'SecretDeleted',
    read,
    ...(did && { change: { reason: 'Deleted', message: `Secret ${target.name} was deleted: ${message}` } }),
  });
}

function tellGone({ object }: Job, gone: readonly string[], { events }: ExternalSecretTools): void {
  events.emit({ object, type: 'Normal', reason: 'MissingProviderSecret', message: missing(gone) });
}

const missing = (gone: readonly string[]) =>
  `the store has no ${[...new Set(gone)].map((key) => `'${key.slice(0, 100)}'`).join(', ')}`;

async function removeOutgrown({ object, target }: Job, tools: ExternalSecretTools, signal: AbortSignal): Promise<void> {
  if (target.creation !== 'Owner') return;
  for (const name of tools.outgrown(target)) {
    const did = await tools.secrets.remove({ ...emptyShape, ...target, name }, target.claim, signal).catch((error) => {
      if (error instanceof Stalled) return false;
      throw error;
    });
    if (!did) continue;
    const message = `Secret ${name} was deleted: the ExternalSecret makes Secret ${target.name} now`;
    tools.events.emit({ object, type: 'Normal', reason: 'Deleted', message });
  }
}

// In every look until it is done: a window has to pass, and the API server may have trouble.
async function withRestarts(
  job: Job,
  settled: Settled,
  { restarts }: ExternalSecretTools,
  signal: AbortSignal,
): Promise<Settled> {
  const { object, memory } = job;
  const { changedAt, ...done } = memory.note;
  if (changedAt === undefined) return settled;
  const afterMs = await restarts.settle(object, new Date(changedAt), signal);
  if (afterMs !== undefined) {
    return { ...settled, againAfterMs: Math.min(afterMs, settled.againAfterMs ?? afterMs) };
  }
  memory.note = done;
  const { remember: _, ...rest } = settled;
  return { ...rest, ...remembered(job) };
}
