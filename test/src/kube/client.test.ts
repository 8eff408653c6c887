// The client against real HTTP servers: what it sends, what it makes of the answers, when it tries again.

import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { KubeApi } from '../../../src/kube/api.ts';
import { type ClientOptions, createClient } from '../../../src/kube/client.ts';
import { fixedConfig } from '../../../src/kube/cluster-config.ts';
import { isGone, isNotFound } from '../../../src/kube/errors.ts';
import type { KubeObject, Secret } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { FakeClock } from '../../support/clock.ts';
import { type Loopback, loopback, type Received, sendJson, sendStatus } from '../../support/loopback.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp(
  answer: (request: Received, response: ServerResponse, index: number) => void,
  options: Partial<ClientOptions> = {},
): Promise<{ api: KubeApi; server: Loopback; clock: FakeClock }> {
  const server = await loopback(answer);
  const clock = new FakeClock();
  const config = fixedConfig({ server: server.url, token: 'token-1' });
  const api = createClient({ config, clock, random: () => 0.5, ...options });
  cleanups.push(
    () => server.close(),
    () => api.close(),
  );
  return { api, server, clock };
}

const secret = (name: string): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  data: { a: 'MQ==' },
});

describe('verbs', () => {
  test('each verb is the request that the API conventions ask for', async () => {
    const { api, server } = await setUp((request, response) =>
      sendJson(response, 200, { kind: 'Secret', method: request.method }),
    );
    const at = { namespace: 'shop', name: 'db' };
    await api.get(resources.secret, at);
    await api.create(resources.secret, secret('db'), { dryRun: true, fieldValidation: 'Strict' });
    await api.replace(resources.secret, secret('db'));
    await api.apply(resources.secret, secret('db'), { force: false, fieldManager: 'me' });
    await api.apply(resources.sealedSecret, secret('db'), { subresource: 'status' });
    await api.jsonPatch(resources.secret, at, [{ op: 'remove', path: '/data/a' }]);
    await api.mergePatch(resources.secret, at, { data: null });
    await api.delete(resources.secret, at, { preconditions: { uid: 'u1' }, propagationPolicy: 'Background' });
    const path = '/api/v1/namespaces/shop/secrets';
    expect(server.requests.map(({ method, path: to, query }) => `${method} ${to} ${query}`)).toEqual([
      `GET ${path}/db `,
      `POST ${path} fieldManager=sealwright&dryRun=All&fieldValidation=Strict`,
      `PUT ${path}/db fieldManager=sealwright`,
      `PATCH ${path}/db fieldManager=me&force=false`,
      'PATCH /apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/db/status fieldManager=sealwright&force=true',
      `PATCH ${path}/db fieldManager=sealwright`,
      `PATCH ${path}/db fieldManager=sealwright`,
      `DELETE ${path}/db `,
    ]);
    expect(server.requests.map(({ headers }) => headers['content-type'])).toEqual([
      undefined,
      'application/json',
      'application/json',
      'application/apply-patch+yaml',
      'application/apply-patch+yaml',
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/json',
    ]);
    expect(JSON.parse(server.requests[7]?.body ?? '')).toMatchObject({
      preconditions: { uid: 'u1' },
      propagationPolicy: 'Background',
    });
    expect(server.requests.every(({ headers }) => headers.authorization === 'Bearer token-1')).toBe(true);
    expect(server.requests.every(({ headers }) => /^sealwright\/\d/.test(headers['user-agent'] ?? ''))).toBe(true);
  });

  test('any other path gives its body as bytes, and shows no query in errors', async () => {
    const { api } = await setUp((request, response) =>
      request.path === '/version' ? sendJson(response, 200, { minor: '36' }) : sendStatus(response, 404),
    );
    const { body, headers } = await api.request('/version');
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({ minor: '36' });
    expect(headers['content-type']).toBe('application/json');
    await expect(api.request('/nowhere?token=hunter2')).rejects.toThrow('/nowhere is not in the cluster');
  });

  test('many calls share few connections', async () => {
    const { api, server } = await setUp((_, response) => sendJson(response, 200, secret('db')), { connections: 4 });
    await Promise.all(Array.from({ length: 100 }, () => api.get(resources.secret, { namespace: 'shop', name: 'db' })));
    expect(server.requests).toHaveLength(100);
    expect(server.connections).toBeLessThanOrEqual(4);
  });

  test('warnings of the server are told once each', async () => {
    const warnings: string[] = [];
    const warning = '299 - "bitnami.com/v1alpha1 is old", 299 - "say \\"hi\\""';
    const { api } = await setUp((_, response) => sendJson(response, 200, secret('db'), { warning }), {
      onWarning: (text) => warnings.push(text),
    });
    for (let call = 0; call < 3; call++) await api.get(resources.secret, { namespace: 'shop', name: 'db' });
    expect(warnings).toEqual(['bitnami.com/v1alpha1 is old', 'say "hi"']);
  });

  test('each attempt is reported by verb, resource and status', async () => {
    const calls: string[] = [];
    const { api } = await setUp((_, response) => sendStatus(response, 404), {
      onCall: ({ verb, resource, status }) => calls.push(`${verb} ${resource} ${status}`),
    });
    await expect(api.get(resources.secret, { namespace: 'shop', name: 'db' })).rejects.toSatisfy(isNotFound);
    expect(calls).toEqual(['get secrets 404']);
  });
});

