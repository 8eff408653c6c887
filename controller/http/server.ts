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
// An object of Kubernetes has at most 1.5 MiB.
const largestBody = 2 * 1024 * 1024;
// Of all requests together, so that many slow ones cannot fill the memory.
const mostHeld = 32 * 1024 * 1024;

/** Serves until closed. Rejects when the address cannot be had. */
export async function serve({ host, port }: Address, handler: Handler): Promise<Listening> {
  const held = { bytes: 0 };
  const server = createServer(
    { requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: 30_000, maxHeaderSize: 16 * 1024 },
    (request, response) => {
      answer(handler, { request, response, held }).catch(() => response.destroy());
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

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** What bodies of unanswered requests take, of the whole server. */
  held: { bytes: number };
}

async function answer(handler: Handler, { request, response: outgoing, held }: Exchange): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const body = await readBody(request, held);
  const isRefused = body instanceof Response;
  try {
    const response = isRefused ? body : await handler(requestOf(method, url, headers['content-type'], body));
    const text = Buffer.from(await response.arrayBuffer());
    outgoing.writeHead(response.status, {
      ...Object.fromEntries(response.headers),
      'content-length': text.byteLength,
      'x-content-type-options': 'nosniff',
      ...(isRefused && { connection: 'close' }),
    });
    outgoing.end(method === 'HEAD' ? undefined : text);
  } finally {
    if (!isRefused) held.bytes -= body.byteLength;
  }
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

async function readBody(
  incoming: IncomingMessage,
  held: Exchange['held'],
): Promise<Uint8Array<ArrayBuffer> | Response> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let refused: Response | undefined;
  try {
    for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
      length += chunk.byteLength;
      held.bytes += chunk.byteLength;
      if (length > largestBody) refused = errorResponse(413, 'TOO_LARGE', `a request may have ${largestBody} bytes`);
      else if (held.bytes > mostHeld) refused = busy();
      if (refused) break;
      chunks.push(chunk);
    }
  } catch (error) {
    held.bytes -= length;
    throw error;
  }
  if (!refused) return new Uint8Array(Buffer.concat(chunks));
  held.bytes -= length;
  return refused;
}

const busy = () => errorResponse(503, 'BUSY', 'too many requests are being received', { 'retry-after': '2' });
