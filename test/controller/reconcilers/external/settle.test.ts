// How a look at an ExternalSecret ends.

import { expect, test } from 'vitest';
import type { Job } from '../../../../controller/reconcilers/external/job.ts';
import { Memories } from '../../../../controller/reconcilers/external/memory.ts';
import { succeeded } from '../../../../controller/reconcilers/external/settle.ts';
import { targetOf } from '../../../../controller/reconcilers/external/target.ts';
import type { ExternalSecretTools } from '../../../../controller/reconcilers/external/tools.ts';
import { syncedResourceVersion } from '../../../../controller/secret/eso.ts';
import type { ExternalSecret } from '../../../../src/kube/external-secrets.ts';

test('a refresh that took longer than its interval is followed by another', () => {
  const now = new Date('2026-06-03T12:00:00Z');
  const object: ExternalSecret = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'db', namespace: 'default', generation: 1 },
    spec: { refreshInterval: '10s' },
  };
  const memories = new Memories();
  const job = {
    object,
    key: 'default/db',
    target: targetOf(object),
    memory: memories.of('default/db', object),
    version: syncedResourceVersion(object.metadata),
    due: 'first',
    untold: undefined,
    stands: true,
    sources: undefined,
  } satisfies Job;
  const tools = { memories, random: () => 0.5, now: () => now } as unknown as ExternalSecretTools;
  const read = { began: new Date(now.getTime() - 12_000) };
  const { againAfterMs } = succeeded(job, new Map(), tools, { message: 'made', read });
  expect(againAfterMs).toBe(1_000);
});
