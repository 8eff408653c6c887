// How a look at an ExternalSecret that succeeded ends: what the status says and remembers, and the event.

import { counted } from '../../../src/counted.ts';
import { findCondition } from '../../../src/kube/conditions.ts';
import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import type { Reason } from '../../../src/kube/reasons.ts';
import { externalIntervalMs } from '../../../src/kube/refresh-interval.ts';
import { type Settled, Waiting } from '../../engine/outcome.ts';
import type { SecretShape } from '../../secret/desired.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import { remembered } from '../remembered.ts';
import { againAfter, asItStands } from '../settled.ts';
import type { Job } from './job.ts';
import { refreshDue, spreadOf } from './refresh.ts';
import type { Target } from './target.ts';
import type { ExternalSecretTools } from './tools.ts';
import type { Read } from './values.ts';

// A source that is gone must be gone at two looks before anything is deleted for it.
const secondLookMs = 5_000;

// How often refreshTime alone is worth a write.
const refreshTimeMs = 600_000;

/** What a look came to. */
export interface Success extends Pick<Settled, 'message' | 'reason' | 'change'> {
  /** When what the stores gave was read; undefined where no store was asked. */
  read: Pick<Read, 'began'> | undefined;
}

/** The object is as its spec asks; what is remembered of it, and when it is looked at again. */
export function succeeded(job: Job, values: NamedValues, tools: ExternalSecretTools, success: Success): Settled {
  const { object, memory, key } = job;
  const { read, message, reason, change } = success;
  const began = read?.began;
  memory.sources = job.sources;
  if (read) {
    memory.refreshedAt = read.began;
    memory.earlierMs = tools.random() * spreadOf(externalIntervalMs(object));
    memory.notBefore = undefined;
    tools.memories.keep(key, values, job.version);
  }
  const stale = began || job.untold ? undefined : findCondition(object.status?.conditions, 'Stale')?.message;
  const fields = { ...job.untold?.fields, ...fieldsOf(job, began) };
  memory.untold = { as: job.version, message, ...(reason !== undefined && { reason }), fields };
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
    mayWait: true,
    ...againAfter(next),
    ...remembered(job),
  };
}

/** Nothing is due and nothing differs; what was done before is told, where it was not yet. */
export function quiet(job: Job, { now }: Pick<ExternalSecretTools, 'now'>): Settled {
  const settled = asItStands(job, messageFor(job.target), now());
  const { object, untold } = job;
  if (!untold) {
    checkNotFailing(object, settled);
    return settled;
  }
  const { as: _, ...told } = untold;
  const { notes: __, ...rest } = settled;
  return { ...rest, ...told };
}

// Values that were stale for too long are so until a refresh succeeds, and a closed window does not let it come.
function checkNotFailing({ status }: ExternalSecret, { againAfterMs }: Settled): void {
  const stale = findCondition(status?.conditions, 'Stale');
  if (!stale || againAfterMs === undefined || findCondition(status?.conditions, 'Ready')?.status === 'True') return;
  const { reason = '', message = '' } = stale;
  throw new Waiting(reason as Reason, message.replace(`${reason}: `, ''), againAfterMs);
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

/** Nothing is deleted at the first look: Ready as it stood, for now, where it stood; else `Waiting`, which says why not. */
export function untilSecondLook({ object, target }: Job, missing: string): Settled {
  const { conditions } = object.status ?? {};
  const ready = findCondition(conditions, 'Ready');
  if (ready?.status !== 'True') {
    throw new Waiting('NotFound', missing, secondLookMs, {
      hint: 'if it is missing at the next look, it is taken for gone',
    });
  }
  const { reason = 'SecretSynced', message = messageFor(target) } = ready;
  const stale = findCondition(conditions, 'Stale')?.message;
  return { reason, message, ...(stale && { notes: { Stale: stale } }), againAfterMs: secondLookMs };
}

/** What Ready says. */
export function messageFor({ creation, name }: Target, shape?: SecretShape): string {
  if (creation === 'None') return 'values were read, and creationPolicy None makes no Secret';
  if (!shape) return `Secret ${name} carries what the stores gave`;
  const { length } = shape.items;
  return `Secret ${name} has ${counted(length, 'item')}`;
}
