// The one way to a Vault server: pooled connections, TLS, proxy, time and size limits, and a redirect that gives no token away.

import { Agent, type Dispatcher, ProxyAgent, WebSocket } from 'undici';
import { LinkedAbort, unlessAborted } from '../../../src/kube/abort.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import type { TlsMaterial } from '../../../src/kube/cluster-config.ts';
import { connectOptions, flatHeaders } from '../../../src/kube/undici.ts';
import { type Environment, proxyFor } from '../proxy.ts';

/** One HTTP exchange. `url` is absolute and already encoded. */
export interface Exchange {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
  signal: AbortSignal;
}

/** What came back, whatever its status. */
export interface Answer {
  status: number;
  /** Names in lower case; repeated headers joined by a comma. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

/** No answer came. Carries no part of the request: neither headers nor body. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** A short word: `timeout`, `refused`, `reset`, `unresolved`, `tls`, `too-large`, `redirected`, `failed`. */
  readonly code: NoAnswerCode;
  /** Node's or undici's code where there is one, such as `CERT_HAS_EXPIRED`. */
  readonly detail: string | undefined;

  constructor(code: NoAnswerCode, message: string, detail?: string) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** Why no answer came; the `code` of metrics. */
export type NoAnswerCode =
  | 'timeout'
  | 'refused'
  | 'reset'
  | 'unresolved'
  | 'tls'
  | 'too-large'
  | 'redirected'
  | 'failed';

/** The server, and the limits of exchanges with it. */
export interface TransportOptions {
  /** The server's address; exchanges go nowhere else. */
  server: URL;
  tls: TlsMaterial;
  environment: Environment;
  clock: Clock;
  /** Default: 16. */
  connections?: number;
  /** From the start to the end of the body. Default: 30 s. */
  timeoutMs?: number | undefined;
  /** Of one answer's body. Default: 16 MiB (an entry of Vault ends at 1 MiB, a list of a large folder is longer). */
  maxResponseBytes?: number;
}

/** Exchanges with one server. */
export interface Transport {
  /** Throws `NoAnswer`, or the signal's reason. Any status is an answer. */
  send(exchange: Exchange): Promise<Answer>;
  /** Begins a WebSocket (RFC 6455) by the same way; it tells by its events how it fares. */
  webSocket(url: string, headers: Record<string, string>): WebSocket;
  close(): Promise<void>;
}

/** Opens no connection before the first exchange. */
export function createTransport(options: TransportOptions): Transport {
  const { server, clock, timeoutMs = 30_000 } = options;
  const dispatcher = dispatcherFor(options);
  const isProxied = proxyFor(server, options.environment) !== undefined;

  const once = async (exchange: Exchange, signal: AbortSignal): Promise<Answer> => {
    const url = new URL(exchange.url);
    const response = dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: exchange.method,
      headers: exchange.headers,
      ...(exchange.body !== undefined && { body: exchange.body }),
      signal,
      // Our own limit rules over the whole exchange.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // undici (7.30) does not heed the signal while a connection is being made.
    const { statusCode, headers, body } = await unlessAborted(response, signal);
    return { status: statusCode, headers: flatHeaders(headers), text: await body.text() };
  };

  return {
    async send(exchange) {
      const { signal } = exchange;
      signal.throwIfAborted();
      const attempt = new LinkedAbort(signal);
      const cancelLimit = clock.timer(timeoutMs, () => attempt.abort());
      try {
        const answer = await once(exchange, attempt.signal);
        const target = redirectTarget(answer, server);
        return target ? await once({ ...exchange, url: target }, attempt.signal) : answer;
      } catch (error) {
        signal.throwIfAborted();
        if (attempt.signal.aborted)
          throw new NoAnswer('timeout', `no answer from ${server.origin} within ${timeoutMs} ms`);
        throw noAnswer(server, error, isProxied);
      } finally {
        cancelLimit();
        attempt.leave();
      }
    },
    webSocket: (url, headers) => new WebSocket(url, { dispatcher, headers }),
    close: () => dispatcher.destroy(),
  };
}

function dispatcherFor({ server, tls, environment, connections = 16, maxResponseBytes = 2 ** 24 }: TransportOptions) {
  const connect = connectOptions(tls);
  const pool = { connections, pipelining: 1, keepAliveTimeout: 30_000, maxResponseSize: maxResponseBytes };
  const proxy = proxyFor(server, environment);
  if (proxy === undefined) return withSmallMessages(new Agent({ ...pool, connect }));
  // Proxies rarely let a plain HTTP exchange tunnel to a port of its own.
  const proxyTunnel = server.protocol === 'https:';
  return withSmallMessages(new ProxyAgent({ ...pool, uri: proxy, requestTls: connect, proxyTunnel }));
}

// An event of Vault has some hundred bytes, and whose server it is nobody knows: undici would gather 128 MiB.
const webSocketOptions = { maxPayloadSize: 65_536, maxFragments: 256 };

// Not by its option, which a ProxyAgent (7.30) does not heed.
const withSmallMessages = <T extends Dispatcher>(dispatcher: T): T =>
  Object.defineProperty(dispatcher, 'webSocketOptions', { value: webSocketOptions });

const redirects = new Set([301, 302, 307, 308]);

/**
 * Where a redirect leads, once. Only the very host that was configured gets the token and the body: a standby that names
 * another has to forward requests itself, as it does by default. https never becomes http.
 */
function redirectTarget({ status, headers }: Answer, server: URL): string | undefined {
  const { location } = headers;
  if (!redirects.has(status) || location === undefined || !URL.canParse(location, server.href)) return undefined;
  const target = new URL(location, server);
  const isUpgrade = server.protocol === 'http:' && target.protocol === 'https:';
  const isSamePlace = target.origin === server.origin || (isUpgrade && target.hostname === server.hostname);
  if (isSamePlace) return target.href;
  throw new NoAnswer(
    'redirected',
    `${server.origin} redirects to ${target.origin}, which is not trusted with the token`,
  );
}

const words: Readonly<Record<string, NoAnswerCode>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_CLOSED: 'reset',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'too-large',
};

const phrases: Readonly<Record<NoAnswerCode, string>> = {
  timeout: 'does not answer in time',
  refused: 'refuses connections',
  reset: 'broke the connection off',
  unresolved: 'has a name that does not resolve',
  tls: 'failed the TLS handshake',
  'too-large': 'sent more than is accepted',
  redirected: 'redirects elsewhere',
  failed: 'could not be asked',
};

// Whose connection it is that failed: to the server behind a proxy there is none of ours.
const ofProxy: readonly (string | undefined)[] = ['refused', 'unresolved'];

function noAnswer({ origin }: URL, error: unknown, isProxied: boolean): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const detail = codeOf(error);
  const code = words[detail ?? ''] ?? (isTlsCode(detail) ? 'tls' : 'failed');
  // How undici (7.30) tells of a proxy that answers CONNECT with something else than 200.
  if (isProxied && detail === 'UND_ERR_ABORTED') {
    return new NoAnswer(code, `the proxy does not let through to ${origin}`, detail);
  }
  const who = isProxied && ofProxy.includes(code) ? `the proxy on the way to ${origin}` : origin;
  return new NoAnswer(code, `${who} ${phrases[code]}`, detail);
}

function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    // Node tries each address of a name and gathers the failures.
    const inner = at instanceof AggregateError ? at.errors[0] : at;
    if (inner instanceof Error && 'code' in inner && typeof inner.code === 'string') return inner.code;
  }
  return undefined;
}

// Node hands OpenSSL's verification results through by name, without a common prefix.
const isTlsCode = (code = '') =>
  /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/.test(code);
