// What is known of a VaultStaticSecret before anything is read: whether its spec can be, whose the Secret is, and what is due.

import type { Secret } from '../../../src/kube/objects.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { vaultStaticSecretViolations } from '../../../src/kube/vault-secret-rules.ts';
import type { VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { Stalled } from '../../engine/outcome.ts';
import { syncedResourceVersion } from '../../secret/eso.ts';
import { missing } from '../../secret/refusals.ts';
import { secretMac } from '../../stores/data/static/mac.ts';
import type { RemoteValue } from '../../stores/store.ts';
import type { Outlook } from '../outlook.ts';
import { readDue, wasSynced } from './due.ts';
import { type Target, targetOf } from './target.ts';
import type { Reading, StaticSecretTools } from './tools.ts';

/** One look at one VaultStaticSecret. */
export interface Job extends Outlook<VaultStaticSecret, RemoteValue, Reading> {
  target: Target;
}

/** Throws `Stalled` or `Waiting` for what cannot be, before anything is read from a server. */
export async function jobOf(object: VaultStaticSecret, tools: StaticSecretTools, signal: AbortSignal): Promise<Job> {
  const job = jobNow(object, tools);
  if (isRecognised(job)) return job;
  job.memory.left = await recognised(object, job.target, tools, signal);
  return { ...job, stands: stands(object, tools) };
}

/** As `Outlook.version`. */
export const versionOf = ({ metadata }: VaultStaticSecret) => syncedResourceVersion(metadata);

/** Whether it is known how the Secret was left, as far as it can be. */
export const isRecognised = ({ object, memory }: Job) => memory.left !== undefined || !wasSynced(object);

/** The job as far as it is known without a call. Throws as `jobOf`. */
export function jobNow(object: VaultStaticSecret, tools: StaticSecretTools): Job {
  const [violation] = vaultStaticSecretViolations(object.spec);
  if (violation) throw new Stalled('InvalidSpec', `${violation.path}: ${violation.message}`);
  const key = objectKey(object);
  const target = targetOf(object);
  checkTarget(object, target, tools);
  const memory = tools.memories.of(key, object);
  const version = versionOf(object);
  return {
    object,
    key,
    target,
    memory,
    version,
    due: readDue(object, version, {
      at: memory.refreshedAt,
      earlierMs: memory.earlierMs,
      version: memory.version,
      told: memory.told,
      now: tools.now(),
    }),
    stands: stands(object, tools),
    sources: tools.sourcesDigest(object),
  };
}

// Before anything is read: a Secret of someone else costs nothing.
function checkTarget(object: VaultStaticSecret, target: Target, { secrets, rivalOf }: StaticSecretTools): void {
  const { kind } = secrets.check(target, target.claim);
  if (kind === 'absent' && !target.create) throw missing(target);
  const rival = rivalOf(object, target);
  if (rival === undefined) return;
  throw new Stalled('NotOwned', `Secret ${target.name} is the destination of VaultStaticSecret ${rival} as well`, {
    hint: 'choose another spec.destination.name',
  });
}

// The status that was written by the reference, or into its definition, tells what the Secret was left as by its MAC alone.
function recognised({ status }: VaultStaticSecret, target: Target, tools: StaticSecretTools, signal: AbortSignal) {
  const { secretMAC } = status ?? {};
  if (secretMAC === undefined) return undefined;
  const isSame = ({ data = {} }: Secret) => {
    const values = Object.entries(data).map(
      ([item, text]) => [item, new SecretBytes(Buffer.from(text, 'base64'))] as const,
    );
    return secretMac(tools.macKey(), new Map(values)) === secretMAC;
  };
  return tools.secrets.recognised(target, target.claim, isSame, signal);
}

/** Whether the Secret is as the last success left it. */
export function stands(object: VaultStaticSecret, { secrets, memories }: StaticSecretTools): boolean {
  const target = targetOf(object);
  return secrets.stands(target, target.claim, memories.peek(objectKey(object))?.left);
}
