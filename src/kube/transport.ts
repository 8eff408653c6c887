// The one way to the API server: pooled connections, credentials, time limits, and retries where a retry is safe.

import type { Dispatcher } from 'undici';
import { LinkedAbort, unlessAborted } from './abort.ts';
import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { ClusterConfig, Credentials, TlsMaterial } from './cluster-config.ts';
import { type ApiError, type CallSubject, isApiError } from './errors.ts';
import { Pools } from './pools.ts';
import { badData, isHandshakeFailure, refusal, rootCode, unreachable } from './refusals.ts';
import { parseRetryAfter } from './retry-after.ts';
import { TokenBucket } from './token-bucket.ts';
import { flatHeaders } from './undici.ts';

/** One call. `path` is below the server's root and carries its query. */
export interface Call {
  about: Omit<CallSubject, 'server' | 'reach'>;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | undefined;
  /** Most bytes of the answer that are read, where it is not the API server's own. Default: no limit. */
  mostBytes?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** An answer, read whole. */
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
  /** As in `CallSubject`. */
  reach?: string | undefined;
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

/** The one way to an API server. */
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
  readonly #open = new Set<LinkedAbort>();
  #pools: Pools | undefined;
  #closed: DOMException | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#address = new URL(options.config.server);
    this.#bucket = options.qps ? new TokenBucket(options.qps, options.clock) : undefined;
  }

  async send(call: Call): Promise<Answer> {
    const scope = this.#enter(call);
    const backoff = new Backoff({ firstMs: 200, longestMs: 5_000, random: this.#options.random });
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#renewing(() =>
            this.#exchange(call, scope.signal, 'calls', (answer) => this.#whole(call, answer)),
          );
        } catch (error) {
          const waitMs = retryAfter(call, error, attempt, backoff);
          if (waitMs === undefined) throw error;
          await this.#options.clock.sleep(waitMs, scope.signal);
        }
      }
    } finally {
      this.#leave(scope);
    }
  }

  async stream(call: Call): Promise<StreamedAnswer> {
    const scope = this.#enter(call);
    try {
      return await this.#renewing(() =>
        this.#exchange(call, scope.signal, 'streams', async (answer) => {
          if (answer.statusCode >= 400) await this.#whole(call, answer);
          return { chunks: this.#chunks(answer.body, scope) };
        }),
      );
    } catch (error) {
      this.#leave(scope);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = new DOMException('the connection to the cluster was closed', 'AbortError');
    for (const scope of this.#open) scope.abort(this.#closed);
    await this.#pools?.destroy();
    this.#pools = undefined;
  }

  #enter({ signal }: Call): LinkedAbort {
    const scope = new LinkedAbort(signal);
    if (this.#closed) scope.abort(this.#closed);
    this.#open.add(scope);
    return scope;
  }

  #leave(scope: LinkedAbort): void {
    scope.leave();
    this.#open.delete(scope);
  }

  // A 401 or a failed handshake was not processed, so any verb may be tried again once with what the files say now.
  async #renewing<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!isApiError(error) || !(error.status === 401 || isHandshakeFailure(error.cause))) throw error;
      this.#options.config.renew();
      return attempt();
    }
  }

  async #exchange<T>(
    call: Call,
    signal: AbortSignal,
    pool: 'calls' | 'streams',
    read: (answer: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> {
    const { clock, config, timeoutMs = 30_000 } = this.#options;
    signal.throwIfAborted();
    await this.#bucket?.take(signal);
    const credentials = await config.credentials();
    signal.throwIfAborted();
    const startedMs = clock.monotonicMs();
    const late = Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'KUBE_TIMEOUT' });
    // A stream outlives this function: its own abort stays linked, and only the time limit is lifted.
    const attempt = new LinkedAbort(signal);
    const cancelLimit = clock.timer(timeoutMs, () => attempt.abort(late));
    let status = 0;
    try {
      const asked = this.#poolsFor(credentials.tls)[pool].request(this.#request(call, credentials, attempt.signal));
      // While a connection is being made undici (7.30) does not listen to the signal.
      const answer = await unlessAborted(asked, attempt.signal);
      status = answer.statusCode;
      this.#warn(answer.headers);
      return await read(answer);
    } catch (error) {
      attempt.leave();
      signal.throwIfAborted();
      throw isApiError(error) ? error : unreachable(this.#address.origin, attempt.signal.aborted ? late : error);
    } finally {
      cancelLimit();
      if (pool === 'calls') attempt.leave();
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
    if (this.#pools?.isFor(tls)) return this.#pools;
    this.#pools?.retire();
    const { config, connections = 32 } = this.#options;
    this.#pools = new Pools(tls, { proxyUrl: config.proxyUrl, connections });
    return this.#pools;
  }

  async #whole({ about, mostBytes }: Call, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
    const bytes = mostBytes === undefined ? new Uint8Array(await body.arrayBuffer()) : await upTo(body, mostBytes);
    if (!bytes) throw badData(this.#address.origin, `an answer of at most ${mostBytes} bytes`);
    const answer = { status: statusCode, headers: flatHeaders(headers), body: bytes };
    if (statusCode < 400) return answer;
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], this.#options.clock.now());
    const { reach } = this.#options;
    throw refusal({ ...about, server: this.#address.origin, reach }, { ...answer, retryAfterMs });
  }

  async *#chunks(body: Dispatcher.ResponseData['body'], scope: LinkedAbort): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of body) yield chunk as Uint8Array;
    } catch (error) {
      scope.signal.throwIfAborted();
      throw unreachable(this.#address.origin, error);
    } finally {
      this.#leave(scope);
      scope.abort();
    }
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

/** Undefined where there is more, which is then not waited for. */
async function upTo(body: Dispatcher.ResponseData['body'], most: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function retryAfter(call: Call, error: unknown, attempt: number, backoff: Backoff): number | undefined {
  if (!isApiError(error)) return undefined;
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

// RFC 7234 §5.5: `299 - "text"`, several in one header.
function warningTexts(header: string): string[] {
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}
