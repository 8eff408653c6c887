// The way to a Vault server against real servers on loopback: TLS, redirects, limits, proxies.

import { createHash } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTransport, type TransportOptions } from '../../../../controller/stores/vault/transport.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { type Loopback, loopback, sendJson } from '../../../support/loopback.ts';
import { testAuthority } from '../../../support/tls.ts';

// Keys take their time: one authority for all.
const authority = testAuthority();
const certified = authority.server();

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serve(...options: Parameters<typeof loopback>): Promise<Loopback> {
  const server = await loopback(...options);
  open.push(server.close);
  return server;
}

function transportTo(server: string, options: Partial<TransportOptions> = {}) {
  const transport = createTransport({
    server: new URL(server),
    tls: {},
    environment: {},
    clock: systemClock,
    ...options,
  });
  open.push(() => transport.close());
  const get = (path: string, more: { body?: string; signal?: AbortSignal } = {}) =>
    transport.send({
      method: more.body === undefined ? 'GET' : 'POST',
      url: `${server}${path}`,
      headers: { 'x-vault-token': 'T' },
      signal: new AbortController().signal,
      ...more,
    });
  return { transport, get };
}

describe('redirects', () => {
  it('follows one to the same server, with the body and the token', async () => {
    const server = await serve((request, response) => {
      if (request.path === '/v1/a') response.writeHead(307, { location: '/v1/b' }).end();
      else sendJson(response, 200, { at: request.path });
    });
    const { text } = await transportTo(server.url).get('/v1/a', { body: '{}' });
    expect(JSON.parse(text)).toEqual({ at: '/v1/b' });
    expect(server.requests[1]).toMatchObject({ method: 'POST', body: '{}' });
    expect(server.requests[1]?.headers['x-vault-token']).toBe('T');
  });

  it('follows no second one', async () => {
    const server = await serve((_, response) => response.writeHead(307, { location: '/again' }).end());
    expect((await transportTo(server.url).get('/v1/a')).status).toBe(307);
    expect(server.requests).toHaveLength(2);
  });

  it('never carries the token to another host', async () => {
    const other = await serve((_, response) => sendJson(response, 200, {}));
    const server = await serve((_, response) => response.writeHead(307, { location: `${other.url}/v1/a` }).end());
    await expect(transportTo(server.url).get('/v1/a')).rejects.toMatchObject({ code: 'redirected' });
    expect(other.requests).toEqual([]);
  });

  it('never goes from https to http', async () => {
    const server = await serve((_, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:1/v1/a' }).end();
    }, certified);
    const { get } = transportTo(server.url, { tls: { ca: authority.cert } });
    await expect(get('/v1/a')).rejects.toMatchObject({ code: 'redirected' });
  });

  it('takes a redirect without a place to go for an answer', async () => {
    const server = await serve((_, response) => response.writeHead(307).end());
    expect((await transportTo(server.url).get('/v1/a')).status).toBe(307);
  });
});

