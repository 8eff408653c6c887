// ExternalSecret → Secret.

import { isDeepStrictEqual } from 'node:util';
import type { KubeApi } from '../../../src/kube/api.ts';
import { durationMs } from '../../../src/kube/duration.ts';
import { externalSecretViolations } from '../../../src/kube/external-secret-rules.ts';
import type { ExternalSecret, SecretStoreRef } from '../../../src/kube/external-secrets.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { type Settled, Stalled, Waiting } from '../../engine/outcome.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { checkShape, type SecretShape } from '../../secret/desired.ts';
import { esoFinalizers, syncedResourceVersion } from '../../secret/eso.ts';
import type { LeftSecret, SecretWriter, Written } from '../../secret/writer.ts';
import { findCondition } from '../../status/conditions.ts';
import type { EventRecorder } from '../../status/events.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import type { Fetcher } from '../../stores/store.ts';
import type { Reconciler } from '../shell.ts';
import type { StoreBackends } from './backends.ts';
import { type StoreDirectory, storeFor } from './directory.ts';
import { externalFailure, NoValues, wasSynced } from './failure.ts';
import type { Generators } from './generators.ts';
import type { Memories, Memory } from './memory.ts';
import { type Due, intervalOf, refreshDue, spreadOf } from './refresh.ts';
import { shapeOf, type Target, targetOf } from './target.ts';
import { type TemplateSources, templated } from './templates.ts';
import { type Fetched, fetched } from './values.ts';

/** What the body works with. */
export interface ExternalSecretTools {
  kube: KubeApi;
  secrets: SecretWriter;
  directory: StoreDirectory;
  backends: Pick<StoreBackends, 'get'>;
  fetcher: Pick<Fetcher, 'read' | 'list'>;
  generators: Generators;
  memories: Memories;
  /** Where `templateFrom` is read, for the objects of a namespace. */
  sourcesIn(namespace: string, signal: AbortSignal): TemplateSources;
  /** What the watches know of the object's template sources: changes when one of them does. */
  sourcesDigest(object: ExternalSecret): string | undefined;
  /** Other ExternalSecrets that want the whole of the same Secret, and came before this one. */
  rivalOf(object: ExternalSecret, target: Target): string | undefined;
  /** Secrets that this ExternalSecret made under other names. */
  outgrown(target: Target): readonly string[];
  /** Asks for another look, as soon as a late answer is there. */
  again(key: string): void;
  events: Pick<EventRecorder, 'emit'>;
  metrics: Pick<Metrics, 'driftRepairs'>;
  allowedTypes: readonly string[] | undefined;
  drift: 'correct' | 'detect';
  maxStalenessMs: number;
  random: () => number;
  now: () => Date;
  monotonicMs: () => number;
}

/** Overrides `--max-staleness` for one object. */
export const maxStalenessAnnotation = 'sealwright.dev/max-staleness';

// How long a worker waits for a store before it takes up other work; the answer is used when it comes.
const patienceMs = 10_000;
// An answer read so shortly before an object was made will do for it: many objects made together share their reads.
const firstAgeMs = 10_000;
// A source that is gone must be gone at two looks before anything is deleted for it.
const secondLookMs = 5_000;
// How often refreshTime alone is worth a write.
const refreshTimeMs = 600_000;

