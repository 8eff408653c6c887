// The embedded Kubernetes API server behind `seal dev`, `seal demo` and the fast tests: HTTPS in front of the routes.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { stringify } from 'yaml';
import { SealError } from '../errors.ts';
import type { Clock } from '../kube/clock.ts';
import { seed } from './bootstrap.ts';
import { makeCertificates, type ServerCertificates } from './certificates.ts';
import type { Cluster } from './cluster.ts';
import { Collector } from './garbage.ts';
import { Lists } from './lists.ts';
import { Registry } from './registry.ts';
import type { ApiRequest, ApiResponse, Caller } from './request.ts';
import { type Answer, type Backstage, route } from './routes.ts';
import type { ServiceBackend } from './service-proxy.ts';
import { Refusal, refuse } from './status.ts';
import { Store } from './store.ts';
import { administrator, anonymous, Tokens } from './tokens.ts';
import type { Sink } from './watch.ts';

/** What a fault injector may do with a request: answer it, hold it up, cut the connection, or let it pass. */
export type Fault = ApiResponse | { delayMs: number } | 'reset' | undefined;

export interface ApiServerOptions {
  clock: Clock;
  /** Default: 0, any free port. */
  port?: number;
  /** Address to listen on. Default: 127.0.0.1. */
  host?: string;
  /** Changes that watches can go back before they get 410. Default: 10,000. */
  historySize?: number;
  /** What stands behind Services, for their proxy subresource. Default: nothing, 503. */
  serviceBackend?: ServiceBackend;
  /** Default: made now, for `host`. For tests, which start many servers. */
  certificates?: ServerCertificates;
  /** For tests: sees every request first. */
  intercept?: (request: ApiRequest) => Fault | Promise<Fault>;
}

export interface ApiServer {
  url: string;
  /** YAML text; the administrator by client certificate. */
  kubeconfig: string;
  /** Bearer token of the administrator. */
  adminToken: string;
  caPem: string;
  /** Forgets the history of changes: watches from before get 410. */
  compact(): void;
  /** Ends every open watch as a restarting server would. */
  dropWatches(): void;
  /** Leaves every open watch open but silent, as a connection does whose other end has vanished. */
  stallWatches(): void;
  /** Ends all connections; the objects are gone. */
  close(): Promise<void>;
}

const keepAliveMs = 180_000;
const maxBodyBytes = 3 * 1024 * 1024;
const maxUnreadBytes = 64 * 1024 * 1024;

