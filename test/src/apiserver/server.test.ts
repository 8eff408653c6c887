// The embedded server from outside: faults on request, credentials, Services with a backend, and its own end.

import { expect, it } from 'vitest';
import { systemClock } from '../../../src/kube/system-clock.ts';
import { connectTo } from '../../conformance/connection.ts';
import { connectEmbedded } from '../../conformance/embedded.ts';
import { startTestApiServer } from '../../support/api-server.ts';
import { FakeClock } from '../../support/clock.ts';

const secrets = '/api/v1/namespaces/default/secrets';

it('an injected answer, reset or delay comes before the server', async () => {
  const faults = [
    { status: 429, headers: { 'retry-after': '1' }, body: { kind: 'Status' } },
    'reset',
    { delayMs: 1 },
  ] as const;
  let next = 0;
  const connection = await connectEmbedded({
    intercept: ({ path }) => (path === secrets ? faults[next++] : undefined),
  });
  const limited = await connection.request('GET', secrets);
  expect([limited.status, limited.headers['retry-after']]).toEqual([429, '1']);
  await expect(connection.request('GET', secrets)).rejects.toThrow();
  expect((await connection.request('GET', secrets)).status).toBe(200);
  expect((await connection.request('GET', secrets)).status).toBe(200);
  await connection.close();
});

it('dropping watches ends them and nothing else', async () => {
  const server = await startTestApiServer({ clock: new FakeClock() });
  const { url, caPem: ca, adminToken: token } = server;
  const connection = connectTo({
    ...{ url, ca, credentials: { token }, kubeconfigPath: '', embedded: true },
    compact: async () => {},
    onClose: () => server.close(),
  });
  const reader = await connection.watch(`${secrets}?watch=1`);
  server.dropWatches();
  await expect(reader.next()).rejects.toThrow();
  expect((await connection.request('GET', secrets)).status).toBe(200);
  await connection.close();
});

it('a service account token ends at its time', async () => {
  const clock = new FakeClock();
  const connection = await connectEmbedded({ clock });
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const { body } = await connection.request('POST', path, { body: { spec: { expirationSeconds: 600 } } });
  const headers = { authorization: `Bearer ${body.status.token}` };
  expect((await connection.request('GET', '/api', { headers })).status).toBe(200);
  await clock.advance(600_000);
  expect((await connection.request('GET', '/api', { headers })).status).toBe(401);
  await connection.close();
});

it('a token with another account written into it is nobody’s', async () => {
  const connection = await connectEmbedded();
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const { body } = await connection.request('POST', path, { body: {} });
  const [header, payload, signature] = body.status.token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 })).toString('base64url');
  const headers = { authorization: `Bearer ${header}.${forged}.${signature}` };
  expect((await connection.request('GET', '/api', { headers })).status).toBe(401);
  await connection.close();
});

it('the kubeconfig lets the administrator in by certificate, and nobody without one', async () => {
  const connection = await connectEmbedded();
  const anonymous = await connection.request('GET', secrets, { headers: { authorization: '' } });
  expect(anonymous.status).toBe(403);
  expect(anonymous.body.message).toMatch(/User "system:anonymous" cannot list resource "secrets"/);
  await connection.close();
});

it('a Service is answered by its backend, without the caller’s credentials', async () => {
  const seen: unknown[] = [];
  const connection = await connectEmbedded({
    serviceBackend: (request) => {
      seen.push([request.namespace, request.name, request.port, request.path, request.headers.authorization]);
      return request.name === 'answers'
        ? { status: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' }
        : undefined;
    },
  });
  const services = '/api/v1/namespaces/kube-system/services';
  for (const name of ['answers', 'silent']) {
    const body = { metadata: { name }, spec: { ports: [{ name: 'web', port: 80 }] } };
    expect((await connection.request('POST', services, { body })).status).toBe(201);
  }
  const answer = await connection.request('GET', `${services}/http:answers:web/proxy/v1/cert.pem?x=1`);
  expect([answer.status, answer.body]).toEqual([200, 'hello']);
  expect(seen).toEqual([['kube-system', 'answers', 'web', '/v1/cert.pem?x=1', undefined]]);
  const silent = await connection.request('GET', `${services}/silent/proxy/`);
  expect([silent.status, silent.body.reason]).toEqual([503, 'ServiceUnavailable']);
  expect((await connection.request('GET', `${services}/http:none:web/proxy/`)).status).toBe(404);
  await connection.close();
});

it('a body over three mebibytes is refused', async () => {
  const connection = await connectEmbedded();
  const reply = await connection.request('POST', secrets, {
    body: { metadata: { name: 'a' }, note: 'x'.repeat(3 * 1024 * 1024) },
  });
  expect([reply.status, reply.body.reason]).toEqual([413, 'RequestEntityTooLarge']);
  await connection.close();
});

it('only administrators write roles', async () => {
  const connection = await connectEmbedded();
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  expect(
    (await connection.request('POST', roles, { body: { metadata: { name: 'a' }, subjects, roleRef } })).status,
  ).toBe(201);
  const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const { body } = await connection.request('POST', path, { body: {} });
  const headers = { authorization: `Bearer ${body.status.token}`, 'content-type': 'application/json' };
  expect((await connection.request('GET', secrets, { headers })).status).toBe(200);
  const reply = await connection.request('POST', roles, {
    headers,
    body: { metadata: { name: 'b' }, subjects, roleRef },
  });
  expect([reply.status, reply.body.reason]).toEqual([403, 'Forbidden']);
  await connection.close();
});

it('a bookmark tells a quiet watch how far the server is', async () => {
  const clock = new FakeClock();
  const connection = await connectEmbedded({ clock });
  const reader = await connection.watch(`${secrets}?watch=1&allowWatchBookmarks=true`);
  await connection.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'elsewhere' } } });
  await clock.advance(60_000);
  const { type, object } = await reader.next();
  const list = await connection.request('GET', secrets);
  expect([type, object.kind, object.metadata]).toEqual([
    'BOOKMARK',
    'Secret',
    { resourceVersion: list.body.metadata.resourceVersion },
  ]);
  reader.close();
  await connection.close();
});

it('a stalled watch stays open and says nothing, while a new one hears', async () => {
  const server = await startTestApiServer({ clock: systemClock });
  const connection = connectTo({
    ...{
      url: server.url,
      ca: server.caPem,
      credentials: { token: server.adminToken },
      kubeconfigPath: '',
      embedded: true,
    },
    compact: async () => {},
    onClose: () => server.close(),
  });
  const stalled = await connection.watch(`${secrets}?watch=1`);
  let heard = 0;
  const waiting = stalled.next().then(
    () => heard++,
    () => 0,
  );
  server.stallWatches();
  const fresh = await connection.watch(`${secrets}?watch=1`);
  await connection.request('POST', secrets, { body: { metadata: { name: 'a' } } });
  expect((await fresh.next()).object.metadata.name).toBe('a');
  expect(heard).toBe(0);
  fresh.close();
  stalled.close();
  await waiting;
  await connection.close();
});

it('a port that is taken is said in one line', async () => {
  const server = await startTestApiServer({ clock: systemClock });
  const port = Number(new URL(server.url).port);
  const refused = startTestApiServer({ clock: systemClock, port });
  await expect(refused).rejects.toMatchObject({
    code: 'LISTEN',
    message: `the API server cannot listen on 127.0.0.1:${port}`,
  });
  await server.close();
});
