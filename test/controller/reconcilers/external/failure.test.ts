// How a failing look ends: what is told, and what is not told again.

import { describe, expect, it } from 'vitest';
import { externalFailure } from '../../../../controller/reconcilers/external/failure.ts';
import { StoreError } from '../../../../controller/stores/store.ts';
import type { ExternalSecret } from '../../../../src/kube/external-secrets.ts';

const now = new Date('2026-01-01T00:00:10Z');

function failed(error: unknown, { told, generation = 1 }: { told?: string; generation?: number } = {}) {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  const at = { lastTransitionTime, observedGeneration: 1, status: 'True' } as const;
  const object = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'db', namespace: 'shop', generation },
    spec: {},
    status: {
      observedGeneration: 1,
      syncedResourceVersion: `${generation}-x`,
      conditions: [
        { ...at, type: 'Ready', reason: 'SecretSynced', message: 'Secret db has 1 item' },
        ...(told ? [{ ...at, type: 'Stale', reason: told.split(':', 1)[0] ?? '', message: told }] : []),
      ],
    },
  } as unknown as ExternalSecret;
  return externalFailure(error, { object, stands: true, maxStalenessMs: 60_000, now }).verdict;
}

const down = (message: string) => new StoreError('Unavailable', message, { provider: 'vault' });
const denied = (message: string) => new StoreError('Denied', message, { provider: 'vault' });

describe('what is told of a store that is down', () => {
  it('stays as it was first told, however each attempt fails', () => {
    const told = 'Unavailable: vault: connection refused';
    expect(failed(down('"db" was not read: vault does not answer'), { told }).notes).toEqual({ Stale: told });
  });

  it('is told anew for another class, for a definite answer, and for another generation', () => {
    const told = 'Unavailable: vault: connection refused';
    expect(failed(denied('reading "db" was denied'), { told }).notes?.Stale).toContain('Denied: reading "db"');
    const before = 'Denied: reading "old" was denied';
    expect(failed(denied('reading "db" was denied'), { told: before }).notes?.Stale).toContain('"db"');
    expect(failed(down('"db" was not read'), { told, generation: 2 }).notes?.Stale).toContain('"db" was not read');
  });

  it('is told at first', () => {
    expect(failed(down('"db" was not read')).notes?.Stale).toContain('Unavailable: "db" was not read');
  });
});
