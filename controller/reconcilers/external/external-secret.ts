// ExternalSecret → Secret.

import type { ExternalSecret, SecretStoreRef } from '../../../src/kube/external-secrets.ts';
import { resources } from '../../../src/kube/resources.ts';
import { type Settled, Stalled } from '../../engine/outcome.ts';
import { checkShape } from '../../secret/desired.ts';
import { esoFinalizers } from '../../secret/eso.ts';
import type { Written } from '../../secret/writer.ts';
import { findCondition } from '../../status/conditions.ts';
import { changeOf } from '../change.ts';
import { restartNote } from '../restart-note.ts';
import type { Reconciler } from '../shell.ts';
import { stalenessOf } from '../staleness.ts';
import { type StoreDirectory, storeFor } from './directory.ts';
import { externalFailure, NoValues, wasSynced } from './failure.ts';
import { emptyShape, type Job, jobOf, stands } from './job.ts';
import { intervalOf, spreadOf } from './refresh.ts';
import { asBefore, messageFor, remembered, succeeded } from './settle.ts';
import { shapeOf, targetOf } from './target.ts';
import { templated } from './templates.ts';
import type { ExternalSecretTools } from './tools.ts';
import { type Fetched, fetched } from './values.ts';

// How long a worker waits for a store before it takes up other work; the answer is used when it comes.
const patienceMs = 10_000;
// An answer read so shortly before an object was made will do for it: many objects made together share their reads.
const firstAgeMs = 10_000;
// A source that is gone must be gone at two looks before anything is deleted for it.
const secondLookMs = 5_000;
/** The body, for the shell. */
export const externalSecret: Reconciler<ExternalSecret, ExternalSecretTools> = {
  resource: resources.externalSecret,
  settledReason: 'SecretSynced',

  async body(object, tools, signal) {
    const job = await jobOf(object, tools, signal);
    return await withRestarts(job, await looked(job, tools, signal), tools, signal);
  },
  failure(error, object, tools) {
    const target = targetOf(object);
    return externalFailure(error, {
      object,
      stands: stands(object, target, tools),
      maxStalenessMs: stalenessOf(object.metadata, tools.maxStalenessMs),
      now: tools.now(),
    });
  },

  // Left by External Secrets Operator: nobody else would take it away any more.
  async leave(object, { kube }, signal) {
    const { name = '', namespace, finalizers = [], resourceVersion } = object.metadata;
    const left = finalizers.filter((one) => one !== esoFinalizers.externalSecret);
    if (left.length === finalizers.length) return;
    const patch = { metadata: { finalizers: left, resourceVersion } };
    await kube.mergePatch(resources.externalSecret, { namespace, name }, patch, { signal });
  },

  forget(key, { memories, generators }) {
    memories.forget(key);
    generators.forget(key);
  },
};

async function looked(job: Job, tools: ExternalSecretTools, signal: AbortSignal): Promise<Settled> {
  const { memory, due } = job;
  const isQuiet = typeof due === 'object' || isSpread(job, tools);
  const isSame = memory.sources === undefined || memory.sources === job.sources;
  if (isQuiet && job.stands && isSame) return quiet(job, tools);
  if (memory.values && memory.valuesAs === job.version && (!job.stands || isQuiet)) {
    // Drift and changed templates need no store.
    const healed = await produced(job, { values: memory.values, gone: [] }, tools, signal);
    if (isQuiet) return healed;
    tell(job, healed, tools);
    job.stands = true;
  }
  return await refreshed(job, tools, signal);
}

// Overdue at a start of the controller: so are all others, and they shall not come together.
function isSpread({ due, memory, object, stands: isThere }: Job, { random, now }: ExternalSecretTools): boolean {
  if (due !== 'elapsed' || memory.refreshedAt || !isThere) return false;
  if (findCondition(object.status?.conditions, 'Ready')?.status !== 'True') return false;
  memory.notBefore ??= new Date(now().getTime() + random() * spreadOf(intervalOf(object)));
  return now() < memory.notBefore;
}

function quiet(job: Job, tools: ExternalSecretTools): Settled {
  const { object, memory, due } = job;
  memory.sources = job.sources;
  const before = findCondition(object.status?.conditions, 'Ready');
  // Also the words of External Secrets Operator: they are no reason to write.
  const stood = before?.status === 'True' ? before : undefined;
  const afterMs = typeof due === 'object' ? due.afterMs : (memory.notBefore?.getTime() ?? 0) - tools.now().getTime();
  const stale = findCondition(object.status?.conditions, 'Stale');
  return {
    ...(stood?.reason && { reason: stood.reason }),
    message: stood?.message || messageFor(job.target),
    // Only a refresh that succeeds says that values are fresh again.
    ...(stale?.message && stood && { notes: { Stale: stale.message } }),
    ...(afterMs !== undefined && { againAfterMs: Math.max(afterMs, 1) }),
    ...remembered(job),
  };
}