/** The body, for the shell. */
export const externalSecret: Reconciler<ExternalSecret, ExternalSecretTools> = {
  resource: resources.externalSecret,
  settledReason: 'SecretSynced',

  async body(object, tools, signal) {
    const job = await jobOf(object, tools, signal);
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
  },

  failure(error, object, tools) {
    const target = targetOf(object);
    return externalFailure(error, {
      object,
      stands: stands(object, target, tools),
      maxStalenessMs: stalenessOf(object, tools.maxStalenessMs),
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

interface Job {
  object: ExternalSecret;
  key: string;
  target: Target;
  memory: Memory;
  /** What a refresh of the object as it is now would leave in `status.syncedResourceVersion`. */
  version: string;
  due: Due;
  /** The Secret is as it was left. */
  stands: boolean;
  sources: string | undefined;
}

async function jobOf(object: ExternalSecret, tools: ExternalSecretTools, signal: AbortSignal): Promise<Job> {
  checkSpec(object);
  const key = objectKey(object);
  const target = targetOf(object);
  checkTarget(object, target, tools);
  const memory = tools.memories.of(key, object);
  if (!memory.left && target.creation !== 'None' && wasSynced(object)) {
    memory.left = await tools.secrets.recognised(target, target.claim, signal);
  }
  const { refreshTime } = object.status ?? {};
  const at = memory.refreshedAt ?? (refreshTime ? new Date(refreshTime) : undefined);
  return {
    object,
    key,
    target,
    memory,
    version: syncedResourceVersion(object.metadata),
    due: refreshDue(object, { at, earlierMs: memory.earlierMs, now: tools.now() }),
    stands: stands(object, target, tools),
    sources: tools.sourcesDigest(object),
  };
}

function checkSpec({ spec }: ExternalSecret): void {
  const [violation] = externalSecretViolations(spec);
  if (violation) throw new Stalled('InvalidSpec', `${violation.path}: ${violation.message}`);
  const unsupported = unsupportedIn(spec);
  if (unsupported) throw new Stalled('Unsupported', unsupported);
}

function unsupportedIn({ target, data = [] }: ExternalSecret['spec']): string | undefined {
  if (target?.manifest) return 'spec.target.manifest: only Secrets are made';
  const engine: string = target?.template?.engineVersion ?? 'v2';
  if (engine !== 'v2' && engine !== '') return `spec.target.template.engineVersion: ${engine} is not supported, v2 is`;
  const index = data.findIndex(({ sourceRef }) => sourceRef?.generatorRef);
  return index < 0 ? undefined : `spec.data[${index}].sourceRef.generatorRef: generators belong into spec.dataFrom`;
}

function checkTarget(object: ExternalSecret, target: Target, tools: ExternalSecretTools): void {
  if (target.creation === 'None') return;
  // Before anything is read: a Secret of someone else costs nothing.
  const { kind } = tools.secrets.check({ ...emptyShape, ...target }, target.claim);
  if (kind === 'absent' && target.creation === 'Merge') {
    throw new Waiting(
      'SecretMissing',
      `there is no Secret ${target.name} to merge into`,
      intervalOf(object) || 300_000,
    );
  }
  const rival = target.claim.external?.merges ? undefined : tools.rivalOf(object, target);
  if (rival !== undefined) {
    throw new Stalled('NotOwned', `Secret ${target.name} is the target of ExternalSecret ${rival} as well`, {
      hint: 'choose another spec.target.name',
    });
  }
}

const emptyShape = {
  items: [],
  type: '',
  immutable: false,
  labels: {},
  annotations: {},
  ownerReferences: [],
  finalizers: [],
};

function stands(object: ExternalSecret, target: Target, { secrets, memories }: ExternalSecretTools): boolean {
  if (target.creation === 'None') return true;
  const isDeleted = findCondition(object.status?.conditions, 'Ready')?.reason === 'SecretDeleted';
  if (isDeleted && !secrets.seen(target)) return true;
  return secrets.stands(target, target.claim, memories.peek(objectKey(object))?.left);
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
  const isOurs = before?.status === 'True' && before.observedGeneration !== undefined;
  const afterMs = typeof due === 'object' ? due.afterMs : (memory.notBefore?.getTime() ?? 0) - tools.now().getTime();
  const stale = findCondition(object.status?.conditions, 'Stale');
  return {
    ...(isOurs && before.reason && { reason: before.reason }),
    message: (isOurs && before.message) || messageFor(job.target),
    // Only a refresh that succeeds says that values are fresh again.
    ...(stale?.message && isOurs && { notes: { Stale: stale.message } }),
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

interface Success extends Pick<Settled, 'message' | 'reason' | 'change'> {
  /** When the refresh began; undefined where no store was asked. */
  began: Date | undefined;
}

function succeeded(job: Job, values: NamedValues, tools: ExternalSecretTools, success: Success): Settled {
  const { object, memory, key } = job;
  const { began, message, reason, change } = success;
  memory.sources = job.sources;
  if (began) {
    memory.refreshedAt = began;
    memory.earlierMs = tools.random() * spreadOf(intervalOf(object));
    memory.notBefore = undefined;
    tools.memories.keep(key, values, job.version);
  }
  const stale = began ? undefined : findCondition(object.status?.conditions, 'Stale')?.message;
  const fields = fieldsOf(job, began);
  const status = { ...object.status, ...fields };
  const next = refreshDue(
    { ...object, status },
    { at: memory.refreshedAt, earlierMs: memory.earlierMs, now: tools.now() },
  );
  return {
    message,
    ...(reason !== undefined && { reason }),
    ...(change && { change }),
    ...(stale && { notes: { Stale: stale } }),
    fields,
    ...(typeof next === 'object' && next.afterMs !== undefined && { againAfterMs: next.afterMs }),
    ...remembered(job),
  };
}

// The time alone is no reason to write more often than every ten minutes.
function fieldsOf({ object, target, version }: Job, began: Date | undefined): Record<string, unknown> {
  const { status } = object;
  if (!began) return {};
  const time = began.toISOString().replace(/\.\d+Z$/, 'Z');
  const ready = findCondition(status?.conditions, 'Ready');
  const isNews =
    status?.syncedResourceVersion !== version ||
    ready?.status !== 'True' ||
    !status?.refreshTime ||
    Math.abs(began.getTime() - new Date(status.refreshTime).getTime()) >= refreshTimeMs;
  return {
    syncedResourceVersion: version,
    refreshTime: isNews ? time : status?.refreshTime,
    ...(target.creation !== 'None' && { binding: { name: target.name } }),
  };
}

function remembered({ object, memory }: Job): Pick<Settled, 'remember'> {
  const { left, sources } = memory;
  const next = { ...(left && { secret: left }), ...(sources !== undefined && { sources }) };
  const before = object.status?.sealwright;
  // What managedFields will tell the next start needs no write.
  return isDeepStrictEqual(withoutVersion(next), withoutVersion(before ?? {})) ? {} : { remember: next };
}

function withoutVersion(remembered: { secret?: LeftSecret } & Record<string, unknown>): Record<string, unknown> {
  const { secret, ...rest } = remembered;
  if (!secret) return rest;
  const { resourceVersion: _, ...known } = secret;
  return { ...rest, secret: known };
}

/** Ready as it stood, for now. */
function asBefore({ object, target }: Job): Pick<Settled, 'message' | 'reason'> {
  const { reason = 'SecretSynced', message = messageFor(target) } =
    findCondition(object.status?.conditions, 'Ready') ?? {};
  return { reason, message };
}

function messageFor({ creation, name }: Target, shape?: SecretShape): string {
  if (creation === 'None') return 'values were read, and creationPolicy None makes no Secret';
  if (!shape) return `Secret ${name} carries what the stores gave`;
  const { length } = shape.items;
  return `Secret ${name} has ${length === 1 ? '1 item' : `${length} items`}`;
}

function changeOf({ did, words }: Written, { name }: SecretShape, isRepair: boolean): NonNullable<Settled['change']> {
  const parts = words.join(', ');
  if (did === 'recreated') {
    const message = `Secret ${name} was deleted and made again, since its ${parts} cannot be changed`;
    return { reason: 'Recreated', message };
  }
  if (isRepair) {
    const what =
      did === 'created'
        ? 'was deleted, and was made again'
        : `was changed by someone else (${parts}), and was put right`;
    return { reason: 'Repaired', message: `Secret ${name} ${what}`, type: 'Warning' };
  }
  if (did === 'created') return { reason: 'Created', message: `Secret ${name} made` };
  return { reason: 'Updated', message: `Secret ${name} changed (${parts})` };
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

function stalenessOf({ metadata }: ExternalSecret, standard: number): number {
  const text = metadata.annotations?.[maxStalenessAnnotation];
  const own = text === undefined ? undefined : durationMs(text);
  return own !== undefined && own >= 0 ? own : standard;
}
