// The event stream of a Vault server, as tests need it: it speaks WebSocket (RFC 6455) by hand, so that it can also speak it wrongly.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One subscription as it was asked for. */
export interface Subscription {
  /** The pattern of event types, such as `kv*`. */
  types: string;
  query: URLSearchParams;
  token: string | undefined;
  namespace: string | undefined;
  headers: IncomingMessage['headers'];
}

export interface VaultEvents {
  /** http; the stream is at `/v1/sys/events/subscribe/<types>`. */
  url: string;
  /** Every attempt, refused ones included. */
  attempts: Subscription[];
  /** Those that are open now. */
  readonly open: readonly Subscription[];
  /** Answer to new subscriptions: a status refuses, with a redirect's address where it is 307. Undefined: they are taken. */
  refuse: { status: number; location?: string } | undefined;
  /** Tokens that may subscribe. Undefined: any. Others get 403. */
  tokens: Set<string> | undefined;
  /** Resolves as soon as so many are open. */
  opened(count: number): Promise<void>;
  /** Sends one message to everybody: a text as it is, anything else as JSON. */
  send(message: unknown): void;
  /** Sends a ping to everybody; resolves when everybody has answered. */
  ping(): Promise<void>;
  /** Ends every subscription in the regular way. */
  end(code?: number, reason?: string): void;
  /** Breaks every connection off. */
  drop(): void;
  /** Sends bytes that are no frame of WebSocket. */
  garble(): void;
  /** Stays connected and says nothing more; pings that come are not answered either. */
  fallSilent(): void;
  close(): Promise<void>;
}

/** A message as Vault Enterprise 1.16 sends it after something happened to a secret. */
export function kvEvent({
  namespace = '',
  mount = 'secret',
  path,
  operation = 'data-write',
  version,
  engine = 'kv-v2',
  modified = true,
}: {
  namespace?: string;
  mount?: string;
  path: string;
  operation?: string;
  version?: number;
  engine?: 'kv-v1' | 'kv-v2';
  modified?: boolean;
}) {
  const word = operation.startsWith('data-') ? 'data' : operation.replace(/-.*$/, '');
  const whole = engine === 'kv-v1' ? `${mount}/${path}` : `${mount}/${word}/${path}`;
  const id = createHash('sha256').update(`${namespace} ${whole} ${version}`).digest('hex').slice(0, 32);
  return {
    id,
    source: 'https://vaultproject.io/',
    specversion: '1.0',
    type: '*',
    data: {
      event: {
        id,
        metadata: {
          ...(version !== undefined && { current_version: String(version), oldest_version: '0' }),
          ...(/write|patch/.test(operation) && { data_path: engine === 'kv-v1' ? whole : `${mount}/data/${path}` }),
          modified: String(modified),
          operation,
          path: whole,
        },
      },
      event_type: `${engine}/${operation}`,
      plugin_info: {
        mount_class: 'secret',
        mount_accessor: 'kv_5dc4d18e',
        mount_path: `${mount}/`,
        plugin: 'kv',
        version: 'v0.19.0+builtin',
      },
      ...(namespace && { namespace: `${namespace}/` }),
    },
    datacontentype: 'application/cloudevents',
    time: '2026-01-01T00:00:00Z',
  };
}

