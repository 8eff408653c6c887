// Node's HTTP server in front of a handler, with limits on how long and how large a request may be.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SealError } from '../../src/errors.ts';
import { errorResponse, type Handler, type HttpResponse } from './respond.ts';

/** A server that listens. */
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
// Of all requests and answers together, so that neither slow senders nor slow readers can fill the memory.
const mostHeld = 32 * 1024 * 1024;
// What a piece of a body takes beside its bytes: it may come a byte at a time.
const pieceBytes = 256;
// Neither sent nor read for so long, though an answer may be worked on for most of it.
const silenceMs = 60_000;

/** Serves until closed. Rejects with a `SealError` (`CANNOT_LISTEN`) when the address cannot be had. */
export async function serve({ host, port }: Address, handler: Handler): Promise<Listening> {
  const total = { bytes: 0 };
  const limits = {
    ...{ requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: 30_000, maxHeaderSize: 16 * 1024 },
    // How often Node looks whether these times are over.
    connectionsCheckingInterval: 1_000,
  };
  const server = createServer(limits, (request, response) => {
    const held = new Held(total);
    response.once('close', () => held.release());
    answer(handler, { request, response, held }).catch(() => response.destroy());
  });
  server.maxConnections = 512;
  server.timeout = silenceMs;
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
    const refuse = (cause: Error) => reject(cannotListen(host, port, cause));
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

const whyNot: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
  EACCES: 'the system does not allow it',
};

function cannotListen(host: string | undefined, port: number, cause: Error & { code?: string }): SealError {
  const name = host?.includes(':') ? `[${host}]` : (host ?? '');
  const why = whyNot[cause.code ?? ''] ?? `the system says ${cause.code}`;
  return new SealError('CANNOT_LISTEN', `cannot listen at ${name}:${port}: ${why}`, {
    hint: 'choose another address with --listen-address and --metrics-address',
    cause,
  });
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  held: Held;
}

/** What one exchange takes of the memory, from its first byte until its answer is sent or nobody is there any more. */
class Held {
  readonly #total: { bytes: number };
  #own = 0;

  constructor(total: { bytes: number }) {
    this.#total = total;
  }

  /** Returns whether there is room for it. */
  take(bytes: number): boolean {
    this.#own += bytes;
    this.#total.bytes += bytes;
    return this.#total.bytes <= mostHeld;
  }

  release(): void {
    this.#total.bytes -= this.#own;
    this.#own = 0;
  }
}

async function answer(handler: Handler, { request, response: outgoing, held }: Exchange): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const body = await readBody(request, held);
  const isRefused = !(body instanceof Uint8Array);
  const response = isRefused ? body : await handler({ method, path: pathOf(url), body });
  if (outgoing.destroyed) return;
  const text = Buffer.from(response.body);
  held.take(text.byteLength);
  outgoing.writeHead(response.status, {
    ...response.headers,
    'content-length': text.byteLength,
    'x-content-type-options': 'nosniff',
    ...(isRefused && { connection: 'close' }),
  });
  outgoing.end(method === 'HEAD' ? undefined : text);
}

// The path alone counts: a host in it, and the Host header, are the caller's word.
const pathOf = (url: string) =>
  new URL(url.startsWith('/') ? `http://controller${url}` : 'http://controller/').pathname;

async function readBody(incoming: IncomingMessage, held: Held): Promise<Uint8Array | HttpResponse> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > largestBody) return errorResponse(413, 'TOO_LARGE', `a request may have ${largestBody} bytes`);
    if (!held.take(chunk.byteLength + pieceBytes)) return busy();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const busy = () => errorResponse(503, 'BUSY', 'too many requests are being received', { 'retry-after': '2' });
