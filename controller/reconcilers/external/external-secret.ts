// ExternalSecret → Secret.

import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { type Settled, Stalled } from '../../engine/outcome.ts';
import { checkShape, type SecretShape, type SecretValues, valuesDigest } from '../../secret/desired.ts';
import { esoFinalizers, esoMarks } from '../../secret/eso.ts';
import type { Written } from '../../secret/writer.ts';
import { isPassing } from '../../stores/store.ts';
import { takenUp } from '../ahead.ts';
import { changeOf } from '../change.ts';
import { removeOutgrown } from '../outgrown.ts';
import { isHealable, isSettled } from '../outlook.ts';
import { restartNote } from '../restart-note.ts';
import { withRestarts } from '../restarting.ts';
import type { Reconciler } from '../shell.ts';
import { standingOf } from '../staleness.ts';
import { externalFailure, NoValues, wasSynced } from './failure.ts';
import { lettingGo } from './finalizers.ts';
import { type Job, jobOf, stands } from './job.ts';
import { begin, isAtRest } from './reading.ts';
import { messageFor, quiet, succeeded, untilSecondLook } from './settle.ts';
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
    const settled = await looked(job, reading, tools, signal);
    return await withRestarts(job, settled, { restarts: tools.restarts, signal });
  },

  failure(error, object, tools) {
    // What was read did not do, so that nothing kept will.
    if (!isPassing(error)) tools.memories.of(objectKey(object), object).isAmiss = true;
    return externalFailure(error, standingOf(object, stands(object, targetOf(object), tools), tools));
  },

  leave: lettingGo(resources.externalSecret, esoFinalizers.externalSecret),

  forget(key, { memories, generators }) {
    memories.forget(key);
    generators.forget(key);
  },
};

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

async function refreshed(
  job: Job,
  { answer }: Reading,
  tools: ExternalSecretTools,
  signal: AbortSignal,
): Promise<Settled> {
  const { object, memory } = job;
  const got = await answer;
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
  const { object, target } = job;
  if (values.size === 0 && target.creation !== 'None' && target.deletion !== 'Merge') {
    return await emptied(job, gone, tools, signal, read);
  }
  const made = await templated(object, values, tools.sourcesIn(target.namespace, signal));
  const shape = shapeOf(object, target, made, tools.collection);
  const message = messageFor(target, shape);
  if (target.creation === 'None') return succeeded(job, values, tools, { message, read });
  const written = await put(job, { shape, values: made.values, isUnchanged: read === undefined }, tools, signal);
  if (target.creation === 'Owner') {
    await removeOutgrown({ object, target, names: tools.outgrown(target) }, tools, signal);
  }
  if (written.did === 'nothing') return succeeded(job, values, tools, { message, read });
  const isRepair = !job.stands && isKnownState(job);
  if (isRepair) tools.metrics.driftRepairs.inc({ kind: 'ExternalSecret' });
  return succeeded(job, values, tools, { message, read, change: changeOf(written, shape, isRepair) });
}

async function put(
  job: Job,
  { shape, values, isUnchanged }: { shape: SecretShape; values: SecretValues; isUnchanged: boolean },
  tools: ExternalSecretTools,
  signal: AbortSignal,
): Promise<Written> {
  const { object, target, memory } = job;
  checkShape(shape, tools.allowedTypes);
  const digest = tools.drift === 'detect' ? valuesDigest(tools.fingerprintKey(), values) : undefined;
  const detectOnly = digest !== undefined && isDrift(job, shape, digest, tools);
  const written = await tools.secrets.write(shape, target.claim, values, { detectOnly, signal });
  memory.left = written.left;
  memory.made = digest;
  memory.note = restartNote({
    object,
    before: memory.note,
    isUnchanged,
    values,
    written,
    fingerprintKey: tools.fingerprintKey(),
    now: tools.now(),
  });
  return written;
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
  const did = await tools.secrets.remove(target, target.claim, signal);
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
