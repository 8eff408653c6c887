// Who we trust and who we are, on real TLS connections; and proxies.

import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../../src/kube/client.ts';
import { type ClusterConfig, fixedConfig, type TlsMaterial } from '../../../src/kube/cluster-config.ts';
import { loadClusterConfig } from '../../../src/kube/config.ts';
import { resources } from '../../../src/kube/resources.ts';
import { FakeClock } from '../../support/clock.ts';
import { loopback, type Received, sendJson } from '../../support/loopback.ts';
import { type KeyAndCert, type TestAuthority, testAuthority } from '../../support/tls.ts';

let authority: TestAuthority;
let other: TestAuthority;
let serverPair: KeyAndCert;
let clientPair: KeyAndCert;

beforeAll(() => {
  authority = testAuthority();
  other = testAuthority('other authority');
  serverPair = authority.server();
  clientPair = authority.client('jane');
});

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const list = { metadata: { resourceVersion: '1' }, items: [] };

async function tlsServer(pair: KeyAndCert = serverPair, ca?: string) {
  const subjects: (string | undefined)[] = [];
  const server = await loopback(
    ({ socket }: Received, response) => {
      subjects.push((socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined);
      sendJson(response, 200, list);
    },
    { ...pair, ...(ca && { ca, requestCert: true, rejectUnauthorized: true }) },
  );
  cleanups.push(() => server.close());
  return { server, subjects };
}

function clientOf(config: ClusterConfig) {
  const api = createClient({ config, clock: new FakeClock(), random: () => 0 });
  cleanups.push(() => api.close());
  return api;
}

const clientWith = (server: string, tls: TlsMaterial) => clientOf(fixedConfig({ server, tls }));

describe('an answer that is too long', () => {
  test('is not taken, nor read to its end', async () => {
    const server = await loopback((_, response) => {
      // Without end: nobody could wait for it.
      const send = () => {
        while (!response.destroyed && response.write('x'.repeat(4096)));
      };
      response.on('drain', send);
      send();
    });
    cleanups.push(() => server.close());
    const api = clientOf(fixedConfig({ server: server.url, tls: {} }));
    const asked = api.request('/proxy', { method: 'POST', body: '{}', mostBytes: 100_000 });
    await expect(asked).rejects.toMatchObject({ code: 'KUBE_BAD_DATA' });
  });

  test('is taken where it is just as long as it may be', async () => {
    const server = await loopback((_, response) => void response.end('x'.repeat(1000)));
    cleanups.push(() => server.close());
    const api = clientOf(fixedConfig({ server: server.url, tls: {} }));
    expect((await api.request('/proxy', { mostBytes: 1000 })).body).toHaveLength(1000);
  });
});

describe('TLS', () => {
  test('an authority that is given is trusted, and no other', async () => {
    const { server } = await tlsServer();
    await expect(clientWith(server.url, { ca: authority.cert }).list(resources.secret)).resolves.toBeDefined();
    const wrong = clientWith(server.url, { ca: other.cert }).list(resources.secret);
    await expect(wrong).rejects.toMatchObject({ code: 'KUBE_NOT_TRUSTED', outcome: 'unreachable' });
    await expect(clientWith(server.url, {}).list(resources.secret)).rejects.toMatchObject({ code: 'KUBE_NOT_TRUSTED' });
    await expect(clientWith(server.url, { insecure: true }).list(resources.secret)).resolves.toBeDefined();
  });

  test('a certificate for another name is told, and accepted under tls-server-name', async () => {
    const { server } = await tlsServer(authority.server({ dns: 'api.internal' }));
    const wrong = clientWith(server.url, { ca: authority.cert }).list(resources.secret);
    await expect(wrong).rejects.toThrow('is for another name');
    const named = clientWith(server.url, { ca: authority.cert, servername: 'api.internal' });
    await expect(named.list(resources.secret)).resolves.toBeDefined();
  });

  test('a client certificate is who we are', async () => {
    const { server, subjects } = await tlsServer(serverPair, authority.cert);
    await clientWith(server.url, { ca: authority.cert, ...clientPair }).list(resources.secret);
    expect(subjects).toEqual(['jane']);
    // A write, since a read would try again after what looks like a reset.
    const anonymous = clientWith(server.url, { ca: authority.cert }).request('/version', { method: 'POST' });
    await expect(anonymous).rejects.toMatchObject({ status: 0, outcome: 'unreachable' });
  });

  test('calls share few handshakes, and new certificates make new connections', async () => {
    const { server, subjects } = await tlsServer(serverPair, authority.cert);
    let pair = clientPair;
    const credentials = async () => ({ headers: {}, tls: { ca: Buffer.from(authority.cert), ...pair } });
    const api = clientOf({ server: server.url, credentials, renew() {} });
    for (let call = 0; call < 20; call++) await api.list(resources.secret);
    expect(server.connections).toBeLessThanOrEqual(2);
    pair = authority.client('john');
    await api.list(resources.secret);
    expect(subjects.at(-1)).toBe('john');
  });

  test('an authority that was replaced is read again when the handshake fails', async () => {
    const { server } = await tlsServer();
    let ca = other.cert;
    const config: ClusterConfig = {
      server: server.url,
      credentials: async () => ({ headers: {}, tls: { ca } }),
      renew() {
        ca = authority.cert;
      },
    };
    await expect(clientOf(config).list(resources.secret)).resolves.toBeDefined();
  });

  test('a kubeconfig from file to answer: authority, client certificate and impersonation', async () => {
    const { server, subjects } = await tlsServer(serverPair, authority.cert);
    const files: Record<string, string> = {
      '/k/config': JSON.stringify({
        'current-context': 'x',
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority': 'ca.crt' } }],
        users: [
          {
            name: 'u',
            user: {
              'client-certificate-data': Buffer.from(clientPair.cert).toString('base64'),
              'client-key': 'client.key',
              as: 'jane',
              'as-groups': ['one', 'two'],
            },
          },
        ],
      }),
      '/k/ca.crt': authority.cert,
      '/k/client.key': clientPair.key,
    };
    const readFile = async (path: string) => Buffer.from(files[path] ?? '');
    const host = { env: { KUBECONFIG: '/k/config' }, cwd: '/', readFile, clock: new FakeClock() };
    await clientOf(await loadClusterConfig(host)).list(resources.secret);
    expect(subjects).toEqual(['jane']);
    const raw = server.requests[0]?.rawHeaders ?? [];
    const groups = raw.filter((_, index) => raw[index - 1]?.toLowerCase() === 'impersonate-group');
    // One header each: the API server takes a joined one for one group.
    expect(groups).toEqual(['one', 'two']);
  });
});

test('a call that is aborted ends at once, even while a silent server keeps the handshake waiting', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    stop.abort(reason);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const api = clientWith(`https://127.0.0.1:${port}`, { ca: authority.cert });
  await expect(api.list(resources.secret, { signal: stop.signal })).rejects.toBe(reason);
  await api.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test('an HTTP proxy is tunnelled through, with TLS to the server inside', async () => {
  const { server } = await tlsServer();
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer();
  proxy.on('connect', (request, socket: Socket, head) => {
    tunnels.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  const config = fixedConfig({ server: server.url, tls: { ca: authority.cert } });
  const api = clientOf({ ...config, proxyUrl: `http://127.0.0.1:${port}` });
  await expect(api.list(resources.secret)).resolves.toBeDefined();
  expect(tunnels).toEqual([new URL(server.url).host]);
});
