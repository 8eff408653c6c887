// The one way from the AWS SDK to AWS: pooled connections, proxies, explicit time limits, and every attempt told to metrics.

import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { LinkedAbort, unlessAborted } from '../../../src/kube/abort.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { type Environment, proxyFor } from '../proxy.ts';
import type { ObserveCall, Provider } from '../store.ts';

/** What of the SDK's request is needed to send it. */
interface SdkRequest {
  protocol: string;
  hostname: string;
  port?: number | undefined;
  method: string;
  path: string;
  query?: Record<string, string | string[] | null> | undefined;
  headers: Record<string, string>;
  body?: unknown;
}

/** What the SDK takes for an answer; `body` is a stream. */
interface SdkResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: unknown;
}

/** The SDK's `requestHandler`, as far as its clients use one. */
export interface SdkHandler {
  readonly metadata: { handlerProtocol: string };
  handle(request: SdkRequest, options?: { abortSignal?: unknown }): Promise<{ response: SdkResponse }>;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
}

/** Limits of one attempt; without them the SDK waits for ever. */
export interface AwsTimeouts {
  /** Default: 3,000. */
  connectMs?: number | undefined;
  /** Until the headers of the answer, and then between pieces of its body. Default: 10,000. */
  answerMs?: number | undefined;
}

export interface AwsTransportOptions {
  clock: Clock;
  environment: Environment;
  observe?: ObserveCall | undefined;
  timeouts?: AwsTimeouts | undefined;
}

/** The SDK knows what may be tried again by name and code; these are the ones it knows. */
class AttemptFailed extends Error {
  readonly code: string;

  constructor(name: 'TimeoutError' | 'NetworkError', code: string) {
    super('no answer');
    this.name = name;
    this.code = code;
  }
}

/** Shared by every client of the process; a client's `destroy` leaves it alone. */
export class AwsTransport {
  readonly #options: AwsTransportOptions;
  readonly #dispatchers = new Map<string, Dispatcher>();

  constructor(options: AwsTransportOptions) {
    this.#options = options;
  }

  /** The handler for clients that work for `provider`. */
  handlerFor(provider: Provider): SdkHandler {
    return {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: async (request, { abortSignal } = {}) => ({
        // The SDK hands on the signal that `send` was given, which is ours.
        response: await this.#send(provider, request, abortSignal as AbortSignal | undefined),
      }),
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
      destroy: () => undefined,
    };
  }

  async close(): Promise<void> {
    const open = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(open.map((dispatcher) => dispatcher.destroy().catch(() => undefined)));
  }

  async #send(provider: Provider, request: SdkRequest, parent: AbortSignal | undefined): Promise<SdkResponse> {
    parent?.throwIfAborted();
    const { clock, observe, timeouts: { connectMs = 3_000, answerMs = 10_000 } = {} } = this.#options;
    const startedMs = clock.monotonicMs();
    const tell = (code: string) =>
      observe?.({ provider, call: callOf(request), code, seconds: (clock.monotonicMs() - startedMs) / 1000 });
    // Also over a proxy, which has waits of its own.
    const attempt = new LinkedAbort(parent);
    const stop = clock.timer(connectMs + answerMs, () => attempt.abort(new AttemptFailed('TimeoutError', 'ETIMEDOUT')));
    try {
      // undici heeds a signal only once it is connected.
      const response = await unlessAborted(this.#exchange(request, attempt.signal, answerMs), attempt.signal);
      tell(String(response.statusCode));
      return response;
    } catch (error) {
      if (parent?.aborted) {
        tell('aborted');
        throw parent.reason;
      }
      const failure = failureOf(error);
      tell(failure.name === 'TimeoutError' ? 'timeout' : wordOf(failure.code));
      throw failure;
    } finally {
      stop();
      attempt.leave();
    }
  }

  async #exchange(request: SdkRequest, signal: AbortSignal, answerMs: number): Promise<SdkResponse> {
    const url = urlOf(request);
    const { statusCode, headers, body } = await this.#dispatcherFor(url).request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method as Dispatcher.HttpMethod,
      // undici sets it from the body, and refuses a second one that differs.
      headers: without(request.headers, 'content-length'),
      body: (request.body as string | Uint8Array | undefined) ?? null,
      headersTimeout: answerMs,
      bodyTimeout: answerMs,
      signal,
    });
    return { statusCode, headers: flat(headers), body };
  }

  #dispatcherFor(url: URL): Dispatcher {
    const proxy = proxyFor(url, this.#options.environment);
    const known = this.#dispatchers.get(proxy ?? '');
    if (known) return known;
    const { connectMs = 3_000 } = this.#options.timeouts ?? {};
    const limits = { connect: { timeout: connectMs }, keepAliveTimeout: 30_000, connections: 32 };
    const dispatcher = proxy ? new ProxyAgent({ uri: proxy, ...limits }) : new Agent(limits);
    this.#dispatchers.set(proxy ?? '', dispatcher);
    return dispatcher;
  }
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}${path}`);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? ''].flat()) url.searchParams.append(name, one);
  }
  return url;
}

// `secretsmanager.GetSecretValue` in a header, or `Action=AssumeRole` in a form.
function callOf({ headers, body }: SdkRequest): string {
  const target = headers['x-amz-target'] ?? headers['X-Amz-Target'];
  if (target) return target.slice(target.indexOf('.') + 1);
  return (typeof body === 'string' && /(?:^|&)Action=(\w+)/.exec(body)?.[1]) || 'request';
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([header]) => header.toLowerCase() !== name));
}

function failureOf(error: unknown): AttemptFailed {
  if (error instanceof AttemptFailed) return error;
  const code = codeOf(error);
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return new AttemptFailed('TimeoutError', 'ETIMEDOUT');
  // undici's word for a connection that ended early.
  return new AttemptFailed('NetworkError', code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : code);
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
}

function wordOf(code: string): string {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'reset';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unresolved';
  return /CERT|TLS|SSL/.test(code) ? 'tls' : 'failed';
}
