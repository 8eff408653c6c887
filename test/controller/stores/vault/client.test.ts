// node-vault 0.12 on its leash: one test for each defect that docs/decisions/vault-client.md lists.

import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClient, type VaultRequest } from '../../../../controller/stores/vault/client.ts';
import { VaultSession } from '../../../../controller/stores/vault/session.ts';
import { createTransport } from '../../../../controller/stores/vault/transport.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { SecretBytes } from '../../../../src/redact.ts';
import { type Loopback, loopback, type Received, sendJson } from '../../../support/loopback.ts';
import { testAuthority } from '../../../support/tls.ts';

// Keys take their time: one authority for all.
const authority = testAuthority();
const certified = authority.server();

const servers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of servers.splice(0).reverse()) await close();
});

type Answers = Parameters<typeof loopback>[0];
const ok: Answers = (_, response) => sendJson(response, 200, { data: {} });

async function serve(answers: Answers = ok, tls?: Parameters<typeof loopback>[1]): Promise<Loopback> {
  const server = await loopback(answers, tls);
  servers.push(server.close);
  return server;
}

async function clientOf(server: string, { ca, timeoutMs = 5_000 }: { ca?: string; timeoutMs?: number } = {}) {
  const url = new URL(server);
  const transport = createTransport({ server: url, tls: { ca }, environment: {}, clock: systemClock, timeoutMs });
  servers.push(() => transport.close());
  const client = await createClient({ server: url, transport, userAgent: 'sealwright/test', monotonicMs: () => 0 });
  return (request: Partial<VaultRequest> & Pick<VaultRequest, 'path'>) =>
    client({ call: 'test', signal: new AbortController().signal, ...request });
}

const tokens = (requests: readonly Received[]) => requests.map(({ headers }) => headers['x-vault-token']);