describe('connections', () => {
  it('shows the client certificate', async () => {
    let seen: string | undefined;
    const server = await serve(
      (request, response) => {
        const socket = request.socket as unknown as { getPeerCertificate(): { subject?: { CN: string } } };
        seen = socket.getPeerCertificate().subject?.CN;
        sendJson(response, 200, {});
      },
      { ...certified, requestCert: true, ca: authority.cert },
    );
    const { cert, key } = authority.client('app');
    await transportTo(server.url, { tls: { ca: authority.cert, cert, key } }).get('/v1/a');
    expect(seen).toBe('app');
  });

  it('says what the handshake failed at', async () => {
    const server = await serve((_, response) => sendJson(response, 200, {}), certified);
    const error = await transportTo(server.url)
      .get('/v1/a')
      .catch((reason) => reason);
    expect(error).toMatchObject({ code: 'tls', detail: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  it('makes no more connections than it may', async () => {
    const held: (() => void)[] = [];
    const server = await serve((_, response) => {
      held.push(() => sendJson(response, 200, {}));
      if (held.length >= 2) for (const go of held.splice(0)) go();
    });
    const { get } = transportTo(server.url, { connections: 2 });
    await Promise.all(Array.from({ length: 10 }, () => get('/v1/a')));
    expect(server.connections).toBe(2);
  });

  it('tells a refused connection', async () => {
    const server = await serve(() => undefined);
    await server.close();
    await expect(transportTo(server.url).get('/v1/a')).rejects.toMatchObject({ code: 'refused' });
  });

  it('tells a name that does not resolve', async () => {
    await expect(transportTo('http://does-not-exist.invalid:8200').get('/v1/a')).rejects.toMatchObject({
      code: 'unresolved',
    });
  });
});

describe('limits', () => {
  it('ends an answer that grows beyond the limit', async () => {
    const server = await serve((_, response) => response.end('x'.repeat(5_000)));
    await expect(transportTo(server.url, { maxResponseBytes: 1_000 }).get('/v1/a')).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  it('ends an answer that does not end', async () => {
    const server = await serve((_, response) => void response.writeHead(200).write('{'));
    await expect(transportTo(server.url, { timeoutMs: 40 }).get('/v1/a')).rejects.toMatchObject({ code: 'timeout' });
  });

  it('ends at once when the signal is already aborted', async () => {
    const server = await serve((_, response) => sendJson(response, 200, {}));
    const signal = AbortSignal.abort(new Error('before it began'));
    await expect(transportTo(server.url).get('/v1/a', { signal })).rejects.toThrow('before it began');
    expect(server.requests).toEqual([]);
  });
});

describe('proxies', () => {
  it('goes through a tunnel to an https server, and checks its certificate', async () => {
    const server = await serve(
      (_, response) => sendJson(response, 200, { ok: true }),
      authority.server({ dns: 'vault.test' }),
    );
    const proxy = await tunnelTo(new URL(server.url).port);
    const environment = { HTTPS_PROXY: proxy.url };
    const trusted = transportTo('https://vault.test:8200', { environment, tls: { ca: authority.cert } });
    expect((await trusted.get('/v1/a')).status).toBe(200);
    expect(proxy.asked[0]).toMatch(/^CONNECT vault\.test:8200 /);
    const untrusted = transportTo('https://vault.test:8200', { environment });
    await expect(untrusted.get('/v1/a')).rejects.toMatchObject({ code: 'tls' });
  });

  it('hands a plain request over whole', async () => {
    const proxy = await serve((request, response) => sendJson(response, 200, { host: request.headers.host }));
    const { get } = transportTo('http://vault.test:8200', { environment: { HTTP_PROXY: proxy.url } });
    expect(JSON.parse((await get('/v1/a')).text)).toEqual({ host: 'vault.test:8200' });
  });

  it.each(['https', 'http'])(
    'that are down are told apart from the server (%s), without their login',
    async (scheme) => {
      const proxy = 'http://user:s3cret@127.0.0.1:1';
      const { get } = transportTo(`${scheme}://vault.test:8200`, {
        environment: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy },
      });
      await expect(get('/v1/a')).rejects.toMatchObject({
        code: 'refused',
        message: `the proxy on the way to ${scheme}://vault.test:8200 refuses connections`,
      });
    },
  );

  it('that let nobody through are told', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end('HTTP/1.1 407 Give a password\r\n\r\n'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => server.close(() => resolve())));
    const HTTPS_PROXY = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { get } = transportTo('https://vault.test:8200', { environment: { HTTPS_PROXY } });
    await expect(get('/v1/a')).rejects.toMatchObject({
      message: 'the proxy does not let through to https://vault.test:8200',
    });
  });

  it('never proxies loopback', async () => {
    const proxy = await serve((_, response) => sendJson(response, 500, {}));
    const server = await serve((_, response) => sendJson(response, 200, {}));
    const environment = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
    expect((await transportTo(server.url, { environment }).get('/v1/a')).status).toBe(200);
    expect(proxy.requests).toEqual([]);
  });
});

/** A proxy that tunnels to a port of loopback, whatever it is asked for. */
async function tunnelTo(port: string) {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      asked.push(head.toString());
      const onward = connect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe('a WebSocket', () => {
  const messages = async (frames: (socket: Socket) => void) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (head) => {
        const [, key = ''] = /sec-websocket-key: (.+)\r\n/i.exec(String(head)) ?? [];
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n';
        socket.write(`${upgrade}sec-websocket-accept: ${accept}\r\n\r\n`);
        frames(socket);
        // The answer to the last frame, which closes.
        socket.on('data', () => socket.end());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(async () => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const socket = transportTo(url).transport.webSocket(`${url}/v1/events`, {});
    const heard: number[] = [];
    socket.addEventListener('message', ({ data }) => heard.push(String(data).length));
    socket.addEventListener('error', () => undefined);
    await new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
    return heard;
  };
  const frame = (bytes: number, first = 0x81) => {
    const head = Buffer.alloc(10);
    head[0] = first;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(bytes), 2);
    return Buffer.concat([head, Buffer.alloc(bytes, 'x')]);
  };
  const end = Buffer.from([0x88, 0]);

  it('takes messages of the size of events', async () => {
    expect(await messages((socket) => socket.write(Buffer.concat([frame(60_000), end])))).toEqual([60_000]);
  });

  it('ends with a message that no event is as long as', async () => {
    expect(await messages((socket) => socket.write(Buffer.concat([frame(200_000), end])))).toEqual([]);
  });

  it('ends with a message that comes in more pieces than any event', async () => {
    const pieces = [frame(1, 0x01), ...Array.from({ length: 1_000 }, () => frame(1, 0x00)), frame(1, 0x80), end];
    expect(await messages((socket) => socket.write(Buffer.concat(pieces)))).toEqual([]);
  });
});
