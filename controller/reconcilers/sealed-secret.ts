// SealedSecret → Secret.

import { isDeepStrictEqual } from 'node:util';
import type { OpenedMemory } from '../../keys/memory.ts';
import { counted } from '../../src/counted.ts';
import { isSealError } from '../../src/errors.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { objectKey } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { objectAnnotations } from '../../src/kube/secret-rules.ts';
import { SecretBytes } from '../../src/redact.ts';
import type { Opener } from '../../src/seal/opener.ts';
import { labelText } from '../../src/seal/scope.ts';
import { checkSealedSecret, sealedForOf } from '../../src/seal/sealed-secret.ts';
import { type OpenedItems, openItems } from '../../src/seal/unseal.ts';
import { budgetOfObject } from '../../src/template/budget.ts';
import { loadRenderer } from '../../src/template/late.ts';
import type { Barrier } from '../engine/barrier.ts';
import { type Settled, Waiting } from '../engine/outcome.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Restarter } from '../restarts/restarter.ts';
import {
  type Collection,
  checkShape,
  fingerprintOf,
  ownerReferenceTo,
  type SecretShape,
  type SecretValues,
  shapeOf,
  withFingerprint,
} from '../secret/desired.ts';
import type { SecretRecord } from '../secret/left.ts';
import type { Claim } from '../secret/ownership.ts';
import type { Removals } from '../secret/removal.ts';
import type { SecretWriter, Written } from '../secret/writer.ts';
import { changeOf } from './change.ts';
import { ciphertextDigest } from './kept-sealed-secret.ts';
import type { KeyUsage } from './key-usage.ts';
import { openFailure } from './open-failure.ts';
import type { Patience } from './patience.ts';
import { restartNote } from './restart-note.ts';
import type { Reconciler } from './shell.ts';

/** What the body works with. */
export interface SealedSecretTools {
  /** An object with its ciphertext, which is not kept for ever. Throws `ApiError`, `Waiting`. */
  whole(object: SealedSecret, signal: AbortSignal): Promise<SealedSecret>;
  secrets: SecretWriter;
  /** The keys there are now. */
  keys: Opener & { get(id: string): unknown };
  /** What they opened before. */
  memory: OpenedMemory;
  usage: KeyUsage;
  metrics: Pick<Metrics, 'driftRepairs' | 'unseals'>;
  restarts: Pick<Restarter, 'settle'>;
  removals: Pick<Removals, 'settle'>;
  collection: Collection;
  /** Keys the fingerprints of what Secrets were made from. */
  fingerprintKey: Uint8Array;
  allowedTypes: readonly string[] | undefined;
  drift: 'correct' | 'detect';
  /** Whether the status can hold the fingerprint; where not, the Secret does. */
  statusRoom: { keeps: boolean | undefined };
  /** What this process last found right, by key; it outlives a status that cannot hold it. */
  records: Map<string, SecretRecord>;
  /** Keeps it from fighting with others at full speed. */
  patience: Patience;
  /** Makes Secrets that were opened about the same time be written together. */
  volley: Barrier;
  now: () => Date;
}

/** The body, for the shell. */
export const sealedSecret: Reconciler<SealedSecret, SealedSecretTools> = {
  resource: resources.sealedSecret,
  mirrors: ['Synced'],
  settledReason: 'Unsealed',

  async body(object, tools, signal) {
    checkSealedSecret(object);
    const job = jobOf(object, tools);
    if (tools.secrets.isAsLeft(job.shape, job.claim, job.record, job.fingerprint)) {
      return await withRestarts(job, asLeft(job), tools, signal);
    }
    // Before anything is opened: a Secret of someone else costs nothing.
    checkShape(job.shape, tools.allowedTypes);
    tools.secrets.check(job.shape, job.claim);
    checkPatience(job, tools);
    const opened = await tools.volley.after(
      () => openAll(job, tools, signal),
      // What came from memory is written at once, whatever is being opened.
      ({ decrypted }) => decrypted > 0,
    );
    const detectOnly = tools.drift === 'detect' && isUnchanged(job);
    const writing = tools.secrets.write(opened.shape, job.claim, opened.values, { detectOnly, signal });
    const written = await writing.catch((error) => {
      doubt(job, tools);
      throw error;
    });
    return await withRestarts(job, settle(job, opened, written, tools), tools, signal);
  },

  gone: (key, { removals }, signal) => removals.settle(key, signal),

  forget(key, { records, usage, patience }) {
    patience.forget(key);
    records.delete(key);
    usage.forget(key);
  },
};

