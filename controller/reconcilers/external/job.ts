// What is known of an ExternalSecret before anything is read: whether its spec can be, whose the Secret is, and what is due.

import { findCondition } from '../../../src/kube/conditions.ts';
import { externalSecretViolations } from '../../../src/kube/external-secret-rules.ts';
import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import { objectKey } from '../../../src/kube/objects.ts';
import { adviceOf } from '../../../src/kube/reasons.ts';
import { externalIntervalMs } from '../../../src/kube/refresh-interval.ts';
import { Stalled, Waiting } from '../../engine/outcome.ts';
import { hasItsHash } from '../../secret/eso.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import type { Memory, Untold } from '../memory.ts';
import type { Outlook } from '../outlook.ts';
import { wasSynced } from './failure.ts';
import { versionOf } from './kept.ts';
import { refreshDue } from './refresh.ts';
import { goesWith, type Target, targetOf } from './target.ts';
import type { ExternalSecretTools } from './tools.ts';
import type { Reading } from './values.ts';

/** One look at one ExternalSecret. */
export interface Job extends Outlook<ExternalSecret, NamedValues, Reading> {
  target: Target;
  /** Done, but not told. */
  untold: Untold | undefined;
}

/** As `jobNow`; a Secret that nothing is remembered of is looked at first. */
export async function jobOf(object: ExternalSecret, tools: ExternalSecretTools, signal: AbortSignal): Promise<Job> {
  const job = jobNow(object, tools);
  if (isRecognised(job)) return job;
  job.memory.left = await recognised(job, tools, signal);
  return { ...job, stands: stands(object, job.target, tools) };
}

// By the hash of its data, which External Secrets Operator leaves there as well.
async function recognised({ target }: Job, { secrets }: ExternalSecretTools, signal: AbortSignal) {
  const { isExternal = false, dataHash } = secrets.seen(target) ?? {};
  if (!isExternal || dataHash === undefined) return undefined;
  return await secrets.recognised(target, target.claim, hasItsHash, signal);
}

/** What was left of the Secret is remembered, or nothing was. */
export const isRecognised = ({ memory, target, object }: Job) =>
  memory.left !== undefined || target.creation === 'None' || !wasSynced(object);

/** Throws `Stalled` or `Waiting` for what cannot be, before anything is read from a store. */
export function jobNow(object: ExternalSecret, tools: ExternalSecretTools): Job {
  checkSpec(object);
  const key = objectKey(object);
  const target = targetOf(object);
  checkTarget(object, target, tools);
  const memory = tools.memories.of(key, object);
  const version = versionOf(object);
  const untold = untoldOf(object, memory, version);
  const { refreshTime } = object.status ?? {};
  const at = memory.refreshedAt ?? (refreshTime ? new Date(refreshTime) : undefined);
  return {
    object,
    key,
    target,
    memory,
    version,
    untold,
    due: refreshDue(
      { ...object, status: { ...object.status, ...untold?.fields } },
      { at, earlierMs: memory.earlierMs, now: tools.now() },
    ),
    stands: stands(object, target, tools),
    sources: tools.sourcesDigest(object),
  };
}

function untoldOf(
  { status }: ExternalSecret,
  { untold }: Memory<NamedValues, Reading>,
  version: string,
): Untold | undefined {
  return untold?.as === version && status?.syncedResourceVersion !== version ? untold : undefined;
}

function checkSpec({ spec }: ExternalSecret): void {
  const [violation] = externalSecretViolations(spec);
  if (violation) throw new Stalled('InvalidSpec', `${violation.path}: ${violation.message}`);
  const unsupported = unsupportedIn(spec);
  if (unsupported) throw new Stalled('Unsupported', unsupported, { hint: adviceOf('Unsupported') });
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
  const { kind } = tools.secrets.check(target, target.claim);
  if (kind === 'absent' && target.creation === 'Merge') {
    throw new Waiting(
      'SecretMissing',
      `there is no Secret ${target.name} to merge into`,
      externalIntervalMs(object) || 300_000,
      { hint: 'make it, or set spec.target.creationPolicy to CreateOrMerge' },
    );
  }
  const rival = tools.rivalOf(object, target);
  if (rival !== undefined) {
    throw new Stalled('NotOwned', `Secret ${target.name} is the target of ExternalSecret ${rival} as well`, {
      hint: 'choose another spec.target.name',
    });
  }
}

/** Whether the Secret is as the last success left it. */
export function stands(object: ExternalSecret, target: Target, tools: ExternalSecretTools): boolean {
  const { secrets, memories, collection } = tools;
  if (target.creation === 'None') return true;
  // The setting was another one when it was left.
  const isGraced = secrets.seen(target)?.ownedBy === object.kind;
  if (isGraced !== (collection === 'grace' && goesWith(object, target))) return false;
  const isDeleted = findCondition(object.status?.conditions, 'Ready')?.reason === 'SecretDeleted';
  if (isDeleted && !secrets.seen(target)) return true;
  return secrets.stands(target, target.claim, memories.peek(objectKey(object))?.left);
}