async function refreshed(job: Job, tools: ExternalSecretTools, signal: AbortSignal): Promise<Settled> {
  const { object, memory, due, target } = job;
  const began = tools.now();
  const beganMs = tools.monotonicMs();
  memory.askedMs ??= beganMs;
  const got = await fetched(object, {
    fetcher: tools.fetcher,
    backendFor: async (ref) => tools.backends.get(storeOf(object, ref, tools.directory), target.namespace, signal),
    generate: (ref, entry) =>
      tools.generators.valuesFor(
        { key: job.key, namespace: target.namespace, ref, entry, isRefresh: due !== 'changed' },
        signal,
      ),
    allowsGone: target.deletion !== 'Retain',
    options: {
      signal,
      maxAgeMs: Math.max(maxAgeOf(job, tools), beganMs - memory.askedMs),
      patienceMs,
      onLate: () => tools.again(job.key),
    },
  });
  memory.askedMs = undefined;
  if (got.gone.length > 0 && wasSynced(object) && !memory.wasGone) {
    memory.wasGone = true;
    tellGone(job, got.gone, tools);
    return { ...asBefore(job), againAfterMs: secondLookMs };
  }
  if (got.gone.length > 0 && !memory.wasGone) tellGone(job, got.gone, tools);
  memory.wasGone = got.gone.length > 0;
  const settled = await produced(job, got, tools, signal, began);
  tools.generators.used(job.key);
  return settled;
}

function storeOf(object: ExternalSecret, ref: SecretStoreRef | undefined, directory: StoreDirectory) {
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
  if (memory.wasGone) return 0;
  if (due === 'elapsed') return spreadOf(intervalOf(object));
  if (due === 'changed') return 0;
  const made = new Date(object.metadata.creationTimestamp ?? now()).getTime();
  return Math.max(0, Math.min(firstAgeMs + now().getTime() - made, 5 * firstAgeMs));
}

async function produced(
  job: Job,
  { values, gone }: Fetched,
  tools: ExternalSecretTools,
  signal: AbortSignal,
  began?: Date,
): Promise<Settled> {
  const { object, target, memory } = job;
  if (values.size === 0 && target.creation !== 'None' && target.deletion !== 'Merge') {
    return await emptied(job, gone, tools, signal, began);
  }
  const made = await templated(object, values, tools.sourcesIn(target.namespace, signal));
  const shape = shapeOf(object, target, made);
  let written: Written | undefined;
  if (target.creation !== 'None') {
    checkShape(shape, tools.allowedTypes);
    written = await tools.secrets.write(shape, target.claim, made.values, {
      detectOnly: tools.drift === 'detect' && began === undefined && memory.left !== undefined,
      signal,
    });
    memory.left = tools.secrets.left(shape);
    memory.note = restartNote({
      object,
      before: memory.note,
      isUnchanged: began === undefined,
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
    began,
    ...(written && written.did !== 'nothing' && { change: changeOf(written, shape, isRepair) }),
  });
}

// The same was asked for at the last success: whatever differed, someone else did.
const isKnownState = ({ object, version, memory }: Job) =>
  object.status?.syncedResourceVersion === version && memory.left !== undefined;

async function emptied(
  job: Job,
  gone: readonly string[],
  tools: ExternalSecretTools,
  signal: AbortSignal,
  began: Date | undefined,
): Promise<Settled> {
  const { object, target, memory } = job;
  if (target.deletion === 'Retain') throw new NoValues();
  if (target.creation !== 'Owner') {
    throw new Stalled('InvalidSpec', 'deletionPolicy Delete deletes nothing that creationPolicy Owner did not make');
  }
  // A find or an extract that gave nothing is seen twice as well before anything goes.
  if (gone.length === 0 && wasSynced(object) && !memory.wasEmpty) {
    memory.wasEmpty = true;
    return { ...asBefore(job), againAfterMs: secondLookMs };
  }
  memory.wasEmpty = false;
  const did = await tools.secrets.remove({ ...emptyShape, ...target }, target.claim, signal);
  memory.left = undefined;
  const message = `the stores have nothing for Secret ${target.name}, which deletionPolicy Delete takes for gone`;
  return succeeded(job, new Map(), tools, {
    message,
    reason: 'SecretDeleted',
    began,
    ...(did && { change: { reason: 'Deleted', message: `Secret ${target.name} was deleted: ${message}` } }),
  });
}

function tell({ object }: Job, { change }: Settled, { events }: ExternalSecretTools): void {
  if (change) events.emit({ object, type: change.type ?? 'Normal', reason: change.reason, message: change.message });
}

function tellGone({ object }: Job, gone: readonly string[], { events }: ExternalSecretTools): void {
  const message = `the store has no ${[...new Set(gone)].map((key) => `'${key.slice(0, 100)}'`).join(', ')}`;
  events.emit({ object, type: 'Normal', reason: 'MissingProviderSecret', message });
}

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