interface Job {
  object: SealedSecret;
  key: string;
  shape: SecretShape;
  claim: Claim;
  fingerprint: string;
  /** The Secret as last known to be right. */
  record: SecretRecord | undefined;
  /** What the status says of it. */
  inStatus: SecretRecord | undefined;
}

function jobOf(object: SealedSecret, tools: SealedSecretTools): Job {
  const key = objectKey(object);
  const bare = shapeOf(object, tools.collection);
  const { data, template } = object.spec;
  const label = labelText(sealedForOf(object));
  const source = { label, encryptedData: ciphertextDigest(object), data, templates: template?.data };
  const fingerprint = fingerprintOf(tools.fingerprintKey, bare, source);
  const { sealwright } = object.status ?? {};
  const inStatus = sealwright?.fingerprint
    ? { ...sealwright, fingerprint: sealwright.fingerprint, secret: sealwright.secret }
    : undefined;
  const onSecret = tools.secrets.seen(bare)?.fingerprint;
  return {
    object,
    key,
    shape: tools.statusRoom.keeps === false ? withFingerprint(bare, fingerprint) : bare,
    claim: {
      owner: ownerReferenceTo(object),
      mayAdopt: object.metadata.annotations?.[objectAnnotations.adopt] === 'true',
    },
    fingerprint,
    record:
      tools.records.get(key) ??
      inStatus ??
      (onSecret === undefined ? undefined : { fingerprint: onSecret, secret: undefined }),
    inStatus,
  };
}

// The inputs are those of the last success: whatever differs now, someone else did.
const isUnchanged = ({ record, fingerprint }: Job) => record?.fingerprint === fingerprint;

// Whatever was sent may have been done, and a time to the second does not tell: it is not known any more what the Secret is made from.
function doubt(job: Job, { records }: SealedSecretTools): void {
  if (job.record && !isUnchanged(job)) records.set(job.key, { ...job.record, fingerprint: '' });
}

// The other may be the garbage collector, where a template names an owner that is not there.
function checkPatience(job: Job, { patience }: SealedSecretTools): void {
  const leftMs = isUnchanged(job) ? patience.leftMs(job.key) : 0;
  if (leftMs === 0) return;
  throw new Waiting('Conflict', `Secret ${job.shape.name} is changed or deleted again and again`, leftMs, {
    hint: 'find who does it: another controller, or an owner in spec.template that is not there',
  });
}

interface Opened {
  shape: SecretShape;
  values: SecretValues;
  /** How many values took a private key. */
  decrypted: number;
}

async function openAll(job: Job, tools: SealedSecretTools, signal: AbortSignal): Promise<Opened> {
  const { key, shape } = job;
  const object = await tools.whole(job.object, signal);
  let decrypted = 0;
  const opener: Opener = {
    open: async (request) => {
      const opened = await tools.keys.open(request);
      tools.metrics.unseals.inc();
      decrypted += 1;
      return opened;
    },
  };
  const usage = tools.usage.of(key);
  try {
    const opened = await openItems(object, {
      opener: tools.memory.over(opener),
      onOpened: (item, id) => usage.set(item, id),
    });
    const values = await withTemplates(opened);
    return { shape: isLegacy(object) ? legacyShape(object, opened, shape, tools) : shape, values, decrypted };
  } catch (error) {
    throw isSealError(error) ? openFailure(error, object, tools.keys, tools.now()) : error;
  }
}

const isLegacy = ({ spec }: SealedSecret) => typeof spec.data === 'string';

