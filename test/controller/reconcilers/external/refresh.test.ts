// When an ExternalSecret is due, in tables.

import { describe, expect, it } from 'vitest';
import { refreshDue } from '../../../../controller/reconcilers/external/refresh.ts';
import { untilOpenMs } from '../../../../controller/reconcilers/external/sync-windows.ts';
import { syncedResourceVersion } from '../../../../controller/secret/eso.ts';
import type { ExternalSecret, ExternalSecretSpec } from '../../../../src/kube/external-secrets.ts';
import { externalIntervalMs } from '../../../../src/kube/refresh-interval.ts';

const now = new Date('2026-06-03T12:00:00Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const hour = 3_600_000;

function object(spec: ExternalSecretSpec, { synced = true, annotations = {} } = {}): ExternalSecret {
  const metadata = { name: 'db', namespace: 'default', generation: 1 };
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { ...metadata, annotations },
    spec,
    ...(synced && { status: { syncedResourceVersion: syncedResourceVersion(metadata) } }),
  };
}

const due = (one: ExternalSecret, at: Date | undefined, earlierMs = 0) => refreshDue(one, { at, earlierMs, now });

describe('a refresh', () => {
  it.each([
    [undefined, hour],
    ['', hour],
    ['0', 0],
    ['0s', 0],
    ['1h30m', 1.5 * hour],
    ['-5s', 0],
    ['1ns', 1000],
  ])('interval %s is %d ms', (refreshInterval, ms) => {
    expect(externalIntervalMs(object(refreshInterval === undefined ? {} : { refreshInterval }))).toBe(ms);
  });

  it('is due for what was never synced, whatever the policy', () => {
    for (const refreshPolicy of ['Periodic', 'CreatedOnce', 'OnChange'] as const) {
      expect(due(object({ refreshPolicy }, { synced: false }), undefined)).toBe('first');
    }
  });

  it.each([
    [{}, 'changed'],
    [{ refreshInterval: '0' }, 'changed'],
    [{ refreshPolicy: 'OnChange' }, 'changed'],
    [{ refreshPolicy: 'CreatedOnce' }, { afterMs: undefined }],
  ] as const)('of %j after a changed annotation is %j', (spec, expected) => {
    expect(due(object(spec, { annotations: { 'force-sync': '1' } }), now)).toEqual(expected);
  });

  it.each([
    [{}, 0, { afterMs: hour }],
    [{}, hour - 1, { afterMs: 1 }],
    [{}, hour, 'elapsed'],
    [{}, -10_000, 'elapsed'],
    [{ refreshInterval: '0' }, 100 * hour, { afterMs: undefined }],
    [{ refreshPolicy: 'OnChange' }, 100 * hour, { afterMs: undefined }],
  ] as const)('of %j after %d ms is %j', (spec, ms, expected) => {
    expect(due(object(spec), ago(ms))).toEqual(expected);
  });

  it('comes earlier by the share that chance gave it', () => {
    expect(due(object({}), ago(hour - 60_000), 60_000)).toBe('elapsed');
  });

  it('waits for its window, and a change does not', () => {
    const windows = [{ schedule: '0 13 * * *', duration: '1h' }];
    const spec: ExternalSecretSpec = { syncWindows: { kind: 'allow', windows } };
    expect(due(object(spec), ago(2 * hour))).toEqual({ afterMs: hour });
    expect(due(object(spec, { annotations: { a: 'b' } }), ago(2 * hour))).toBe('changed');
  });
});

describe('sync windows', () => {
  const allow = (schedule: string, duration = '1h') => ({ kind: 'allow' as const, windows: [{ schedule, duration }] });
  const deny = (schedule: string, duration = '1h') => ({ kind: 'deny' as const, windows: [{ schedule, duration }] });

  it.each([
    ['inside an allowed one', allow('30 11 * * *'), 0],
    ['at its first moment', allow('0 12 * * *'), 0],
    ['at its last moment', allow('0 11 * * *'), 23 * hour],
    ['before an allowed one', allow('0 13 * * *'), hour],
    ['by a word for a schedule', allow('@daily', '13h'), 0],
    ['inside a denied one', deny('30 11 * * *'), hour / 2],
    ['before a denied one', deny('0 13 * * *'), 0],
    ['with a schedule that is none', allow('every day'), 0],
    ['with seconds in the schedule, which the reference does not know', allow('0 0 13 * * *'), 0],
    ['with a duration that is none', allow('0 13 * * *', 'long'), 0],
  ])('%s', (_, windows, ms) => {
    expect(untilOpenMs(windows, now)).toBe(ms);
  });
});