/** Starts a server with an empty cluster: four namespaces, their default service accounts, the role cluster-admin. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, port = 0, host = '127.0.0.1' } = options;
  const certificates = options.certificates ?? (await makeCertificates(host, clock.now()));
  const store = new Store(options.historySize);
  const time = () =>
    clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  const cluster: Cluster = { store, registry: new Registry(store), clock, time };
  const collector = new Collector(cluster);
  const tokens = new Tokens(cluster);
  seed(cluster);
  const backstage = { cluster, tokens, lists: new Lists(cluster), backend: options.serviceBackend };
  const streams = new Set<ServerResponse>();
  const server = createServer(
    {
      cert: certificates.server.certificatePem,
      key: certificates.server.keyPem,
      ca: certificates.caPem,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => void serve(backstage, options, streams, request, response),
  );
  // Clients pool connections; one that closes under a request would look like a failing server.
  server.keepAliveTimeout = keepAliveMs;
  const sockets = new Set<Socket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  const url = await listening(server, port, host);
  return {
    url,
    kubeconfig: kubeconfigOf(url, certificates),
    adminToken: tokens.adminToken,
    caPem: certificates.caPem,
    compact: () => store.compact(),
    dropWatches: () => {
      for (const stream of streams) stream.destroy();
    },
    stallWatches: () => streams.clear(),
    close: () =>
      new Promise((resolve) => {
        collector.stop();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listening(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const hint = 'choose another port, or 0 for any that is free';
      reject(new SealError('LISTEN', `the API server cannot listen on ${host}:${port}`, { hint, cause }));
    });
    server.listen(port, host, () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve(`https://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}

function kubeconfigOf(url: string, { caPem, admin }: ServerCertificates): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const name = 'sealwright';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': base64(caPem) } }],
    users: [
      {
        name,
        user: { 'client-certificate-data': base64(admin.certificatePem), 'client-key-data': base64(admin.keyPem) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  });
}

async function serve(
  backstage: Backstage,
  { intercept, clock }: ApiServerOptions,
  streams: Set<ServerResponse>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const request = await read(incoming);
    const fault = await intercept?.(request);
    if (fault === 'reset') return void incoming.socket.destroy();
    if (fault && 'delayMs' in fault) await clock.sleep(fault.delayMs);
    const answered =
      fault && 'status' in fault ? fault : await route(backstage, request, authenticate(backstage, request, incoming));
    send(answered, request, response, streams);
  } catch (error) {
    if (response.headersSent || response.destroyed) return void response.destroy();
    const status = error instanceof Refusal ? error.status : internalError(error);
    write(response, { status: status.code ?? 500, body: status });
  }
}

function internalError(error: unknown): Refusal['status'] {
  const message = error instanceof Error ? error.message : String(error);
  return new Refusal(500, 'InternalError', `Internal error occurred: ${message}`).status;
}

async function read(incoming: IncomingMessage): Promise<ApiRequest> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'https://server');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  if (size > maxBodyBytes) throw refuse.tooLarge(`Request entity too large: limit is ${maxBodyBytes}`);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : value]),
  );
  return {
    method: incoming.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers,
    body: Buffer.concat(chunks),
  };
}

function authenticate({ tokens }: Backstage, { headers }: ApiRequest, { socket }: IncomingMessage): Caller {
  const caller = identify(tokens, headers.authorization, socket as TLSSocket);
  const as = headers['impersonate-user'];
  if (!as) return caller;
  if (!caller.groups.includes('system:masters')) {
    throw refuse.forbidden(
      { group: '', plural: 'users' },
      as,
      `User "${caller.username}" cannot impersonate resource "users" in API group "" at the cluster scope`,
    );
  }
  const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(as);
  const implied = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : [];
  const given = (headers['impersonate-group'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  return { username: as, groups: [...(given.length > 0 ? given : implied), 'system:authenticated'] };
}

function identify(tokens: Tokens, authorization: string | undefined, socket: TLSSocket): Caller {
  if (authorization !== undefined) {
    const caller = tokens.callerOf(/^Bearer\s+(.+)$/i.exec(authorization)?.[1] ?? '');
    if (!caller) throw refuse.unauthorized();
    return caller;
  }
  // Only the administrator holds a certificate that this run's authority has signed.
  return socket.authorized && socket.getPeerCertificate().subject?.CN ? administrator : anonymous;
}

function send(answer: Answer, request: ApiRequest, response: ServerResponse, streams: Set<ServerResponse>): void {
  if (!('watch' in answer)) {
    write(response, answer, request.method === 'HEAD');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  streams.add(response);
  response.on('close', () => streams.delete(response));
  answer.watch(sinkOf(response, streams));
}

// A stream that is no longer in the set has been stalled.
function sinkOf(response: ServerResponse, streams: ReadonlySet<ServerResponse>): Sink {
  return {
    write(line) {
      if (response.writableEnded || response.destroyed || !streams.has(response)) return;
      response.write(line);
      // A reader that stopped reading would otherwise fill this process.
      if (response.writableLength > maxUnreadBytes) response.destroy();
    },
    end: () => {
      if (streams.has(response)) response.end();
    },
    onClose: (callback) => void response.on('close', callback),
  };
}

function write(
  response: ServerResponse,
  { status, headers = {}, body, warnings = [] }: ApiResponse,
  head = false,
): void {
  const type = headers['content-type'] ?? 'application/json';
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const payload = raw ? body : type === 'application/yaml' ? stringify(body) : `${JSON.stringify(body)}\n`;
  const quoted = [...new Set(warnings)].map((text) => `299 - ${JSON.stringify(text)}`);
  if (quoted.length > 0) response.setHeader('warning', quoted);
  response.writeHead(status, { ...headers, 'content-type': type, 'cache-control': 'no-cache, private' });
  response.end(head ? undefined : payload);
}
