// Real HTTP and HTTPS servers on loopback for tests: what arrives is recorded, what is answered is the test's.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** One request as it arrived. */
export interface Received {
  method: string;
  /** Path without query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  /** Repeated headers as they were sent: name, value, name, value … */
  rawHeaders: string[];
  body: string;
  socket: Socket;
}

export interface Loopback {
  url: string;
  requests: Received[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Takes the requests that want to be something else than HTTP. */
  onUpgrade(handler: (request: IncomingMessage, socket: Socket, head: Buffer) => void): void;
  close(): Promise<void>;
}

/** Answers each request by `answer`; closes with every connection. */
export async function loopback(
  answer: (request: Received, response: ServerResponse, index: number) => void,
  tls?: ServerOptions,
): Promise<Loopback> {
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url ?? '/', 'http://loopback');
    const request: Received = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      rawHeaders: incoming.rawHeaders,
      body: Buffer.concat(chunks).toString('utf8'),
      socket: incoming.socket,
    };
    requests.push(request);
    answer(request, response, requests.length - 1);
  };
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    onUpgrade: (handler) => server.on('upgrade', (request, socket, head) => handler(request, socket as Socket, head)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Sends a whole JSON answer. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Sends a metav1.Status. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  status: { reason?: string; message?: string; details?: unknown } = {},
  headers: Record<string, string> = {},
) {
  sendJson(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...status }, headers);
}
