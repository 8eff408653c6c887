// The one way to the API server: pooled connections, credentials, time limits, and retries where a retry is safe.

import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { ClusterConfig, Credentials, TlsMaterial } from './cluster-config.ts';
import {
  type ApiError,
  type CallSubject,
  isApiError,
  isHandshakeFailure,
  refusal,
  rootCode,
  unreachable,
} from './errors.ts';
import { TokenBucket } from './token-bucket.ts';

/** One call. `path` is below the server's root and carries its query. */
export interface Call {
  about: Omit<CallSubject, 'server'>;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | undefined;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A body that is still arriving. Leaving the loop over `chunks` closes the connection. */
export interface StreamedAnswer {
  chunks: AsyncIterable<Uint8Array>;
}

/** What a finished attempt looked like; `status` 0 when no answer came. For `kube_requests_total` and its like. */
export interface CallReport {
  verb: string;
  resource: string;
  status: number;
  durationMs: number;
}

export interface TransportOptions {
  config: ClusterConfig;
  clock: Clock;
  /** In [0, 1), for jitter. */
  random: () => number;
  /** Sent as User-Agent, such as `sealwright/1.2.3`. */
  userAgent: string;
  /** Calls a second, with bursts of two seconds' worth. Default: no limit of ours; the server's 429 is obeyed. */
  qps?: number | undefined;
  /** Connections for calls; watches have their own. Default: 32. */
  connections?: number;
  /** How long one attempt may take from start to the end of the body (for a stream: to its headers). Default: 30 s. */
  timeoutMs?: number;
  onCall?: ((report: CallReport) => void) | undefined;
  /** Text of `Warning: 299` headers, such as an API's deprecation; each text once. */
  onWarning?: ((text: string) => void) | undefined;
}

export interface Transport {
  /** The whole answer. Throws `ApiError` for 400 and above, and when no answer came; the signal's reason when aborted. */
  send(call: Call): Promise<Answer>;
  /** The answer's body as it arrives, without a time limit on it. Never retried. */
  stream(call: Call): Promise<StreamedAnswer>;
  close(): Promise<void>;
}

const attemptsOfReads = 4;
// As client-go's with-retry: a server that answers 429 has not processed the request, whatever its verb.
const attemptsWhenThrottled = 10;
const longestRetryAfterMs = 30_000;

/** Opens no connection before the first call. */
export function createTransport(options: TransportOptions): Transport {
  return new PooledTransport(options);
}

class PooledTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #address: URL;
  readonly #bucket: TokenBucket | undefined;
  readonly #warned = new Set<string>();
  readonly #closing = new AbortController();
  #pools: Pools | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#address = new URL(options.config.server);
    this.#bucket = options.qps ? new TokenBucket(options.qps, options.clock) : undefined;
  }

  async send(call: Call): Promise<Answer> {
    const backoff = new Backoff({ firstMs: 200, longestMs: 5_000, random: this.#options.random });
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#renewing(call, () => this.#attempt(call));
      } catch (error) {
        const waitMs = retryAfter(call, error, attempt, backoff);
        if (waitMs === undefined) throw error;
        await this.#options.clock.sleep(waitMs, this.#signalOf(call));
      }
    }
  }

  stream(call: Call): Promise<StreamedAnswer> {
    return this.#renewing(call, () => this.#openStream(call));
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException('the connection to the cluster was closed', 'AbortError'));
    await this.#pools?.destroy();
    this.#pools = undefined;
  }

  // A 401 or a failed handshake was not processed, so any verb may be tried again once with what the files say now.
  async #renewing<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      const stale = isApiError(error) && (error.status === 401 || isHandshakeFailure(error.cause));
      if (!stale || call.signal?.aborted) throw error;
      this.#options.config.renew();
      return attempt();
    }
  }

  async #attempt(call: Call): Promise<Answer> {
    return this.#exchange(call, 'calls', async ({ statusCode, headers, body }) => {
      const answer = { status: statusCode, headers: flat(headers), body: new Uint8Array(await body.arrayBuffer()) };
      if (statusCode >= 400) throw this.#refusal(call, answer);
      return answer;
    });
  }

  async #openStream(call: Call): Promise<StreamedAnswer> {
    const stop = new AbortController();
    const given = call.signal;
    const forward = () => stop.abort(given?.reason);
    given?.addEventListener('abort', forward, { once: true });
    const release = () => {
      given?.removeEventListener('abort', forward);
      stop.abort();
    };
    try {
      return await this.#exchange(
        { ...call, signal: stop.signal },
        'streams',
        async ({ statusCode, headers, body }) => {
          if (statusCode < 400) return { chunks: this.#chunks(call, body, release) };
          const answer = { status: statusCode, headers: flat(headers), body: new Uint8Array(await body.arrayBuffer()) };
          throw this.#refusal(call, answer);
        },
      );
    } catch (error) {
      release();
      throw error;
    }
  }

  async *#chunks(call: Call, body: Dispatcher.ResponseData['body'], release: () => void): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of body) yield chunk as Uint8Array;
    } catch (error) {
      this.#signalOf(call).throwIfAborted();
      throw unreachable(this.#address.origin, error);
    } finally {
      release();
    }
  }

  async #exchange<T>(
    call: Call,
    pool: 'calls' | 'streams',
    read: (answer: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> {
    const { clock, config } = this.#options;
    const signal = this.#signalOf(call);
    signal.throwIfAborted();
    await this.#bucket?.take(signal);
    const credentials = await config.credentials();
    signal.throwIfAborted();
    const startedMs = clock.monotonicMs();
    const limit = timeLimit(clock, this.#options.timeoutMs ?? 30_000, signal);
    let status = 0;
    try {
      const answer = await this.#poolsFor(credentials.tls)[pool].request(
        this.#request(call, credentials, limit.signal),
      );
      status = answer.statusCode;
      this.#warn(answer.headers);
      return await read(answer);
    } catch (error) {
      signal.throwIfAborted();
      throw isApiError(error) ? error : unreachable(this.#address.origin, limit.passed() ? limit.error : error);
    } finally {
      limit.cancel();
      this.#report(call, status, startedMs);
    }
  }

  #request(call: Call, credentials: Credentials, signal: AbortSignal): Dispatcher.RequestOptions {
    return {
      origin: this.#address.origin,
      path: `${this.#address.pathname.replace(/\/$/, '')}${call.path}`,
      method: call.method as Dispatcher.HttpMethod,
      headers: {
        'user-agent': this.#options.userAgent,
        accept: 'application/json',
        ...call.headers,
        ...credentials.headers,
      },
      ...(call.body !== undefined && { body: call.body }),
      signal,
      // Our own limit rules, and a watch may be silent for long.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
  }

  #poolsFor(tls: TlsMaterial): Pools {
    if (this.#pools && sameTls(this.#pools.tls, tls)) return this.#pools;
    // Calls in flight finish on the connections they have.
    this.#pools?.retire();
    this.#pools = new Pools(this.#options, tls);
    return this.#pools;
  }

  #signalOf(call: Call): AbortSignal {
    return call.signal ? AbortSignal.any([call.signal, this.#closing.signal]) : this.#closing.signal;
  }

  #refusal(call: Call, answer: Answer): ApiError {
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], this.#options.clock.now());
    return refusal({ ...call.about, server: this.#address.origin }, { ...answer, retryAfterMs });
  }

  #report({ about: { verb, resource } }: Call, status: number, startedMs: number): void {
    const durationMs = this.#options.clock.monotonicMs() - startedMs;
    this.#options.onCall?.({ verb, resource: resource?.plural ?? '', status, durationMs });
  }

  #warn(headers: Dispatcher.ResponseData['headers']): void {
    const { onWarning } = this.#options;
    if (!onWarning || headers.warning === undefined) return;
    for (const text of [headers.warning].flat().flatMap(warningTexts)) {
      if (this.#warned.has(text) || this.#warned.size >= 1000) continue;
      this.#warned.add(text);
      onWarning(text);
    }
  }
}

// Watches keep their connection for minutes: among the calls' few they could hold them all.
class Pools {
  readonly tls: TlsMaterial;
  readonly calls: Dispatcher;
  readonly streams: Dispatcher;

  constructor({ config, connections = 32 }: TransportOptions, tls: TlsMaterial) {
    this.tls = tls;
    this.calls = dispatcher(config, tls, connections);
    this.streams = dispatcher(config, tls, null);
  }

  retire(): void {
    void this.calls.close().catch(() => undefined);
    void this.streams.close().catch(() => undefined);
  }

  async destroy(): Promise<void> {
    await Promise.all([this.calls.destroy(), this.streams.destroy()]);
  }
}

function dispatcher({ proxyUrl }: ClusterConfig, tls: TlsMaterial, connections: number | null): Dispatcher {
  const requestTls = {
    ...(tls.ca !== undefined && { ca: nodeBytes(tls.ca) }),
    ...(tls.cert !== undefined && { cert: nodeBytes(tls.cert) }),
    ...(tls.key !== undefined && { key: nodeBytes(tls.key) }),
    ...(tls.servername !== undefined && { servername: tls.servername }),
    ...(tls.insecure && { rejectUnauthorized: false }),
    timeout: 10_000,
  };
  const pool = { connections, pipelining: 1, keepAliveTimeout: 30_000, keepAliveMaxTimeout: 300_000 };
  if (proxyUrl === undefined) return new Agent({ ...pool, connect: requestTls });
  // Its types leave out the TLS settings of the tunnelled connection that it reads (undici 7.30).
  if (/^socks5?:/.test(proxyUrl)) return new Socks5ProxyAgent(proxyUrl, { requestTls } as object);
  return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls });
}

