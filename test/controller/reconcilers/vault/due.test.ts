// When a VaultStaticSecret's value is read again.

import { describe, expect, it } from 'vitest';
import { readDue } from '../../../../controller/reconcilers/vault/due.ts';
import { vaultIntervalMs } from '../../../../src/kube/refresh-interval.ts';
import type { VaultStaticSecret, VaultStaticSecretSpec } from '../../../../src/kube/vault-secrets.ts';

const object = (
  spec: Partial<VaultStaticSecretSpec> = {},
  status: VaultStaticSecret['status'] = { lastGeneration: 2 },
) =>
  ({
    apiVersion: 'secrets.hashicorp.com/v1beta1',
    kind: 'VaultStaticSecret',
    metadata: { name: 'db', generation: 2 },
    spec: { mount: 'kv', path: 'db', type: 'kv-v2', destination: { name: 'db' }, ...spec },
    ...(status && { status }),
  }) as VaultStaticSecret;

const at = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);
const last = { at, earlierMs: 3_000, version: 'v', now: later(1) };

describe('the interval', () => {
  it.each([
    [{ refreshAfter: '30s' }, 30_000],
    [{ refreshAfter: '1.5m', hmacSecretData: false }, 90_000],
    [{}, 60_000],
    [{ refreshAfter: '' }, 60_000],
    [{ refreshAfter: '0s' }, 60_000],
    [{ hmacSecretData: false }, undefined],
    [{ refreshAfter: '0s', hmacSecretData: false }, undefined],
    [{ refreshAfter: '0.001s' }, 1_000],
  ])('of %j is %s ms', (spec, ms) => {
    expect(vaultIntervalMs(object(spec))).toBe(ms);
  });
});

describe('a read', () => {
  it.each([
    ['never made is the first', object({}, {}), last, 'first'],
    ['of a spec that is another is due', object({}, { lastGeneration: 1 }), last, 'changed'],
    ['of an object with other labels is due', object(), { ...last, version: 'w' }, 'changed'],
    ['of an object whose state nobody remembers is not due for that', object(), { ...last, version: undefined }, 56],
    ['that the server asked for is due', object({ hmacSecretData: false }), { ...last, told: 'changed' }, 'changed'],
    ['that may have been missed is due', object({ hmacSecretData: false }), { ...last, told: 'missed' }, 'elapsed'],
    ['that is never repeated is not due', object({ hmacSecretData: false }), last, undefined],
    ['that this process did not make is due', object(), { ...last, at: undefined }, 'elapsed'],
    ['comes a little before its interval is over', object(), { ...last, now: later(57) }, 'elapsed'],
    ['comes no sooner', object(), { ...last, now: later(56) }, 1],
    ['is due where the clock was ahead', object(), { ...last, now: later(-10) }, 'elapsed'],
    ['of a long interval is looked at once a week', object({ refreshAfter: '1000h' }), last, 604_800],
  ] as const)('%s', (_, one, known, expected) => {
    const due = readDue(one, 'v', known);
    if (typeof due === 'string') expect(due).toBe(expected);
    else expect(due.afterMs === undefined ? undefined : due.afterMs / 1000).toBe(expected);
  });
});