// In the first format the whole Secret is sealed, its metadata too.
function legacyShape(
  object: SealedSecret,
  opened: OpenedItems,
  { annotations }: SecretShape,
  tools: SealedSecretTools,
): SecretShape {
  const { metadata, type = '', immutable = false } = opened;
  const encryptedData = Object.fromEntries([...opened.values.keys()].map((item) => [item, '']));
  const spec = { template: { metadata, type, immutable }, encryptedData };
  const shape = shapeOf({ ...object, spec }, tools.collection);
  checkShape(shape, tools.allowedTypes);
  return { ...shape, annotations: { ...shape.annotations, ...annotations } };
}

/** Renders over the opened values and the other templates' text; a value wins over a template of its name, as in Sealed Secrets ≥ 0.37. */
async function withTemplates({ values, templates }: OpenedItems): Promise<SecretValues> {
  const rendering = [...templates].filter(([item]) => !values.has(item));
  if (rendering.length === 0) return values;
  const { render } = await loadRenderer();
  const texts = [...templates].map(([item, text]) => [item, new SecretBytes(new TextEncoder().encode(text))] as const);
  const data = new Map([...texts, ...values]);
  const shared = budgetOfObject();
  const rendered = rendering.map(([item, text]) => [item, render(text, { name: item, data, shared })] as const);
  return new Map([...rendered, ...values]);
}

const countOf = ({ items }: SecretShape) => counted(items.length, 'item');

const messageFor = (shape: SecretShape) => `Secret ${shape.name} has ${countOf(shape)}`;

function asLeft({ shape, record, inStatus }: Job): Settled {
  // The status was not written after the last success, or cannot hold this.
  const isMissing = record?.secret !== undefined && !isNoted(record, inStatus);
  return { message: messageFor(shape), ...(isMissing && { remember: { ...record } }) };
}

// Another version is none of our doing, and managedFields will tell as much at the next start.
function isNoted(record: SecretRecord, inStatus: SecretRecord | undefined): boolean {
  const withoutVersion = ({ secret, ...rest }: SecretRecord) => ({ ...rest, uid: secret?.uid, time: secret?.time });
  return inStatus !== undefined && isDeepStrictEqual(withoutVersion(record), withoutVersion(inStatus));
}

function settle(job: Job, { shape, values, decrypted }: Opened, written: Written, tools: SealedSecretTools): Settled {
  const { object, key, fingerprint, inStatus } = job;
  const { did } = written;
  const { ours: _, ...secret } = written.left;
  const isRepair = did !== 'nothing' && isUnchanged(job);
  if (isRepair) tools.metrics.driftRepairs.inc({ kind: 'SealedSecret' });
  if (isRepair) tools.patience.note(key);
  const note = restartNote({
    object,
    before: job.record,
    isUnchanged: isUnchanged(job),
    values,
    written,
    fingerprintKey: tools.fingerprintKey,
    now: tools.now(),
  });
  const record: SecretRecord = { secret, fingerprint, ...note };
  tools.records.set(key, record);
  // What had to be opened to be known is worth a write.
  const isWorthNoting = !isNoted(record, inStatus) || (did === 'nothing' && decrypted > 0);
  return {
    message: messageFor(shape),
    ...(did !== 'nothing' && { change: unsealed(written, shape, isRepair) }),
    ...(isWorthNoting && { remember: { ...record } }),
  };
}

// In every look until it is done: a window has to pass, and the API server may have trouble.
async function withRestarts(
  { object, key, record: before }: Job,
  settled: Settled,
  { records, restarts }: SealedSecretTools,
  signal: AbortSignal,
): Promise<Settled> {
  const record = records.get(key) ?? before;
  if (record?.changedAt === undefined) return settled;
  const againAfterMs = await restarts.settle(object, new Date(record.changedAt), signal);
  if (againAfterMs !== undefined) return { ...settled, againAfterMs };
  const { changedAt: _, ...done } = record;
  records.set(key, done);
  return { ...settled, remember: { ...done } };
}

// In the words of the reference, which knows one event for both.
function unsealed(written: Written, shape: SecretShape, isRepair: boolean): NonNullable<Settled['change']> {
  const change = changeOf(written, shape, isRepair);
  if (change.reason === 'Updated') return { ...change, reason: 'Unsealed' };
  if (change.reason !== 'Created') return change;
  return { reason: 'Unsealed', message: `${change.message}, with ${countOf(shape)}` };
}