const nodeBytes = (pem: string | Uint8Array) => (typeof pem === 'string' ? pem : Buffer.from(pem));

function sameTls(left: TlsMaterial, right: TlsMaterial): boolean {
  const members = ['ca', 'cert', 'key', 'servername', 'insecure'] as const;
  return left === right || members.every((member) => sameBytes(left[member], right[member]));
}

function sameBytes(left: unknown, right: unknown): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  return left === right;
}

function timeLimit(clock: Clock, ms: number, signal: AbortSignal) {
  const error = Object.assign(new Error(`no answer within ${ms} ms`), { code: 'KUBE_TIMEOUT' });
  const controller = new AbortController();
  const cancelTimer = clock.timer(ms, () => controller.abort(error));
  const forward = () => controller.abort(signal.reason);
  signal.addEventListener('abort', forward, { once: true });
  return {
    error,
    signal: controller.signal,
    passed: () => controller.signal.reason === error,
    cancel() {
      cancelTimer();
      signal.removeEventListener('abort', forward);
    },
  };
}

function retryAfter(call: Call, error: unknown, attempt: number, backoff: Backoff): number | undefined {
  if (!isApiError(error) || call.signal?.aborted) return undefined;
  const throttled = error.status === 429;
  const readAgain = call.method === 'GET' && (error.status >= 500 || wasReset(error));
  if (attempt >= (throttled ? attemptsWhenThrottled : attemptsOfReads) || !(throttled || readAgain)) return undefined;
  const askedMs = error.retryAfterMs ?? 0;
  // Waiting longer than this is the caller's business: a reconciler requeues, a person decides.
  return askedMs > longestRetryAfterMs ? undefined : askedMs + backoff.nextMs();
}

// A server that cannot be reached at all is told at once; one that dropped the connection may be there again.
function wasReset({ status, cause }: ApiError): boolean {
  return status === 0 && ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED'].includes(rootCode(cause));
}

function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  // RFC 9110 §10.2.3: seconds or a date.
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}

// RFC 7234 §5.5: `299 - "text"`, several in one header.
function warningTexts(header: string): string[] {
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}
