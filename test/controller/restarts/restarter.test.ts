// Workloads restarted after a change: once, and none that others have restarted since.

import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../controller/metrics/metrics.ts';
import { Restarter } from '../../../controller/restarts/restarter.ts';
import type { Workload } from '../../../controller/restarts/targets.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { FakeClock } from '../../support/clock.ts';

const refused = (status: number) => new ApiError('KUBE_TEST', 'refused', { status, reason: 'Test' });

/** A cluster with one Deployment, `api`, that refuses what `refusals` holds, in turn. */
function stage() {
  const clock = new FakeClock();
  const events: string[] = [];
  const metrics = createMetrics();
  const refusals: number[] = [];
  let version = 1;
  let live: Workload = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'shop', name: 'api' } };
  const restarts: string[] = [];
  const kube = {
    async get(_: unknown, { name }: { name: string }) {
      if (name !== 'api') throw refused(404);
      return { ...live, metadata: { ...live.metadata, resourceVersion: String(version) } };
    },
    async apply(_: unknown, wanted: Workload) {
      const refusal = refusals.shift();
      if (refusal) throw refused(refusal);
      if (wanted.metadata.resourceVersion !== String(version)) throw refused(409);
      version += 1;
      live = { ...live, ...wanted };
      restarts.push(clock.now().toISOString());
      return live;
    },
  } as unknown as Pick<KubeApi, 'get' | 'apply'>;
  const restarter = new Restarter({
    kube,
    clock,
    metrics,
    windowMs: 10_000,
    log: { warn: () => {} },
    events: { emit: ({ type, reason, message }) => void events.push(`${type} ${reason}: ${message}`) },
  });
  const settle = (text: string, changedAt: Date) =>
    restarter.settle(
      {
        apiVersion: 'v1',
        kind: 'X',
        metadata: { namespace: 'shop', name: 'db', annotations: { 'sealwright.dev/restart': text } },
      },
      changedAt,
      new AbortController().signal,
    );
  return { clock, events, metrics, refusals, restarts, settle };
}

describe('a workload whose values changed', () => {
  it('is restarted at once when the change seems to lie ahead: the clock was set back', async () => {
    const { clock, restarts, settle } = stage();
    expect(await settle('Deployment/api', new Date(clock.now().getTime() + 86_400_000))).toBeUndefined();
    expect(restarts).toHaveLength(1);
  });

  it('is restarted after the window, once for all changes in it, whoever made them', async () => {
    const { clock, restarts, events, settle } = stage();
    const first = clock.now();
    expect(await settle('Deployment/api', first)).toBe(10_000);
    await clock.advance(4_000);
    const second = clock.now();
    expect(await settle('Deployment/api', second)).toBe(10_000);
    await clock.advance(6_000);
    expect(await settle('Deployment/api', first)).toBeUndefined();
    await clock.advance(4_000);
    expect(await settle('Deployment/api', second)).toBeUndefined();
    expect(restarts).toEqual(['2026-01-01T00:00:10.000Z']);
    expect(events).toEqual(['Normal Restarted: Deployment api was restarted, since values changed']);
  });

  it('is restarted once by two that find it due at the same moment', async () => {
    const { clock, restarts, settle } = stage();
    const changedAt = clock.now();
    await clock.advance(10_000);
    expect(await Promise.all([settle('Deployment/api', changedAt), settle('Deployment/api', changedAt)])).toEqual([
      undefined,
      undefined,
    ]);
    expect(restarts).toHaveLength(1);
  });

  it('is restarted again for a change after the restart, and never twice within a window', async () => {
    const { clock, restarts, settle } = stage();
    const first = clock.now();
    await clock.advance(10_000);
    await settle('Deployment/api', first);
    await clock.advance(1);
    const second = clock.now();
    expect(await settle('Deployment/api', second)).toBe(10_000);
    await clock.advance(10_000);
    await settle('Deployment/api', second);
    expect(restarts).toEqual(['2026-01-01T00:00:10.000Z', '2026-01-01T00:00:20.001Z']);
  });

  it('is tried again while the API server has trouble', async () => {
    const { clock, restarts, refusals, settle } = stage();
    const changedAt = clock.now();
    await clock.advance(10_000);
    refusals.push(503);
    expect(await settle('Deployment/api', changedAt)).toBe(10_000);
    expect(await settle('Deployment/api', changedAt)).toBeUndefined();
    expect(restarts).toHaveLength(1);
  });

  it('that is not there, or may not be changed, is told and done, and keeps no other from its restart', async () => {
    const { clock, restarts, refusals, events, metrics, settle } = stage();
    const changedAt = clock.now();
    await clock.advance(10_000);
    expect(await settle('Pod/x,StatefulSet/gone,Deployment/api', changedAt)).toBeUndefined();
    await clock.advance(1);
    const again = clock.now();
    await clock.advance(10_000);
    refusals.push(403);
    expect(await settle('Deployment/api', again)).toBeUndefined();
    expect(restarts).toHaveLength(1);
    expect(events.map((text) => text.slice(0, 60))).toEqual([
      'Warning RestartFailed: "Pod/x" is no Deployment, StatefulSet',
      'Warning RestartFailed: StatefulSet gone was not restarted: t',
      'Normal Restarted: Deployment api was restarted, since values',
      'Warning RestartFailed: Deployment api was not restarted: the',
    ]);
    expect(await metrics.registry.metrics()).toContain(
      'sealwright_workload_restarts_total{kind="Deployment",result="forbidden"} 1',
    );
  });
});
