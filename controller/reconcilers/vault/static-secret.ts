// VaultStaticSecret → Secret.

import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import type { SecretBytes } from '../../../src/redact.ts';
import { type Settled, Waiting } from '../../engine/outcome.ts';
import { checkShape, type SecretValues, valuesDigest } from '../../secret/desired.ts';
import type { Written } from '../../secret/writer.ts';
import { assembleStatic, rawItem } from '../../stores/data/static/assemble.ts';
import { staticPlan } from '../../stores/data/static/transformation.ts';
import { isPassing, type RemoteValue } from '../../stores/store.ts';
import { takenUp } from '../ahead.ts';
import { changeOf } from '../change.ts';
import { removeOutgrown } from '../outgrown.ts';
import { isHealable, isSettled } from '../outlook.ts';
import { restartNote } from '../restart-note.ts';
import { withRestarts } from '../restarting.ts';
import { asItStands } from '../settled.ts';
import type { Reconciler } from '../shell.ts';
import { standingOf } from '../staleness.ts';
import { begin, isAtRest } from './ahead.ts';
import { staticFailure } from './failure.ts';
import { letGo } from './finalizers.ts';
import { type Job, jobOf, stands } from './job.ts';
import { messageFor, succeeded } from './settle.ts';
import { restartsOf, shapeOf } from './target.ts';
import type { Reading, StaticSecretTools } from './tools.ts';

/** The body, for the shell. */
export const vaultStaticSecret: Reconciler<VaultStaticSecret, StaticSecretTools> = {
  resource: resources.vaultStaticSecret,
  mirrors: ['SecretSynced', 'Healthy'],
  settledReason: 'SecretSynced',
  demanded: ({ status }) => ({ lastGeneration: status?.lastGeneration ?? 0 }),

  async body(object, tools, signal) {
    const reading = takenUp(object, tools);
    const job = await jobOf(object, tools, signal);
    const settled = await looked(job, reading, tools, signal);
    return await withRestarts(job, settled, { restarts: tools.restarts, signal, targets: restartsOf(object) });
  },

  failure(error, object, tools) {
    // What was known of the value is to be asked again as soon as it can be.
    const memory = tools.memories.peek(objectKey(object));
    if (memory) {
      memory.state = undefined;
      memory.isAmiss = !isPassing(error);
    }
    return staticFailure(error, standingOf(object, stands(object, tools), tools));
  },

  leave: (object, { kube }, signal) => letGo(kube, resources.vaultStaticSecret, object, signal),

  forget(key, { memories, backends, followers, patience }) {
    followers.forget(key);
    memories.forget(key);
    backends.forget(key);
    patience.forget(key);
  },
};

async function looked(
  job: Job,
  reading: Reading | undefined,
  tools: StaticSecretTools,
  signal: AbortSignal,
): Promise<Settled> {
  const { memory, version } = job;
  // What was asked for is used, whatever is due by now.
  if (reading?.as === version) return await refreshed(job, reading, tools, signal);
  const rests = isAtRest(job, tools);
  if (isSettled(job, rests)) return asItStands(job, messageFor(job.target), tools.now());
  if (memory.values && isHealable(job, rests, tools.drift)) {
    // Drift and changed transformations need no server.
    const healed = await produced(job, memory.values, tools, signal);
    return rests ? healed : { ...healed, againAfterMs: 1 };
  }
  return await refreshed(job, begin(job, tools, signal), tools, signal);
}

async function refreshed(
  job: Job,
  { answer, began }: Reading,
  tools: StaticSecretTools,
  signal: AbortSignal,
): Promise<Settled> {
  const { memory, stands: isThere, sources } = job;
  const value = await answer;
  if (value !== 'same') return await produced(job, value, tools, signal, began);
  const isSame = isThere && (memory.sources === undefined || memory.sources === sources);
  if (isSame) return succeeded(job, tools, { began, message: messageFor(job.target) });
  // The transformations are others, or the Secret is, all the same.
  if (memory.values) return await produced(job, memory.values, tools, signal, began);
  memory.state = undefined;
  return await refreshed(job, begin({ ...job, due: 'changed' }, tools, signal), tools, signal);
}

