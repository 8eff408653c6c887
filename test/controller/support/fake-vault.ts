// A Vault server as the controller's own tests need it: KV v2 at `secret/`, one token, and whatever trouble a test asks for.

import { loopback } from '../../support/loopback.ts';

/** What the token is; stored in Secrets named `vault`, key `token`. */
export const vaultToken = 'hvs.marker-token';

export interface FakeVault {
  url: string;
  /** Path below the mount → data; null is soft-deleted. */
  values: Map<string, Record<string, unknown> | null>;
  /** Keys that the token may not read. */
  refused: Set<string>;
  /** Answer everything with this status. */
  trouble: { status: number; retryAfter?: string; complaint?: string } | undefined;
  /** Paths of the values read since the last `reset`. */
  reads: string[];
  /** All requests that were not reads of values. */
  others: string[];
  reset(): void;
  close(): Promise<void>;
}

/** What it writes into every refusal; nothing of it may be seen anywhere. */
const complaint = 'body-marker';

export async function startFakeVault({ token: rightToken = vaultToken } = {}): Promise<FakeVault> {
  const refused: FakeVault['refused'] = new Set();
  const values: FakeVault['values'] = new Map();
  const reads: string[] = [];
  const others: string[] = [];
  const state: Pick<FakeVault, 'trouble'> = { trouble: undefined };
  const answer = (method: string, path: string, token: unknown): { status: number; body: unknown } => {
    if (state.trouble) {
      const { status, complaint: words = '' } = state.trouble;
      return { status, body: { errors: [`${words} ${complaint}`] } };
    }
    if (token !== rightToken) return { status: 403, body: { errors: [`permission denied ${complaint}`] } };
    if (path === '/v1/auth/token/lookup-self') return { status: 200, body: { data: { ttl: 0, renewable: false } } };
    const isList = method === 'LIST' || path.endsWith('?list=true');
    const under = /^\/v1\/secret\/metadata\/?([^?]*)/.exec(path)?.[1];
    if (isList && under !== undefined) {
      const below = [...values.keys()].filter((key) => key.startsWith(under)).map((key) => key.slice(under.length));
      // A folder is listed once, by its name and a slash.
      const keys = [...new Set(below.map((key) => key.replace(/\/.*/, '/')))];
      return keys.length > 0 ? { status: 200, body: { data: { keys } } } : { status: 404, body: { errors: [] } };
    }
    const key = /^\/v1\/secret\/data\/(.*)$/.exec(path)?.[1] ?? '';
    if (refused.has(key))
      return { status: 403, body: { errors: [`1 error occurred: permission denied ${complaint}`] } };
    const data = values.get(key);
    if (data === undefined) return { status: 404, body: { errors: [] } };
    const metadata = {
      version: 1,
      created_time: '2026-01-01T00:00:00Z',
      deletion_time: data ? '' : '2026-01-02T00:00:00Z',
    };
    return { status: data ? 200 : 404, body: { data: { data, metadata } } };
  };
  const server = await loopback(({ method, path, query, headers }, response) => {
    const whole = query.get('list') ? `${path}?list=true` : path;
    if (path.startsWith('/v1/secret/data/')) reads.push(path.slice('/v1/secret/data/'.length));
    else others.push(`${method} ${whole}`);
    const { status, body } = answer(method, whole, headers['x-vault-token']);
    const retryAfter = state.trouble?.retryAfter;
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(retryAfter && { 'retry-after': retryAfter }),
    });
    response.end(JSON.stringify(body));
  });
  return {
    url: server.url,
    values,
    refused,
    get trouble() {
      return state.trouble;
    },
    set trouble(trouble) {
      state.trouble = trouble;
    },
    reads,
    others,
    reset() {
      reads.splice(0);
      others.splice(0);
    },
    close: () => server.close(),
  };
}
