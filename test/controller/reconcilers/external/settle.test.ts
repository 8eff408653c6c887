// How a look at an ExternalSecret ends.

import { describe, expect, test } from 'vitest';
import type { Job } from '../../../../controller/reconcilers/external/job.ts';
import { quiet, succeeded } from '../../../../controller/reconcilers/external/settle.ts';
import { targetOf } from '../../../../controller/reconcilers/external/target.ts';
import type { ExternalSecretTools } from '../../../../controller/reconcilers/external/tools.ts';
import type { Reading } from '../../../../controller/reconcilers/external/values.ts';
import { Memories } from '../../../../controller/reconcilers/memory.ts';
import { syncedResourceVersion } from '../../../../controller/secret/eso.ts';
import type { NamedValues } from '../../../../controller/stores/data/names.ts';
import type { ExternalSecret } from '../../../../src/kube/external-secrets.ts';
import type { Condition } from '../../../../src/kube/objects.ts';

const now = new Date('2026-06-03T12:00:00Z');

function jobWith(conditions: Condition[] = [], untold?: Job['untold']) {
  const object: ExternalSecret = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'db', namespace: 'default', generation: 1 },
    spec: { refreshInterval: '10s' },
    status: { conditions },
  };
  const memories = new Memories<NamedValues, Reading>(() => 0);
  const job: Job = {
    object,
    key: 'default/db',
    target: targetOf(object),
    memory: memories.of('default/db', object),
    version: syncedResourceVersion(object.metadata),
    due: 'first',
    untold,
    stands: true,
    sources: undefined,
  };
  return { job, tools: { memories, random: () => 0.5, now: () => now } as unknown as ExternalSecretTools };
}

test('a refresh that took longer than its interval is followed by another', () => {
  const { job, tools } = jobWith();
  const read = { began: new Date(now.getTime() - 12_000) };
  const { againAfterMs } = succeeded(job, new Map(), tools, { message: 'made', read });
  expect(againAfterMs).toBe(1_000);
});

describe('where nothing is due', () => {
  const ready: Condition = { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'as it was' };
  const stale: Condition = { type: 'Stale', status: 'True', reason: 'Denied', message: 'Denied: no' };

  test('what stood is said again, and what was stale is so still', () => {
    const { job, tools } = jobWith([ready, stale]);
    expect(quiet({ ...job, due: { afterMs: 7 } }, tools)).toEqual({
      reason: 'SecretSynced',
      message: 'as it was',
      notes: { Stale: 'Denied: no' },
      againAfterMs: 7,
    });
  });

  test('what was done and not told yet is told, and is fresh', () => {
    const fields = { refreshTime: 'now' };
    const { job, tools } = jobWith([ready, stale], { as: '1', message: 'made', fields });
    expect(quiet({ ...job, due: { afterMs: 7 } }, tools)).toEqual({
      reason: 'SecretSynced',
      message: 'made',
      fields,
      againAfterMs: 7,
    });
  });

  test('what was stale for too long stays so until a refresh succeeds, whenever that may be', () => {
    const { job, tools } = jobWith([{ ...ready, status: 'False' }, stale]);
    expect(() => quiet({ ...job, due: { afterMs: 7 } }, tools)).toThrow(
      expect.objectContaining({ reason: 'Denied', message: 'no', afterMs: 7 }),
    );
    expect(quiet({ ...job, due: { afterMs: undefined } }, tools)).toMatchObject({ notes: { Stale: 'Denied: no' } });
  });
});
