// Conditions from verdicts, and the smallest patch that brings them.

import { describe, expect, it } from 'vitest';
import { conditionsOf, type Verdict } from '../../../controller/status/conditions.ts';
import { statusPatch, type WithStatus } from '../../../controller/status/status.ts';
import type { Condition } from '../../../src/kube/objects.ts';

const ready: Verdict = { ready: 'True', reason: 'Unsealed', message: 'Secret db has 1 item', beside: 'none' };
const stalled: Verdict = { ready: 'False', reason: 'CannotOpen', message: 'no', beside: 'Stalled' };
const at = (time: string) => ({ generation: 1, now: new Date(time), mirrors: ['Synced'] });
const short = (conditions: readonly Condition[]) => conditions.map(({ type, status }) => `${type}=${status}`);

describe('conditions', () => {
  it('start with the mirror and Ready, and have the others only while they are true', () => {
    const first = conditionsOf(stalled, [], at('2026-01-01T00:00:00Z'));
    expect(short(first)).toEqual(['Synced=False', 'Ready=False', 'Stalled=True']);
    expect(short(conditionsOf(ready, first, at('2026-01-01T00:00:01Z')))).toEqual(['Synced=True', 'Ready=True']);
  });

  it('move the transition time with the status alone', () => {
    const first = conditionsOf(stalled, [], at('2026-01-01T00:00:00Z'));
    const second = conditionsOf({ ...stalled, message: 'other' }, first, at('2026-01-01T01:00:00Z'));
    expect(second[1]).toMatchObject({
      message: 'other',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      lastUpdateTime: '2026-01-01T01:00:00Z',
    });
  });

  it('stay short, however many items a message names', () => {
    const [synced] = conditionsOf({ ...stalled, message: 'item, '.repeat(100_000) }, [], at('2026-01-01T00:00:00Z'));
    expect(synced?.message).toHaveLength(2_001);
  });

  it('are no news although a message was cut within a character: the API server keeps none that is half', () => {
    const verdict = { ...stalled, message: `${'x'.repeat(1_999)}😀 ${'y'.repeat(100)}` };
    const first = conditionsOf(verdict, [], at('2026-01-01T00:00:00Z'));
    const kept = first.map((one) => ({ ...one, message: (one.message ?? '').toWellFormed() }));
    expect(conditionsOf(verdict, kept, at('2026-01-01T01:00:00Z'))).toEqual(kept);
  });

  it('keep what others wrote, at the end', () => {
    const foreign: Condition = { type: 'Audited', status: 'True' };
    const old: Condition = { type: 'Stalled', status: 'True' };
    expect(short(conditionsOf(ready, [foreign, old], at('2026-01-01T00:00:00Z')))).toEqual([
      'Synced=True',
      'Ready=True',
      'Audited=True',
    ]);
  });
});

describe('the status patch', () => {
  const object = (status?: WithStatus['status'], generation = 1): WithStatus => ({
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'db', generation, resourceVersion: '5' },
    ...(status && { status }),
  });
  const update = (verdict: Verdict, remember?: Record<string, unknown>) => ({
    verdict,
    remember,
    mirrors: ['Synced'],
    now: new Date('2026-02-02T00:00:00Z'),
  });
  const settled = { observedGeneration: 1, conditions: conditionsOf(ready, [], at('2026-01-01T00:00:00Z')) };

  it('is none when nothing changed, however late it is', () => {
    expect(statusPatch(object(settled), update(ready))).toBeUndefined();
  });

  it('is none where the definition prunes observedGeneration from conditions', () => {
    const conditions = settled.conditions.map(({ observedGeneration: _, ...rest }) => rest);
    expect(statusPatch(object({ ...settled, conditions }), update(ready))).toBeUndefined();
  });

  it('follows the generation, and is refused at another version of the object', () => {
    expect(statusPatch(object(settled, 2), update(ready))).toMatchObject({
      metadata: { resourceVersion: '5' },
      status: { observedGeneration: 2 },
    });
  });

  it('does not care for the order of what is remembered', () => {
    const remembered = { ...settled, sealwright: { fingerprint: 'f', secret: { uid: 'u', resourceVersion: '1' } } };
    const same = { secret: { resourceVersion: '1', uid: 'u' }, fingerprint: 'f' };
    expect(statusPatch(object(remembered), update(ready, same))).toBeUndefined();
    expect(statusPatch(object(remembered), update(ready, { fingerprint: 'g' }))).toBeDefined();
  });
});
