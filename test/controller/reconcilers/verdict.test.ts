// From each error to conditions and to the next look.

import { describe, expect, it } from 'vitest';
import { Stalled, Waiting } from '../../../controller/engine/outcome.ts';
import { failureOf } from '../../../controller/reconcilers/verdict.ts';
import { FormatError, OpenError } from '../../../src/errors.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { reasons } from '../../../src/kube/reasons.ts';

const api = (status: number, reason: string, retryAfterMs?: number) =>
  new ApiError('KUBE_X', 'the cluster said no', { status, reason, retryAfterMs });

const table: [string, unknown, string, string, string][] = [
  ['stalled', new Stalled('NotOwned', 'x'), 'NotOwned', 'False', 'rest'],
  ['waiting', new Waiting('SecretLeaving', 'x', 5), 'SecretLeaving', 'Unknown', 'again'],
  ['no key opens', new OpenError('NO_KEY_OPENS', 'x'), 'CannotOpen', 'False', 'rest'],
  ['damaged', new OpenError('VALUE_DAMAGED', 'x'), 'ValueDamaged', 'False', 'rest'],
  ['a bad spec', new FormatError('INVALID_SEALED_SECRET', 'x'), 'InvalidSpec', 'False', 'rest'],
  ['a bad template', new FormatError('TEMPLATE_PARSE', 'x'), 'TemplateError', 'False', 'rest'],
  ['no answer', api(0, 'Unreachable'), 'ApiUnavailable', 'Unknown', 'retry'],
  ['throttled', api(429, 'TooManyRequests', 7_000), 'ApiUnavailable', 'Unknown', 'retry'],
  ['server trouble', api(500, 'InternalError'), 'ApiUnavailable', 'Unknown', 'retry'],
  ['a proxy that gave up', api(408, 'Timeout'), 'ApiUnavailable', 'Unknown', 'retry'],
  ['a server that has lost its place', api(410, 'Gone'), 'ApiUnavailable', 'Unknown', 'retry'],
  ['conflict', api(409, 'Conflict'), 'Conflict', 'Unknown', 'retry'],
  ['forbidden', api(403, 'Forbidden'), 'Forbidden', 'False', 'retry'],
  ['invalid', api(422, 'Invalid'), 'Rejected', 'False', 'rest'],
  ['a bug', new TypeError('reading password of s3cret'), 'InternalError', 'Unknown', 'retry'],
];

describe('how a failed look ends', () => {
  it.each(table)('%s', (_, error, reason, ready, next) => {
    const { verdict, result } = failureOf(error);
    expect({ reason: verdict.reason, ready: verdict.ready, next: result.next }).toEqual({ reason, ready, next });
    expect(Object.keys(reasons)).toContain(verdict.reason);
    expect(verdict.message).not.toContain('s3cret');
    expect(verdict.beside).toBe(ready === 'False' && next === 'rest' ? 'Stalled' : 'Reconciling');
  });

  it('waits as long as the server asks', () => {
    expect(failureOf(api(429, 'TooManyRequests', 7_000)).result).toEqual({ next: 'retry', afterMs: 7_000 });
  });

  it('shows advice with the message', () => {
    expect(failureOf(new Stalled('NotOwned', 'not ours', { hint: 'delete it' })).verdict.message).toBe(
      'not ours; delete it',
    );
  });
});
