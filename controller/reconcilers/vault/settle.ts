// How a look at a VaultStaticSecret that succeeded ends: what the status says and remembers.

import { counted } from '../../../src/counted.ts';
import { findCondition } from '../../../src/kube/conditions.ts';
import { vaultIntervalMs } from '../../../src/kube/refresh-interval.ts';
import { dueAfterMs } from '../../../src/kube/vault-duration.ts';
import type { Settled } from '../../engine/outcome.ts';
import type { SecretShape, SecretValues } from '../../secret/desired.ts';
import { secretMac } from '../../stores/data/static/mac.ts';
import type { RemoteValue } from '../../stores/store.ts';
import { remembered } from '../remembered.ts';
import { againAfter, wordsBefore } from '../settled.ts';
import { readDue } from './due.ts';
import type { Job } from './job.ts';
import type { Target } from './target.ts';
import type { StaticSecretTools } from './tools.ts';

/** What a look came to. */
export interface Success extends Pick<Settled, 'message' | 'change'> {
  /** When the read began; undefined where the server was not asked. */
  began: Date | undefined;
  /** What was read, and what was made of it; undefined where it is the same as before. */
  value?: RemoteValue;
  items?: SecretValues;
}

/** The object is as its spec asks; what is remembered of it, and when it is looked at again. */
export function succeeded(job: Job, tools: StaticSecretTools, success: Success): Settled {
  const { object, memory, key, version } = job;
  const { began, value, items, message, change } = success;
  memory.sources = job.sources;
  memory.version = version;
  memory.isAmiss = false;
  if (began) {
    const intervalMs = vaultIntervalMs(object) ?? 0;
    memory.refreshedAt = began;
    memory.earlierMs = intervalMs - dueAfterMs(intervalMs, tools.random());
    memory.notBefore = undefined;
  }
  if (value) tools.memories.keep(key, value, version);
  const fields = fieldsOf(job, items, tools);
  const status = { ...object.status, ...fields };
  const next = readDue({ ...object, status }, version, {
    at: memory.refreshedAt,
    earlierMs: memory.earlierMs,
    version,
    now: tools.now(),
  });
  const stale = began ? undefined : findCondition(object.status?.conditions, 'Stale')?.message;
  return {
    ...(items ? { message } : wordsBefore(job, message)),
    ...(change && { change }),
    ...(stale && { notes: { Stale: stale } }),
    fields,
    ...againAfter(next),
    ...remembered(job),
  };
}

function fieldsOf({ object }: Job, items: SecretValues | undefined, tools: StaticSecretTools): Record<string, unknown> {
  const { hmacSecretData = true } = object.spec;
  return {
    lastGeneration: object.metadata.generation ?? 0,
    ...(items && hmacSecretData && { secretMAC: secretMac(tools.macKey(), items) }),
  };
}

/** What Ready says. */
export function messageFor({ name }: Target, shape?: SecretShape): string {
  if (!shape) return `Secret ${name} carries what Vault gave`;
  const { length } = shape.items;
  return `Secret ${name} has ${counted(length, 'item')}`;
}