describe('lists', () => {
  const page = (names: string[], token?: string) => ({
    metadata: { resourceVersion: '7', ...(token && { continue: token }) },
    items: names.map((name) => ({ metadata: { name }, data: { password: 'aHVudGVyMg==' } })),
  });

  test('pages are put together and items get their type', async () => {
    const { api, server } = await setUp(({ query }, response) =>
      sendJson(response, 200, query.get('continue') === 'next' ? page(['c']) : page(['a', 'b'], 'next')),
    );
    const list = await api.list(resources.secret, { limit: 2, labelSelector: 'a=b,c in (d)', namespace: 'shop' });
    expect(list.items.map(({ metadata, apiVersion, kind }) => [metadata.name, apiVersion, kind])).toEqual([
      ['a', 'v1', 'Secret'],
      ['b', 'v1', 'Secret'],
      ['c', 'v1', 'Secret'],
    ]);
    expect(list.metadata).toEqual({ resourceVersion: '7' });
    expect(server.requests.map(({ query }) => query.get('limit'))).toEqual(['2', '2']);
    expect(server.requests.every(({ query }) => query.get('labelSelector') === 'a=b,c in (d)')).toBe(true);
  });

  test('a list whose continue token expired starts again and holds nothing twice', async () => {
    const { api } = await setUp(({ query }, response, index) => {
      if (query.get('continue') === null) return sendJson(response, 200, page(['a'], 'next'));
      return index === 1 ? sendStatus(response, 410, { reason: 'Expired' }) : sendJson(response, 200, page(['b']));
    });
    const list = await api.list(resources.secret);
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });

  test('a token that expires every time is an error in the end', async () => {
    const { api } = await setUp(({ query }, response) =>
      query.get('continue') === null ? sendJson(response, 200, page(['a'], 'next')) : sendStatus(response, 410),
    );
    await expect(api.list(resources.secret)).rejects.toSatisfy(isGone);
  });

  test('metadata-only asks for it, and drops bodies of a server that sends them all the same', async () => {
    const { api, server } = await setUp(({ path }, response) =>
      sendJson(response, 200, path.endsWith('/a') ? { ...page(['a']).items[0] } : page(['a'])),
    );
    const list = await api.list<Secret>(resources.secret, { metadataOnly: true });
    const one = await api.get<Secret>(resources.secret, { namespace: 'shop', name: 'a' }, { metadataOnly: true });
    expect([list.items[0], one]).toEqual(Array(2).fill({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }));
    expect(server.requests.map(({ headers }) => headers.accept)).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ]);
  });
});

