// node-vault kept on a short leash: it names the requests, our transport makes them, and nothing it would do by itself happens.

import type { ObserveCall } from '../store.ts';
import { type Answer, NoAnswer, type Transport } from './transport.ts';

/** One request to the HTTP API. */
export interface VaultRequest {
  /** The metrics' word: `kv-read`, `login`, `renew` … */
  call: string;
  /** Below `/v1/`, segment by segment, not encoded. */
  path: readonly string[];
  query?: Readonly<Record<string, string>>;
  /** A POST when given, else a GET. */
  body?: Readonly<Record<string, unknown>> | undefined;
  token?: string | undefined;
  namespace?: string | undefined;
  /** Of this request alone. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** `X-Vault-Index`: the state that the answering node must have reached. */
  index?: string | undefined;
  signal: AbortSignal;
}

/** Makes one request, without a second try. Throws `NoAnswer`, or the signal's reason; any status is an answer. */
export type VaultClient = (request: VaultRequest) => Promise<Answer>;

/** Which server, and by which way to it. */
export interface ClientOptions {
  /** The server's address, perhaps with a path before `/v1`. */
  server: URL;
  transport: Transport;
  /** Sent with every request, such as those a proxy in front of Vault asks for. */
  headers?: Readonly<Record<string, string>> | undefined;
  userAgent: string;
  observe?: ObserveCall | undefined;
  monotonicMs: () => number;
}

/** What node-vault hands to the request function that is injected into it. */
interface NodeVaultRequest {
  method: 'GET' | 'POST';
  uri: string;
  headers: Record<string, string>;
  json?: unknown;
  signal: AbortSignal;
}

/**
 * The client for one server. What keeps node-vault 0.12 in place, against the defects that docs/decisions/vault-client.md
 * lists: its HTTP stack is ours, its answers are passed on as they came, it knows no token, namespace, prefix or endpoint
 * but those given here, its debugging is off, and only `read` and `write` are ever called, with encoded paths and headers
 * made for the one request.
 */
export async function createClient(options: ClientOptions): Promise<VaultClient> {
  const { server, transport, headers = {}, userAgent } = options;
  // Loaded with the first Vault store: it brings axios, which is never used, and 20 MiB.
  const { default: nodeVault } = await import('node-vault');
  const vault = nodeVault({
    endpoint: `${server.origin}${server.pathname.replace(/\/+$/, '')}`,
    // `rpDefaults` would hand in what VAULT_SKIP_VERIFY says.
    'request-promise': { defaults: () => (request: NodeVaultRequest) => transport.send(exchangeOf(request)) },
    debug: () => undefined,
    noCustomHTTPVerbs: true,
  });
  // These fall back to VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX while it is made.
  Object.assign(vault, { token: undefined, namespace: undefined, pathPrefix: '' });
  vault.handleVaultResponse = (answer) => Promise.resolve(answer);

  return observed(options, ({ path, query, body, token, namespace, index, headers: more, signal }) => {
    const where = `${path.map(encodeURIComponent).join('/')}${query ? `?${new URLSearchParams(query)}` : ''}`;
    const own = {
      ...headers,
      ...more,
      'user-agent': userAgent,
      accept: 'application/json',
      // Agents and proxies in front of Vault may demand it, against forged cross-site requests.
      'x-vault-request': 'true',
      ...(token !== undefined && { 'x-vault-token': token }),
      ...(namespace && { 'x-vault-namespace': namespace }),
      ...(index !== undefined && { 'x-vault-index': index }),
    };
    const request = { headers: own, signal };
    return body === undefined ? vault.read(where, request) : vault.write(where, body, request);
  });
}

function exchangeOf({ method, uri, headers, json, signal }: NodeVaultRequest) {
  if (json === undefined) return { method, url: uri, headers, signal };
  return {
    method,
    url: uri,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(json),
    signal,
  };
}

function observed({ observe, monotonicMs }: ClientOptions, client: VaultClient): VaultClient {
  if (!observe) return client;
  return async (request) => {
    const startedMs = monotonicMs();
    const tell = (code: string) =>
      observe({ provider: 'vault', call: request.call, code, seconds: (monotonicMs() - startedMs) / 1000 });
    try {
      const answer = await client(request);
      tell(String(answer.status));
      return answer;
    } catch (error) {
      tell(error instanceof NoAnswer ? error.code : 'aborted');
      throw error;
    }
  };
}
