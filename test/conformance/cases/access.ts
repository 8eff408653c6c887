// Who the caller is and what they may do: tokens of service accounts, RBAC, reviews.

import { expect, it } from 'vitest';
import { expectDone, expectRefusal, type Json, type Lab, secret } from '../lab.ts';

const rbac = (namespace: string) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;

export function accessCases(lab: () => Lab): void {
  /** A service account with a token, in a namespace with one Secret. */
  const account = async () => {
    const namespace = await lab().namespace();
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    expectDone(await lab().post(path, { metadata: { name: 'robot' } }), 201);
    expectDone(await lab().post(`/api/v1/namespaces/${namespace}/secrets`, secret('a')), 201);
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
    const answer = expectDone(await lab().post(`${path}/robot/token`, request), 201);
    const headers = { authorization: `Bearer ${answer.status.token}` };
    return { namespace, answer, headers, secrets: `/api/v1/namespaces/${namespace}/secrets`, path };
  };

  const grant = async (namespace: string, rules: Json) => {
    expectDone(await lab().post(`${rbac(namespace)}/roles`, { metadata: { name: 'r' }, rules }), 201);
    const subjects = [{ kind: 'ServiceAccount', name: 'robot', namespace }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' };
    expectDone(
      await lab().post(`${rbac(namespace)}/rolebindings`, { metadata: { name: 'r' }, subjects, roleRef }),
      201,
    );
  };

  it('a token that nobody issued is unauthorized', async () => {
    expectRefusal(
      await lab().get('/api/v1/secrets', { authorization: 'Bearer nonsense' }),
      401,
      'Unauthorized',
      'Unauthorized',
    );
  });

  it('health and version are for everyone', async () => {
    for (const path of ['/healthz', '/readyz', '/livez', '/version']) {
      expect((await lab().get(path, { authorization: '' })).status).toBe(200);
    }
  });

  it('a requested token says whose it is and when it ends', async () => {
    const { answer, namespace } = await account();
    expect(answer).toMatchObject({ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' });
    const claims = JSON.parse(Buffer.from(answer.status.token.split('.')[1], 'base64url').toString());
    expect(claims.sub).toBe(`system:serviceaccount:${namespace}:robot`);
    expect(new Date(answer.status.expirationTimestamp).getTime()).toBeGreaterThan(claims.iat * 1000);
  });

  it('a token is good for ten minutes at least', async () => {
    const { path } = await account();
    const reply = await lab().post(`${path}/robot/token`, { spec: { expirationSeconds: 10 } });
    expectRefusal(
      reply,
      422,
      'Invalid',
      /spec\.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes/,
    );
  });

  it('a token for an account that is not there is not found', async () => {
    const { path } = await account();
    expectRefusal(
      await lab().post(`${path}/nobody/token`, { spec: {} }),
      404,
      'NotFound',
      'serviceaccounts "nobody" not found',
    );
  });

  it('a service account may do nothing until it is granted', async () => {
    const { headers, secrets, namespace } = await account();
    const user = `system:serviceaccount:${namespace}:robot`;
    expectRefusal(
      await lab().get(`${secrets}/a`, headers),
      403,
      'Forbidden',
      `secrets "a" is forbidden: User "${user}" cannot get resource "secrets" in API group "" in the namespace "${namespace}"`,
    );
    expectRefusal(
      await lab().get('/api/v1/secrets', headers),
      403,
      'Forbidden',
      `secrets is forbidden: User "${user}" cannot list resource "secrets" in API group "" at the cluster scope`,
    );
  });

  it('a role grants its verbs on its resources, and names narrow it', async () => {
    const { headers, secrets, namespace } = await account();
    await grant(namespace, [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['a'] }]);
    await lab().until(async () => (await lab().get(`${secrets}/a`, headers)).status === 200);
    expect((await lab().get(secrets, headers)).status).toBe(403);
    expect((await lab().get(`${secrets}/b`, headers)).status).toBe(403);
    expect((await lab().connection.request('DELETE', `${secrets}/a`, { headers })).status).toBe(403);
  });

  it('an apply that would create needs the right to create', async () => {
    const { headers, secrets, namespace } = await account();
    await grant(namespace, [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'patch'] }]);
    await lab().until(async () => (await lab().get(`${secrets}/a`, headers)).status === 200);
    const apply = { ...headers, 'content-type': 'application/apply-patch+yaml' };
    const reply = await lab().connection.request('PATCH', `${secrets}/new?fieldManager=x`, {
      headers: apply,
      body: secret('new'),
    });
    expectRefusal(reply, 403, 'Forbidden', /cannot create resource "secrets"/);
  });

  it('a token ends with its account', async () => {
    const { headers, path } = await account();
    const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const ask = () =>
      lab().connection.request('POST', reviews, {
        headers: { ...headers, 'content-type': 'application/json' },
        body: {},
      });
    expect(expectDone(await ask(), 201).status.userInfo.username).toMatch(/:robot$/);
    expectDone(await lab().delete(`${path}/robot`), 200);
    await lab().until(async () => (await ask()).status === 401);
  });

  it('the administrator learns who they are and that they may', async () => {
    const me = expectDone(await lab().post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}), 201);
    expect(me.status.userInfo.groups).toContain('system:masters');
    const spec = { resourceAttributes: { verb: 'delete', resource: 'secrets', namespace: 'default' } };
    const review = expectDone(
      await lab().post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec }),
      201,
    );
    expect(review.status.allowed).toBe(true);
  });

  it('a token review tells whose token it is', async () => {
    const { answer, namespace } = await account();
    const review = async (token: string) =>
      expectDone(await lab().post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } }), 201).status;
    expect(await review(answer.status.token)).toMatchObject({
      authenticated: true,
      user: { username: `system:serviceaccount:${namespace}:robot` },
    });
    expect((await review('nonsense')).authenticated).toBeFalsy();
  });
}