async function produced(
  job: Job,
  value: RemoteValue,
  tools: StaticSecretTools,
  signal: AbortSignal,
  began?: Date,
): Promise<Settled> {
  const { object, target, memory } = job;
  const { items, meaning } = await assembled(job, value, tools);
  const shape = shapeOf(object, target, items, tools.collection);
  checkShape(shape, tools.allowedTypes);
  const digest = tools.drift === 'detect' ? valuesDigest(tools.fingerprintKey(), items) : undefined;
  const isEqual = digest === undefined || memory.made === undefined ? !began : memory.made === digest;
  const isDrift = !job.stands && isKnownState(job) && isEqual;
  if (isDrift) checkPatience(job, tools);
  const detectOnly = tools.drift === 'detect' && isDrift;
  const written = await tools.secrets.write(shape, target.claim, items, { detectOnly, signal });
  memory.left = written.left;
  memory.made = digest;
  memory.state = value.state;
  memory.note = restartNote({
    object,
    isAsked: restartsOf(object) !== undefined,
    before: memory.note,
    isUnchanged: began === undefined,
    values: meaning,
    written: { changedValues: written.changedValues && written.words.some(isOfValues(written, meaning)) },
    fingerprintKey: tools.fingerprintKey(),
    now: tools.now(),
  });
  if (target.create) await removeOutgrown({ object, target, names: tools.outgrown(object, target) }, tools, signal);
  const isRepair = written.did !== 'nothing' && !job.stands && isKnownState(job);
  if (isRepair) {
    tools.metrics.driftRepairs.inc({ kind: 'VaultStaticSecret' });
    tools.patience.note(job.key);
  }
  return succeeded(job, tools, {
    message: messageFor(target, shape),
    began,
    value,
    items,
    ...(written.did !== 'nothing' && { change: changeOf(written, shape, isRepair) }),
  });
}

async function assembled({ object: { metadata, spec }, target }: Job, value: RemoteValue, tools: StaticSecretTools) {
  const plan = await staticPlan(spec.destination.transformation, {
    namespace: target.namespace,
    find: ({ namespace, name }) => transformationAt(`${namespace}/${name}`, tools),
  });
  const { labels, annotations } = metadata;
  return assembleStatic(value, plan, { type: spec.type, labels, annotations, key: `${spec.mount}/${spec.path}` });
}

const transformationAt = (key: string, { directory }: StaticSecretTools) => {
  const transformation = directory.transformation(key);
  return transformation && (transformation.spec ?? {});
};

// A new version with equal values is told by `_raw` alone, and is no change for a workload.
const isOfValues =
  ({ before = {} }: Written, meaning: SecretValues) =>
  (word: Written['words'][number]) =>
    word.startsWith('item ') && (word !== `item ${rawItem}` || !isSameData(before[rawItem], meaning.get(rawItem)));

// KV v2 puts the metadata behind the data.
function isSameData(before: string | undefined, data: SecretBytes | undefined): boolean {
  if (before === undefined || data === undefined) return true;
  const start = Buffer.concat([utf8Bytes('{"data":'), data.reveal(), utf8Bytes(',"metadata":')]);
  return Buffer.from(before, 'base64').subarray(0, start.length).equals(start);
}

function checkPatience({ key, target }: Job, { patience }: StaticSecretTools): void {
  const leftMs = patience.leftMs(key);
  if (leftMs === 0) return;
  throw new Waiting('Conflict', `Secret ${target.name} is changed or deleted again and again`, leftMs, {
    hint: 'find who does it, such as another controller',
  });
}

// The same was asked for at the last success: whatever differed, someone else did.
const isKnownState = ({ version, memory }: Job) => memory.version === version && memory.left !== undefined;
