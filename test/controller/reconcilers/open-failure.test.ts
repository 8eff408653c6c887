// How long a key that is not here is waited for.

import { expect, it } from 'vitest';
import { openFailure } from '../../../controller/reconcilers/open-failure.ts';
import { OpenError, type SealError } from '../../../src/errors.ts';
import type { Condition, SealedSecret } from '../../../src/kube/objects.ts';

const id = 'a'.repeat(32);
const error = new OpenError('NO_KEY_OPENS', 'no key could decrypt password');
const object = (conditions: Condition[] = [], observedGeneration = 1): SealedSecret => ({
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  metadata: {
    name: 'db',
    generation: 1,
    annotations: { 'sealwright.dev/sealed': `password ${id} default/db 2026-01-01\n` },
  },
  spec: { encryptedData: { password: '' } },
  status: { observedGeneration, conditions },
});
const keys = (...ids: string[]) => ({ get: (one: string) => (ids.includes(one) ? {} : undefined) });
const short = (failure: SealError) =>
  `${failure.code} ${'reason' in failure ? failure.reason : ''} ${'afterMs' in failure ? failure.afterMs : ''}`.trim();
const waitingSince = (lastTransitionTime: string): Condition => ({
  type: 'Reconciling',
  status: 'True',
  reason: 'UnknownKey',
  lastTransitionTime,
});
const now = new Date('2026-01-01T00:01:00Z');

it('a key that the record names and that is not here is waited for, two minutes in all', () => {
  expect(short(openFailure(error, object(), keys(), now))).toBe('WAITING UnknownKey 120000');
  const waiting = object([waitingSince('2026-01-01T00:00:00Z')]);
  expect(short(openFailure(error, waiting, keys(), now))).toBe('WAITING UnknownKey 60000');
  expect(short(openFailure(error, waiting, keys(), new Date('2026-01-01T00:02:00Z')))).toBe('STALLED UnknownKey');
});

it('no clock that was set back makes anyone wait longer', () => {
  const waiting = object([waitingSince('2027-01-01T00:00:00Z')]);
  expect(short(openFailure(error, waiting, keys(), now))).toBe('WAITING UnknownKey 120000');
});

it('it stays stalled, and a new generation waits anew', () => {
  const stalled: Condition = { type: 'Stalled', status: 'True', reason: 'UnknownKey' };
  expect(short(openFailure(error, object([stalled]), keys(), now))).toBe('STALLED UnknownKey');
  expect(short(openFailure(error, object([stalled], 0), keys(), now))).toBe('WAITING UnknownKey 120000');
});

it('the key is here, or the value is damaged: waiting would not help', () => {
  expect(openFailure(error, object(), keys(id), now)).toBe(error);
  const damaged = new OpenError('VALUE_DAMAGED', 'x');
  expect(openFailure(damaged, object(), keys(), now)).toBe(damaged);
});