describe('node-vault behind our transport', () => {
  it('1: sends the token of the very request, never an earlier one', async () => {
    const server = await serve();
    const send = await clientOf(server.url);
    for (const token of ['T1', 'T2', undefined, 'T3']) await send({ path: ['secret', 'x'], token });
    expect(tokens(server.requests)).toEqual(['T1', 'T2', undefined, 'T3']);
  });

  it('2: logs in at the mount that was named, not through its own login commands', async () => {
    const server = await serve((_, response) =>
      sendJson(response, 200, { auth: { client_token: 'T', lease_duration: 0 } }),
    );
    const client = await clientOf(server.url);
    const login = {
      method: 'kubernetes',
      namespace: undefined,
      identity: [],
      secrets: [],
      request: async () => ({ path: ['k8s', 'east', 'login'], body: { role: 'app', jwt: 'J' } }),
    };
    const session = new VaultSession({ client, login, server: server.url, clock: systemClock, random: () => 0 });
    await session.send({ call: 'read', path: ['secret', 'x'], signal: new AbortController().signal });
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/auth/k8s/east/login' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ role: 'app', jwt: 'J' });
  });

  it('3: a refused path with sys/health in it is a refusal', async () => {
    const server = await serve((_, response) => sendJson(response, 403, { errors: ['permission denied'] }));
    const send = await clientOf(server.url);
    expect((await send({ path: ['secret', 'data', 'sys', 'health'] })).status).toBe(403);
  });

  it('4: encodes every segment, so that nothing in a name becomes part of the address', async () => {
    const server = await serve();
    const send = await clientOf(server.url);
    for (const name of ['a?b', 'a#b', 'a&b', 'a/b', '&#x2F;', 'a b', '%2e%2e', 'é']) {
      await send({ path: ['secret', 'data', name] });
    }
    const sent = server.requests.map(({ path, query }) => [path.replace('/v1/secret/data/', ''), query.size]);
    expect(sent).toEqual([
      ['a%3Fb', 0],
      ['a%23b', 0],
      ['a%26b', 0],
      ['a%2Fb', 0],
      ['%26%23x2F%3B', 0],
      ['a%20b', 0],
      ['%252e%252e', 0],
      ['%C3%A9', 0],
    ]);
  });

  it('5: verifies certificates whatever VAULT_SKIP_VERIFY says', async () => {
    vi.stubEnv('VAULT_SKIP_VERIFY', 'false');
    const server = await serve(ok, certified);
    await expect((await clientOf(server.url))({ path: ['x'] })).rejects.toMatchObject({ code: 'tls' });
  });

  it('5: takes no address, token, namespace, prefix or proxy from the environment', async () => {
    const elsewhere = await serve();
    for (const name of ['VAULT_ADDR', 'HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY']) vi.stubEnv(name, elsewhere.url);
    vi.stubEnv('VAULT_TOKEN', 'of the environment');
    vi.stubEnv('VAULT_NAMESPACE', 'of-the-environment');
    vi.stubEnv('VAULT_PREFIX', '/of/the/environment');
    const server = await serve();
    await (await clientOf(`${server.url}/below`))({ path: ['secret', 'x'] });
    expect(elsewhere.requests).toEqual([]);
    expect(server.requests[0]?.path).toBe('/below/v1/secret/x');
    expect(Object.keys(server.requests[0]?.headers ?? {})).not.toContain('x-vault-token');
    expect(Object.keys(server.requests[0]?.headers ?? {})).not.toContain('x-vault-namespace');
  });

  it('6: reads under a private authority keep their connection', async () => {
    const server = await serve(ok, certified);
    const send = await clientOf(server.url, { ca: authority.cert });
    for (let at = 0; at < 20; at++) await send({ path: ['secret', 'x'] });
    expect(server.requests).toHaveLength(20);
    // undici may open a second while the first is not idle yet.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('8: an error of the network carries neither token nor body', async () => {
    const server = await serve((request) => request.socket.destroy());
    const send = await clientOf(server.url);
    const body = { jwt: 'very-secret-jwt' };
    const error = await send({ path: ['auth', 'login'], token: 'very-secret-token', body }).catch((reason) => reason);
    const shown = `${JSON.stringify(error)} ${inspect(error, { depth: 10, showHidden: true })} ${error.stack}`;
    expect(error).toMatchObject({ code: 'reset' });
    expect(shown).not.toContain('very-secret');
    expect(error.cause).toBeUndefined();
  });

  it('9: says nothing when its debugging is asked for', async () => {
    vi.stubEnv('DEBUG', '*');
    const written: string[] = [];
    const spies = [process.stderr, process.stdout].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0),
    );
    try {
      const debug = (await import('debug' as string)).default;
      debug.enable('*');
      const server = await serve();
      await (await clientOf(server.url))({ path: ['auth', 'login'], body: { jwt: 'very-secret-jwt' }, token: 'T' });
      debug.disable();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect(written.join('')).not.toContain('very-secret');
    expect(written.join('')).not.toContain('node-vault');
  });

  it('10: hands on the headers of the answer', async () => {
    const server = await serve((_, response) =>
      sendJson(response, 429, {}, { 'retry-after': '7', 'x-vault-index': 'i' }),
    );
    const { headers } = await (await clientOf(server.url))({ path: ['x'] });
    expect(headers).toMatchObject({ 'retry-after': '7', 'x-vault-index': 'i' });
  });

  it('10: ends with its signal, and with its time limit', async () => {
    const server = await serve(() => undefined);
    const controller = new AbortController();
    const reading = (await clientOf(server.url))({ path: ['x'], signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    const limited = await clientOf(server.url, { timeoutMs: 30 });
    await expect(limited({ path: ['x'] })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('11: hands on the very text, digits and all', async () => {
    const text = '{"data":{"n":12345678901234567890,"f":1.10}}';
    const server = await serve((_, response) => response.end(text));
    expect((await (await clientOf(server.url))({ path: ['x'] })).text).toBe(text);
  });

  it('12: lists by GET, and keeps the headers that were given', async () => {
    const server = await serve();
    const url = new URL(server.url);
    const transport = createTransport({ server: url, tls: {}, environment: {}, clock: systemClock });
    servers.push(() => transport.close());
    const headers = { 'x-tenant': 'a' };
    const send = await createClient({
      server: url,
      transport,
      headers,
      userAgent: 'sealwright/1',
      monotonicMs: () => 0,
    });
    const { signal } = new AbortController();
    await send({
      call: 'list',
      path: ['kv', 'metadata', 'app', ''],
      query: { list: 'true' },
      namespace: 'a/b',
      signal,
    });
    await send({ call: 'login', path: ['auth', 'x', 'login'], body: { a: 1 }, signal });
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/v1/kv/metadata/app/' });
    expect(server.requests[0]?.query.get('list')).toBe('true');
    for (const request of server.requests) {
      expect(request.headers).toMatchObject({
        'x-tenant': 'a',
        'x-vault-request': 'true',
        'user-agent': 'sealwright/1',
      });
    }
    expect(server.requests[0]?.headers['x-vault-namespace']).toBe('a/b');
    expect(server.requests[1]?.headers['content-type']).toBe('application/json');
  });

  it('7: its own renewal is never started: a life beyond the longest timer renews nothing for weeks', async () => {
    const delays: number[] = [];
    const timer = (ms: number) => {
      delays.push(ms);
      return () => undefined;
    };
    const clock = { ...systemClock, timer };
    const server = await serve((_, response) =>
      sendJson(response, 200, { auth: { client_token: 'T', lease_duration: 768 * 3600 * 2, renewable: true } }),
    );
    const client = await clientOf(server.url);
    const request = async () => ({ path: ['approle', 'login'], body: {} });
    const login = {
      method: 'appRole',
      namespace: undefined,
      identity: [],
      secrets: [new SecretBytes(new Uint8Array())],
      request,
    };
    const session = new VaultSession({ client, login, server: server.url, clock, random: () => 0 });
    await session.send({ call: 'read', path: ['secret', 'x'], signal: new AbortController().signal });
    expect(delays).toEqual([2 ** 31 - 1]);
  });
});
