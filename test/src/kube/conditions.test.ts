// How an object stands, by the conditions that any controller may write.

import { describe, expect, it } from 'vitest';
import { type ReadStatus, readinessOf } from '../../../src/kube/conditions.ts';

const object = (status: ReadStatus | undefined) => ({
  apiVersion: 'x/v1',
  kind: 'X',
  metadata: { name: 'x', generation: 2 },
  ...(status && { status }),
});
const condition = (type: string, status: 'True' | 'False', reason = 'R') => ({ type, status, reason, message: 'm' });

describe('how an object stands', () => {
  it.each<[string, ReadStatus | undefined, string]>([
    ['nobody has looked at it', undefined, 'Unknown  old'],
    [
      'Ready decides beside other conditions',
      { observedGeneration: 2, conditions: [condition('Synced', 'False'), condition('Ready', 'True')] },
      'True R current',
    ],
    [
      'the Sealed Secrets controller writes Synced alone',
      { observedGeneration: 2, conditions: [condition('Synced', 'False')] },
      'False R current',
    ],
    [
      'it is Ready for an earlier generation',
      { observedGeneration: 1, conditions: [condition('Ready', 'True')] },
      'True R old',
    ],
    [
      'the condition itself says for which generation',
      { observedGeneration: 2, conditions: [{ ...condition('Ready', 'True'), observedGeneration: 1 }] },
      'True R old',
    ],
    [
      'External Secrets Operator says nothing of generations',
      { conditions: [condition('Ready', 'True')] },
      'True R current',
    ],
    [
      'but for the generation that it made the Secret of',
      { syncedResourceVersion: '1-abc', conditions: [condition('Ready', 'True')] },
      'True R old',
    ],
    ['Vault Secrets Operator says valid', { valid: true }, 'True Valid current'],
    ['and what is not valid', { valid: false, error: 'no mount' }, 'False Invalid current'],
    [
      'and for which generation it made the Secret',
      { lastGeneration: 1, conditions: [condition('SecretSynced', 'True')] },
      'True R old',
    ],
    [
      '-1 is our default, which a reference controller leaves standing',
      { observedGeneration: -1, conditions: [condition('Ready', 'True')] },
      'True R current',
    ],
    ['-1 is before the first look', { observedGeneration: -1, conditions: [] }, 'Unknown  old'],
  ])('%s', (_, status, expected) => {
    const { ready, reason, isCurrent } = readinessOf(object(status));
    expect(`${ready} ${reason} ${isCurrent ? 'current' : 'old'}`).toBe(expected);
  });

  it('tells what is stalled, stale and paused only where it is true', () => {
    const conditions = [
      condition('Ready', 'True'),
      condition('Stale', 'True', 'Unavailable'),
      condition('Stalled', 'False'),
      condition('Paused', 'True'),
    ];
    expect(readinessOf(object({ conditions }))).toMatchObject({
      stalled: undefined,
      stale: { reason: 'Unavailable' },
      isPaused: true,
    });
  });

  it('takes a status that is none for nothing', () => {
    expect(readinessOf({ ...object(undefined), status: { conditions: 'x' as never } })).toMatchObject({
      ready: 'Unknown',
      isCurrent: false,
    });
    expect(readinessOf({ ...object(undefined), status: null })).toMatchObject({ ready: 'Unknown' });
  });
});
