// One way to speak raw HTTP to an API server, embedded or real, for the conformance suite.

import { Agent, request as send } from 'undici';

/** An answer, its body parsed when it is JSON. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: the suite looks into bodies of every shape.
  body: any;
}

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

/** Events of a watch, one at a time. */
export interface WatchReader {
  /** The next event; fails when the stream ends. */
  next(): Promise<Reply['body']>;
  /** Undefined once the stream has ended. */
  maybeNext(): Promise<Reply['body'] | undefined>;
  close(): void;
}

export interface Connection {
  request(method: string, path: string, options?: RequestOptions): Promise<Reply>;
  watch(path: string, headers?: Record<string, string>): Promise<WatchReader>;
  kubeconfigPath: string;
  /** Whether it is ours; cases that only the real server can pass look at it. */
  embedded: boolean;
  /** Makes the revisions before now too old to watch from. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  url: string;
  ca: string;
  /** Bearer token, or a client certificate. */
  credentials: { token: string } | { cert: string; key: string };
  kubeconfigPath: string;
  embedded: boolean;
  compact(): Promise<void>;
  onClose(): Promise<void>;
}

/** Connects; requests with an `authorization` header of their own go out without our credentials. */
export function connectTo(options: ConnectionOptions): Connection {
  const { url, ca, credentials } = options;
  const agent = new Agent({ connect: { ca, ...('cert' in credentials ? credentials : {}) } });
  const bare = new Agent({ connect: { ca } });
  const base: Record<string, string> = 'token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {};
  return {
    embedded: options.embedded,
    kubeconfigPath: options.kubeconfigPath,
    compact: options.compact,
    async request(method, path, { body, headers = {} } = {}) {
      const own = 'authorization' in headers;
      const sent = own ? headers : { ...base, ...headers };
      const all = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...sent };
      const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await send(`${url}${path}`, {
        method: method as 'GET',
        headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
        body: text,
        dispatcher: own ? bare : agent,
      });
      const raw = await answer.body.text();
      return { status: answer.statusCode, headers: answer.headers, body: parsed(raw) };
    },
    async watch(path, headers = {}) {
      const stop = new AbortController();
      const answer = await send(`${url}${path}`, {
        headers: { ...base, ...headers },
        dispatcher: agent,
        signal: stop.signal,
      });
      answer.body.on('error', () => {});
      return reader(lines(answer.body), stop);
    },
    async close() {
      await agent.destroy();
      await bare.destroy();
      await options.onClose();
    },
  };
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter(Boolean);
  }
}

function reader(source: AsyncGenerator<string>, stop: AbortController): WatchReader {
  const maybeNext = async () => {
    const { done, value } = await source.next();
    return done ? undefined : JSON.parse(value);
  };
  return {
    maybeNext,
    async next() {
      const event = await maybeNext();
      if (event === undefined) throw new Error('the watch ended');
      return event;
    },
    close: () => stop.abort(),
  };
}
