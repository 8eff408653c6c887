// What people read when the API server refuses.

import { describe, expect, test } from 'vitest';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isMissingResource,
  isNotFound,
} from '../../../src/kube/errors.ts';
import type { Status } from '../../../src/kube/objects.ts';
import { refusal, rootCode, statusError, unreachable } from '../../../src/kube/refusals.ts';
import { resources } from '../../../src/kube/resources.ts';

const server = 'https://cluster.example:6443';
const ofSecret = { verb: 'patch', server, resource: resources.secret, namespace: 'shop', name: 'db' };
const ofSealed = { ...ofSecret, resource: resources.sealedSecret };

function status(code: number, rest: Partial<Status>): Uint8Array {
  return Buffer.from(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...rest }));
}

describe('messages', () => {
  test('a refusal by RBAC names who, what and where, and how to check', () => {
    const message =
      'secrets "db" is forbidden: User "system:serviceaccount:shop:ci" cannot patch resource "secrets" in API group "" in the namespace "shop"';
    const error = refusal(ofSecret, { status: 403, body: status(403, { reason: 'Forbidden', message }) });
    expect(error.message).toBe('system:serviceaccount:shop:ci may not patch Secret shop/db');
    expect(error.hints.join()).toContain('kubectl auth can-i patch secrets -n shop');
    expect(error.outcome).toBe('unreachable');
    expect(isForbidden(error)).toBe(true);
    // Whoever checks must ask the same cluster.
    const there = refusal(
      { ...ofSecret, reach: " --context 'my cluster'" },
      { status: 403, body: status(403, { message }) },
    );
    expect(there.hints.join()).toContain("kubectl --context 'my cluster' auth can-i patch secrets -n shop");
  });

  test('a refusal by an admission webhook names the webhook', () => {
    const message = 'admission webhook "policy.example.com" denied the request: no';
    const error = refusal(ofSecret, { status: 403, body: status(403, { message }) });
    expect(error.message).toBe('the admission webhook policy.example.com forbids to patch Secret shop/db');
  });

  test('a quota and a namespace that ends are named, for Secrets too', async () => {
    const said = [
      'secrets "db" is forbidden: exceeded quota: team-a, requested: count/secrets=1, used: 5, limited: 5',
      'secrets "db" is forbidden: unable to create new content in namespace shop because it is being terminated',
    ];
    const errors = said.map((message) => refusal(ofSecret, { status: 403, body: status(403, { message }) }));
    expect(errors.map(({ message, hints }) => [message, ...hints])).toEqual([
      ['the quota team-a forbids to patch Secret shop/db', 'raise the quota, or make room in it'],
      [
        'a namespace that is being deleted forbids to patch Secret shop/db',
        'nothing is made there until it is gone and there anew',
      ],
    ]);
  });

  test('what is wrong with a Secret is told by field and kind of fault', () => {
    const causes = [
      { reason: 'FieldValueForbidden', message: 'field is immutable', field: 'data' },
      { reason: 'FieldValueTooLong', message: 'Too long', field: 'data' },
    ];
    const error = refusal(ofSecret, { status: 422, body: status(422, { details: { causes } }) });
    expect(error.message).toBe(
      'the cluster does not accept Secret shop/db: data may not be set or changed, data is too long',
    );
  });

  test('a missing object, a missing namespace and a missing custom resource are told apart', () => {
    const object = refusal(ofSealed, {
      status: 404,
      body: status(404, { details: { name: 'db', kind: 'sealedsecrets', group: 'bitnami.com' } }),
    });
    expect(object.message).toBe('SealedSecret shop/db is not in the cluster');
    const namespace = refusal(ofSealed, {
      status: 404,
      body: status(404, { details: { name: 'shop', kind: 'namespaces' } }),
    });
    expect(namespace.message).toBe('namespace shop is not in the cluster');
    const resource = refusal(ofSealed, { status: 404, body: Buffer.from('404 page not found\n') });
    expect(resource.message).toBe(`the cluster at ${server} has no sealedsecrets.bitnami.com (v1alpha1)`);
    expect([object, namespace, resource].map(isMissingResource)).toEqual([false, false, true]);
    expect([object, namespace, resource].every(isNotFound)).toBe(true);
  });

  test('a conflict of field managers names the fields', () => {
    const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.data.password' }];
    const error = refusal(ofSecret, { status: 409, body: status(409, { reason: 'Conflict', details: { causes } }) });
    expect(error.message).toContain('.data.password');
    expect([isConflict(error), isAlreadyExists(error)]).toEqual([true, false]);
  });

  test('an invalid custom object is explained in the words of the server', () => {
    const message = 'SealedSecret.bitnami.com "db" is invalid: spec: Required value';
    const error = refusal(ofSealed, {
      status: 422,
      body: status(422, { message, details: { causes: [{ reason: 'FieldValueRequired', field: 'spec' }] } }),
    });
    expect(error.message).toContain('does not accept SealedSecret shop/db: spec is required');
    expect(error.message).toContain('Required value');
  });

  test('what the server quotes of a Secret is in no part of the error', () => {
    const message = 'Secret "db" is invalid: data[password]: Invalid value: "hunter2": illegal base64';
    const causes = [{ reason: 'FieldValueInvalid', message: 'Invalid value: "hunter2"', field: 'data[password]' }];
    for (const code of [400, 403, 409, 422, 429, 500, 503]) {
      const error = refusal(ofSecret, { status: code, body: status(code, { message, details: { causes } }) });
      expect(JSON.stringify({ ...error, message: error.message, cause: error.cause })).not.toContain('hunter2');
    }
    const plain = refusal(ofSecret, { status: 502, body: Buffer.from('<html>hunter2</html>') });
    expect(`${plain.message}${plain.hints}${plain.stack}`).not.toContain('hunter2');
  });

  test('no answer and a certificate that is not trusted have advice', () => {
    const refused = unreachable(server, Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    expect(refused.message).toBe(`cannot reach the cluster at ${server}: connection refused`);
    const untrusted = unreachable(server, Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }));
    expect(untrusted.message).toContain('is not trusted');
    expect(untrusted.hints.join()).toContain('--certificate-authority');
    const other = unreachable(server, Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }));
    expect(other.hints.join()).toContain('--tls-server-name');
    expect([refused, untrusted, other].map(({ outcome }) => outcome)).toEqual(Array(3).fill('unreachable'));
  });
});

test('retryAfterSeconds of the Status counts where no header says it', () => {
  expect(statusError(ofSecret, { code: 429, details: { retryAfterSeconds: 7 } }).retryAfterMs).toBe(7000);
});

test('410 says that a version was forgotten', () => {
  expect(isGone(refusal(ofSecret, { status: 410, body: status(410, {}) }))).toBe(true);
});

test('the telling code is found inside wrapped and gathered errors', () => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const gathered = new AggregateError([refused]);
  expect(rootCode(new TypeError('fetch failed', { cause: gathered }))).toBe('ECONNREFUSED');
  expect(rootCode(new Error('plain'))).toBe('');
});

test.each(['soon', -1, null])('a retry time that is none is no time: %j', (retryAfterSeconds) => {
  const details = { retryAfterSeconds } as unknown as NonNullable<Status['details']>;
  expect(statusError(ofSecret, { code: 429, details }).retryAfterMs).toBeUndefined();
});