/** A stream at any free port of 127.0.0.1. */
export async function startVaultEvents(): Promise<VaultEvents> {
  const server = createServer((_, response) => response.writeHead(404).end('{"errors":[]}'));
  const peers = new Map<Socket, Peer>();
  const attempts: Subscription[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const wake = () => {
    for (const one of waiting.splice(0)) {
      if (peers.size >= one.count) one.resolve();
      else waiting.push(one);
    }
  };
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    const subscription = subscriptionIn(request);
    if (!subscription) return answer(socket, 404);
    attempts.push(subscription);
    const { refuse, tokens } = events;
    if (refuse) return answer(socket, refuse.status, refuse.location);
    if (tokens && !tokens.has(subscription.token ?? '')) return answer(socket, 403);
    const gone = () => void peers.delete(socket);
    peers.set(socket, new Peer(socket, { subscription, key: request.headers['sec-websocket-key'] ?? '', gone }));
    wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const each = (action: (peer: Peer) => void) => peers.forEach(action);
  const events: VaultEvents = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    attempts,
    refuse: undefined,
    tokens: undefined,
    get open() {
      return Array.from(peers.values(), ({ subscription }) => subscription);
    },
    opened(count) {
      return new Promise((resolve) => {
        waiting.push({ count, resolve });
        wake();
      });
    },
    send(message) {
      const payload = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
      each((peer) => peer.frame(text, payload));
    },
    async ping() {
      await Promise.all(Array.from(peers.values(), (peer) => peer.ping()));
    },
    end: (code = 1000, reason = '') => each((peer) => peer.end(code, reason)),
    drop: () => each((peer) => peer.drop()),
    garble: () => each(({ socket }) => socket.write(Buffer.from('ff00deadbeef', 'hex'))),
    fallSilent: () => each((peer) => peer.fallSilent()),
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
  return events;
}

function subscriptionIn({ url = '', headers, method }: IncomingMessage): Subscription | undefined {
  const { pathname, searchParams } = new URL(url, 'http://loopback');
  const types = /^\/v1\/sys\/events\/subscribe\/(.+)$/.exec(pathname)?.[1];
  if (types === undefined || method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
  const one = (name: string) => [headers[name]].flat()[0];
  return {
    types: decodeURIComponent(types),
    query: searchParams,
    token: one('x-vault-token'),
    namespace: one('x-vault-namespace'),
    headers,
  };
}

function answer(socket: Socket, status: number, location?: string): void {
  const body = JSON.stringify({ errors: status === 403 ? ['permission denied'] : [] });
  const head = [`HTTP/1.1 ${status} Status`, 'content-type: application/json', `content-length: ${body.length}`];
  if (location !== undefined) head.push(`location: ${location}`);
  socket.end([...head, 'connection: close', '', body].join('\r\n'));
}

const [text, close, ping, pong] = [1, 8, 9, 10];

/** One connection. The client's frames are masked, and ours are not (RFC 6455, section 5.1). */
class Peer {
  readonly socket: Socket;
  readonly subscription: Subscription;
  /** Called when no more can be sent. */
  readonly #gone: () => void;
  #received = Buffer.alloc(0);
  #pongs: (() => void)[] = [];
  #isSilent = false;
  #hasEnded = false;

  constructor(
    socket: Socket,
    { subscription, key, gone }: { subscription: Subscription; key: string; gone: () => void },
  ) {
    this.socket = socket;
    this.subscription = subscription;
    this.#gone = gone;
    socket.on('close', gone);
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: Upgrade'];
    socket.write([...head, `sec-websocket-accept: ${accept}`, '', ''].join('\r\n'));
    socket.on('data', (chunk) => this.#take(chunk));
  }

  frame(opcode: number, payload: Buffer): void {
    if (this.#isSilent) return;
    const { length } = payload;
    const size = length < 126 ? Buffer.of(length) : Buffer.alloc(length < 65_536 ? 3 : 9);
    if (length >= 65_536) size.writeBigUInt64BE(BigInt(length), size.writeUInt8(127));
    else if (length >= 126) size.writeUInt16BE(length, size.writeUInt8(126));
    this.socket.write(Buffer.concat([Buffer.of(0x80 | opcode), size, payload]));
  }

  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pongs.push(resolve);
      this.socket.once('close', () => reject(new Error('the connection ended before the pong')));
      this.frame(ping, Buffer.from('ping'));
    });
  }

  end(code: number, reason: string): void {
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.write(reason, payload.writeUInt16BE(code));
    this.frame(close, payload);
    this.#hasEnded = true;
    this.#gone();
  }

  drop(): void {
    this.#gone();
    this.socket.destroy();
  }

  fallSilent(): void {
    this.#isSilent = true;
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (let frame = this.#next(); frame; frame = this.#next()) this.#react(frame);
  }

  /** The first whole frame; clients of this stream send short ones alone. */
  #next(): { opcode: number; payload: Buffer } | undefined {
    const [first = 0, second = 0] = this.#received;
    const length = second & 0x7f;
    if (this.#received.length < 6 + length) return undefined;
    if (length > 125) throw new Error('a frame that long was not expected of a subscriber');
    const mask = this.#received.subarray(2, 6);
    const payload = Buffer.from(this.#received.subarray(6, 6 + length)).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
    this.#received = this.#received.subarray(6 + length);
    return { opcode: first & 0x0f, payload: Buffer.from(payload) };
  }

  #react({ opcode, payload }: { opcode: number; payload: Buffer }): void {
    if (opcode === pong) this.#pongs.shift()?.();
    if (opcode === ping) this.frame(pong, payload);
    if (opcode !== close) return;
    if (!this.#hasEnded) this.frame(close, payload);
    this.#gone();
    this.socket.end();
  }
}
