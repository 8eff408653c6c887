// A Vault server small enough for the controller's own tests: KV v1 and v2 with versions, logins, tokens that end, and what a test takes away.

import { connect } from 'node:net';
import { loopback } from '../../support/loopback.ts';

interface Version {
  data: Record<string, unknown>;
  deletion: string;
  destroyed: boolean;
}

/** What a login says who it is; the controller's token is known by it. */
export interface SmallLogin {
  path: string;
  body: Record<string, unknown>;
  namespace: string;
  headers: Record<string, unknown>;
}

export type SmallVault = Awaited<ReturnType<typeof startSmallVault>>;

/** At `kv` an engine of version 2, at `old` one of version 1, and at `transit` one that is none. */
export async function startSmallVault() {
  const versions = new Map<string, Version[]>();
  const old = new Map<string, Record<string, unknown>>();
  const tokens = new Map<string, SmallLogin>();
  const reads: string[] = [];
  const probes: string[] = [];
  const logins: SmallLogin[] = [];
  const calls: string[] = [];
  const state = {
    /** Answer everything with this status. */
    trouble: undefined as number | undefined,
    /** Paths that may not be read, below `/v1/`. */
    denied: (_: string, _login: SmallLogin) => false as boolean,
    /** Where the event stream is. */
    events: undefined as string | undefined,
    /** Logins that are refused. */
    refuses: (_: SmallLogin) => false as boolean,
  };
  const created = (version: number) => `2026-01-01T00:00:0${version % 10}.123456789Z`;
  const facts = ({ deletion, destroyed }: Version, version: number) => ({
    created_time: created(version),
    deletion_time: deletion,
    destroyed,
  });
  const isDeleted = ({ deletion, destroyed }: Version) =>
    destroyed || (deletion !== '' && Date.parse(deletion) <= Date.now());

  const readV2 = (path: string, asked: string | null) => {
    const all = versions.get(path) ?? [];
    const number = Number(asked ?? 0) || all.length;
    const version = all[number - 1];
    if (!version) return { status: 404, body: { errors: [] } };
    const metadata = { ...facts(version, number), custom_metadata: null, version: number };
    const gone = isDeleted(version);
    return { status: gone ? 404 : 200, body: { data: { data: gone ? null : version.data, metadata } } };
  };
  const metadataOf = (path: string) => {
    const all = versions.get(path);
    if (!all) return { status: 404, body: { errors: [] } };
    const entries = all.map((version, index) => [String(index + 1), facts(version, index + 1)]);
    return {
      status: 200,
      body: { data: { current_version: all.length, custom_metadata: null, versions: Object.fromEntries(entries) } },
    };
  };
  const mountOf = (path: string) => {
    if (path.startsWith('kv/')) return { status: 200, body: { data: { type: 'kv', options: { version: '2' } } } };
    if (path.startsWith('old/')) return { status: 200, body: { data: { type: 'kv', options: { version: '1' } } } };
    if (path.startsWith('transit/')) return { status: 200, body: { data: { type: 'transit', options: null } } };
    return { status: 403, body: { errors: ['preflight capability check returned 403'] } };
  };
  const answer = (path: string, query: URLSearchParams) => {
    const [, word, rest = ''] = /^kv\/(data|metadata)\/(.+)$/.exec(path) ?? [];
    if (word === 'data') {
      reads.push(path);
      return readV2(rest, query.get('version'));
    }
    if (word === 'metadata') {
      probes.push(path);
      return metadataOf(rest);
    }
    if (path.startsWith('kv/')) {
      reads.push(path);
      const warnings = ['Invalid path for a versioned K/V secrets engine.'];
      return { status: 404, body: { data: null, errors: [], warnings } };
    }
    if (path.startsWith('old/')) {
      reads.push(path);
      const data = old.get(path.slice('old/'.length));
      return data ? { status: 200, body: { data } } : { status: 404, body: { errors: [] } };
    }
    if (path.startsWith('sys/internal/ui/mounts/')) return mountOf(path.slice('sys/internal/ui/mounts/'.length));
    if (path === 'auth/token/lookup-self') return { status: 200, body: { data: {} } };
    if (path === 'auth/token/revoke-self') return { status: 204, body: {} };
    return { status: 404, body: { errors: [`no handler for route "${path}". route entry not found.`] } };
  };
  const logIn = (login: SmallLogin) => {
    logins.push(login);
    if (state.refuses(login)) return { status: 403, body: { errors: ['body-marker: permission denied'] } };
    const token = `hvs.small-${logins.length}`;
    tokens.set(token, login);
    return { status: 200, body: { auth: { client_token: token, lease_duration: 3600, renewable: true } } };
  };

  const server = await loopback(({ method, path: whole, query, headers, body }, response) => {
    const path = whole.replace(/^\/v1\//, '');
    calls.push(`${method} ${path}`);
    const token = headers['x-vault-token'];
    const login = typeof token === 'string' ? tokens.get(token) : undefined;
    const namespace = String(headers['x-vault-namespace'] ?? '');
    const reply = () => {
      if (state.trouble) return { status: state.trouble, body: { errors: ['body-marker'] } };
      if (path === 'sys/seal-status') return { status: 200, body: { sealed: false } };
      if (path.endsWith('/login')) return logIn({ path, body: JSON.parse(body), namespace, headers });
      if (!login || state.denied(path, login)) return { status: 403, body: { errors: ['permission denied'] } };
      return answer(path, query);
    };
    const { status, body: answered } = reply();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 204 ? undefined : JSON.stringify(answered));
  });
  // Subscriptions go to the stream of `vault-events.ts`, where a test has one.
  server.onUpgrade((request, socket, head) => {
    if (!state.events) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(state.events);
    const stream = connect({ host: hostname, port: Number(port) }, () => {
      const lines = request.rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`));
      stream.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
      stream.write(head);
      stream.pipe(socket).pipe(stream);
    });
    for (const one of [stream, socket])
      one
        .on('error', () => undefined)
        .on('close', () => {
          stream.destroy();
          socket.destroy();
        });
  });
  return Object.assign(state, {
    url: server.url,
    reads,
    probes,
    logins,
    calls,
    requests: server.requests,
    /** A new version of a secret in `kv`; its number. */
    put(path: string, data: Record<string, unknown>): number {
      const all = versions.get(path) ?? [];
      versions.set(path, all);
      return all.push({ data, deletion: '', destroyed: false });
    },
    /** A secret in `old`. */
    putOld: (path: string, data: Record<string, unknown>) => void old.set(path, data),
    /** Soft-deletes the newest version; `undelete` brings it back. */
    softDelete: (path: string) => change(path, { deletion: '2026-01-02T00:00:00Z' }),
    undelete: (path: string) => change(path, { deletion: '' }),
    destroy: (path: string) => change(path, { destroyed: true }),
    revokeAll: () => tokens.clear(),
    reset() {
      for (const list of [reads, probes, logins, calls]) list.splice(0);
    },
    close: () => server.close(),
  });

  function change(path: string, what: Partial<Version>): void {
    const newest = versions.get(path)?.at(-1);
    if (newest) Object.assign(newest, what);
  }
}