describe('trying again', () => {
  const at = { namespace: 'shop', name: 'db' };

  test('a throttled write waits as long as the server asks', async () => {
    const { api, server, clock } = await setUp((_, response, index) =>
      index === 0 ? sendStatus(response, 429, {}, { 'retry-after': '3' }) : sendJson(response, 201, secret('db')),
    );
    const created = api.create(resources.secret, secret('db'));
    await clock.untilSleeping();
    await clock.advance(2_999);
    expect(server.requests).toHaveLength(1);
    await clock.advance(101);
    await created;
    expect(server.requests).toHaveLength(2);
  });

  test('a read survives server errors and a reset connection', async () => {
    const { api, server, clock } = await setUp((request, response, index) => {
      if (index === 0) return sendStatus(response, 500);
      if (index === 1) return request.socket.destroy();
      sendJson(response, 200, secret('db'));
    });
    const read = api.get(resources.secret, at);
    for (let wait = 0; wait < 2; wait++) {
      await clock.untilSleeping();
      await clock.advance(5_000);
    }
    await expect(read).resolves.toMatchObject({ metadata: { name: 'db' } });
    expect(server.requests).toHaveLength(3);
  });

  test('a write that failed or lost its connection is not sent twice', async () => {
    const { api, server } = await setUp((request, response, index) =>
      index === 0 ? sendStatus(response, 500) : request.socket.destroy(),
    );
    await expect(api.apply(resources.secret, secret('db'))).rejects.toMatchObject({ status: 500 });
    await expect(api.apply(resources.secret, secret('db'))).rejects.toMatchObject({ status: 0 });
    expect(server.requests).toHaveLength(2);
  });

  test('a read gives up after a few attempts, and at once when asked to wait very long', async () => {
    const { api, server, clock } = await setUp((_, response) => sendStatus(response, 503));
    const read = api.get(resources.secret, at).catch((error) => error);
    for (let wait = 0; wait < 3; wait++) {
      await clock.untilSleeping();
      await clock.advance(5_000);
    }
    expect(await read).toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(4);

    const busy = await setUp((_, response) => sendStatus(response, 429, {}, { 'retry-after': '3600' }));
    await expect(busy.api.get(resources.secret, at)).rejects.toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
  });

  test('a server that is not there is told at once', async () => {
    const { api, server } = await setUp(() => {});
    await server.close();
    await expect(api.get(resources.secret, at)).rejects.toMatchObject({ status: 0, code: 'KUBE_UNREACHABLE' });
  });

  test('a server that never answers is given up after the time limit', async () => {
    const { api, clock } = await setUp(() => {}, { timeoutMs: 30_000 });
    const read = api.create(resources.secret, secret('db')).catch((error) => error);
    await clock.untilWaiting();
    await clock.advance(30_000);
    expect(await read).toMatchObject({ status: 0 });
    expect((await read).message).toContain('no answer in time');
  });

  test('credentials that the server no longer accepts are renewed once', async () => {
    let token = 'old';
    const config = {
      credentials: async () => ({ headers: { authorization: `Bearer ${token}` }, tls: {} }),
      renew() {
        token = 'new';
      },
    };
    const server = await loopback(({ headers }, response) =>
      headers.authorization === 'Bearer new' ? sendJson(response, 200, secret('db')) : sendStatus(response, 401),
    );
    cleanups.push(() => server.close());
    const api = createClient({ config: { ...config, server: server.url }, clock: new FakeClock(), random: () => 0 });
    cleanups.push(() => api.close());
    await expect(api.apply(resources.secret, secret('db'))).resolves.toMatchObject({ kind: 'Secret' });
    expect(server.requests).toHaveLength(2);
  });

  test('calls beyond the rate wait their turn', async () => {
    const { api, server, clock } = await setUp((_, response) => sendJson(response, 200, secret('db')), { qps: 1 });
    const calls = Array.from({ length: 4 }, () => api.get(resources.secret, at));
    await clock.untilSleeping(2);
    await Promise.all(calls.slice(0, 2));
    expect(server.requests).toHaveLength(2);
    await clock.advance(1_000);
    await calls[2];
    expect(server.requests).toHaveLength(3);
    await clock.advance(1_000);
    await calls[3];
  });
});

describe('aborting', () => {
  test('a call, a wait between attempts and a watch end with the reason of their signal', async () => {
    const { api, clock } = await setUp(({ path, query }, response) => {
      if (query.get('watch')) return response.writeHead(200).flushHeaders();
      if (path.endsWith('/busy')) return sendStatus(response, 429, {}, { 'retry-after': '9' });
    });
    const stop = new AbortController();
    const reason = new Error('enough');
    const { signal } = stop;
    const endings = [
      api.get(resources.secret, { namespace: 'shop', name: 'silent' }, { signal }),
      api.get(resources.secret, { namespace: 'shop', name: 'busy' }, { signal }),
      drain(api.watch(resources.secret, { resourceVersion: '1', signal })),
    ].map((promise) => promise.catch((error: unknown) => error));
    await clock.untilSleeping();
    stop.abort(reason);
    expect(await Promise.all(endings)).toEqual([reason, reason, reason]);
    await expect(api.list(resources.secret, { signal })).rejects.toBe(reason);
  });

  test('closing ends what is open', async () => {
    const { api, clock } = await setUp(({ query }, response) => {
      if (query.get('watch')) response.writeHead(200).flushHeaders();
    });
    const watch = drain(api.watch(resources.secret, { resourceVersion: '1' })).catch((error) => error);
    await clock.untilWaiting();
    await api.close();
    expect(await watch).toMatchObject({ name: 'AbortError' });
  });
});

async function drain<T extends KubeObject>(events: AsyncIterable<{ object: T }>): Promise<T[]> {
  const objects: T[] = [];
  for await (const { object } of events) objects.push(object);
  return objects;
}

describe('an answer that is no object', () => {
  test.each(['{"data":{"a":"hunter2', 'hunter2', '<html>hunter2', '', 'null', '5'])(
    'is told as such and never quoted: %j',
    async (body) => {
      const { api } = await setUp((_, response) => response.writeHead(200).end(body));
      const error = await api.get(resources.secret, { namespace: 'shop', name: 'db' }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'KUBE_BAD_DATA', status: 502 });
      expect(error.message).toMatch(/sent something else than a Kubernetes object$/);
      expect(String(error.cause)).not.toContain('hunter2');
    },
  );
});
