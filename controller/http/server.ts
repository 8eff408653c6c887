// Node's HTTP server in front of a handler, with limits on how long and how large a request may be.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorResponse, type Handler } from './respond.ts';

export interface Listening {
  /** `http://host:port`, the port as the system gave it. */
  url: string;
  /** Ends all connections, finished or not. */
  close(): Promise<void>;
}

/** Where to listen: `:8080`, `127.0.0.1:0`, `[::1]:8080`. */
export interface Address {
  /** Undefined: every address of the machine. */
  host: string | undefined;
  /** 0: any free port. */
  port: number;
}

const requestMs = 10_000;
const largestBody = 4 * 1024 * 1024;

/** Serves until closed. Rejects when the address cannot be had. */
export async function serve({ host, port }: Address, handler: Handler): Promise<Listening> {
  const server = createServer(
    { requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: 30_000, maxHeaderSize: 16 * 1024 },
    (request, response) => {
      answer(handler, request, response).catch(() => response.destroy());
    },
  );
  server.maxConnections = 512;
  await listen(server, host, port);
  const { address, port: actual, family } = server.address() as AddressInfo;
  const name = address === '::' || address === '0.0.0.0' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${name}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = incoming;
  const body = await readBody(incoming);
  const response =
    body === undefined
      ? errorResponse(413, 'TOO_LARGE', `a request may have ${largestBody} bytes`)
      : await handler(requestOf(method, url, headers['content-type'], body));
  const text = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, {
    ...Object.fromEntries(response.headers),
    'content-length': text.byteLength,
    'x-content-type-options': 'nosniff',
    ...(body === undefined && { connection: 'close' }),
  });
  outgoing.end(method === 'HEAD' ? undefined : text);
}

function requestOf(
  method: string,
  url: string,
  contentType: string | undefined,
  body: Uint8Array<ArrayBuffer>,
): Request {
  // The path alone counts: the Host header is the caller's word.
  const absolute = new URL(url.startsWith('/') ? `http://controller${url}` : 'http://controller/');
  const hasBody = body.byteLength > 0 && method !== 'GET' && method !== 'HEAD';
  return new Request(absolute, {
    // The platform's Request refuses these; no route has them.
    method: ['CONNECT', 'TRACE', 'TRACK'].includes(method) ? 'OPTIONS' : method,
    ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
    ...(hasBody && { body }),
  });
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > largestBody) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
