// The connections and logins that backends share: stores of the same server and identity log in once.

import { createHmac, randomBytes } from 'node:crypto';
import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import type { Environment } from '../proxy.ts';
import type { ObserveCall } from '../store.ts';
import { createClient } from './client.ts';
import { EventStream } from './event-stream.ts';
import type { AwsIdentity } from './iam.ts';
import type { Login } from './login.ts';
import type { RetrySettings } from './retry.ts';
import { VaultSession } from './session.ts';
import type { ServerSettings } from './settings.ts';
import { type Answer, createTransport, type Transport } from './transport.ts';

/** What every connection to a Vault server is made with; one for the whole controller. */
export interface VaultDependencies {
  clock: Clock;
  /** In [0, 1), for jitter. */
  random: () => number;
  /** HTTPS_PROXY and the like. */
  environment: Environment;
  /** Sent as User-Agent, such as `sealwright/1.2.3`. */
  userAgent: string;
  /** The controller's own service account token; rejects where there is none. */
  ownToken: () => Promise<string>;
  awsIdentity?: AwsIdentity | undefined;
  observe?: ObserveCall | undefined;
  /** Of one exchange. Default: 30 s. */
  timeoutMs?: number | undefined;
}

/** How to reach a server under one identity. */
export interface ConnectionSettings {
  server: ServerSettings;
  login: Login;
  retry: RetrySettings;
}

/** A share in a connection. `release` closes it with the last share, and never throws. */
export interface Connection {
  session: VaultSession;
  /** What happens to secrets of a namespace, as far as the server tells. */
  events(namespace: string | undefined): EventStream;
  /** Digest of everything that the connection was made from. */
  key: string;
  release(): Promise<void>;
}

interface Entry {
  shares: number;
  opened: Promise<Opened>;
}

interface StreamParts {
  server: ServerSettings;
  session: VaultSession;
  transport: Transport;
  namespace: string;
}

interface Opened {
  session: VaultSession;
  events: (namespace: string | undefined) => EventStream;
  close: () => Promise<void>;
}

/** Every connection of the process, by what it was made from. */
export class VaultConnections {
  readonly dependencies: VaultDependencies;
  readonly #entries = new Map<string, Entry>();
  // Credentials go into digests, and digests may be read by people: without this key nobody can try passwords on them.
  readonly #key = randomBytes(32);

  constructor(dependencies: VaultDependencies) {
    this.dependencies = dependencies;
  }

  /**
   * A share in the connection of these settings, opened where it is the first. Nothing is sent before the first request.
   * Whoever takes one has seen a change: a login that was refused is tried again.
   */
  async share(settings: ConnectionSettings): Promise<Connection> {
    const key = this.#digest(settings);
    const entry = this.#entries.get(key) ?? { shares: 0, opened: this.#open(settings) };
    this.#entries.set(key, entry);
    entry.shares += 1;
    let isShared = true;
    const { session, events } = await entry.opened.catch((error: unknown) => {
      this.#entries.delete(key);
      throw error;
    });
    session.reconsider();
    return {
      session,
      events,
      key,
      release: async () => {
        if (isShared) await this.#release(key, entry);
        isShared = false;
      },
    };
  }

  async #release(key: string, entry: Entry): Promise<void> {
    entry.shares -= 1;
    if (entry.shares > 0) return;
    this.#entries.delete(key);
    await (await entry.opened).close();
  }

  async #open({ server, login, retry }: ConnectionSettings) {
    const { clock, random } = this.dependencies;
    const { client, transport } = await this.#reach(server);
    const session = new VaultSession({ client, login, server: server.server.origin, clock, random, ...retry });
    const streams = new Map<string, EventStream>();
    const events = (namespace = '') => {
      const known = streams.get(namespace) ?? this.#streamOf({ server, session, transport, namespace });
      streams.set(namespace, known);
      return known;
    };
    const close = async () => {
      for (const stream of streams.values()) stream.close();
      await session.close();
      await transport.close().catch(() => undefined);
    };
    return { session, events, close };
  }

  #streamOf({ server, session, transport, namespace }: StreamParts): EventStream {
    const { clock, random, userAgent } = this.dependencies;
    // Policies name this very pattern (Vault's documentation, and what Vault Secrets Operator asks for).
    const path = ['sys', 'events', 'subscribe', 'kv*'];
    const base = `${server.server.origin}${server.server.pathname.replace(/\/+$/, '')}`;
    const inNamespace = { ...(namespace && { 'x-vault-namespace': namespace }) };
    return new EventStream({
      clock,
      random,
      open: async (signal) =>
        transport.webSocket(`${base}/v1/${path.join('/')}?json=true`, {
          ...server.headers,
          ...inNamespace,
          'user-agent': userAgent,
          'x-vault-request': 'true',
          'x-vault-token': await session.token(signal),
        }),
      // The same without the upgrade: WebSockets do not tell why they were refused. It also exchanges a token that has ended.
      refusal: async (signal) => (await session.send({ call: 'events', path, namespace, signal })).status,
    });
  }

  /** The answer of `sys/seal-status`, which needs no token. Throws `NoAnswer`. */
  async sealStatus(server: ServerSettings, signal: AbortSignal): Promise<Answer> {
    const { client, transport } = await this.#reach(server);
    try {
      return await client({ call: 'seal-status', path: ['sys', 'seal-status'], signal });
    } finally {
      await transport.close().catch(() => undefined);
    }
  }

  async #reach(server: ServerSettings) {
    const { clock, environment, userAgent, observe } = this.dependencies;
    const timeoutMs = server.timeoutMs ?? this.dependencies.timeoutMs;
    const transport = createTransport({ ...server, environment, clock, timeoutMs });
    const monotonicMs = () => clock.monotonicMs();
    const client = await createClient({ ...server, transport, userAgent, observe, monotonicMs });
    return { client, transport };
  }

  #digest({ server: { server, tls, headers, timeoutMs }, login, retry }: ConnectionSettings): string {
    const hmac = createHmac('sha256', this.#key);
    const add = (bytes: Uint8Array) => hmac.update(`${bytes.byteLength}:`).update(bytes);
    const { servername, insecure } = tls;
    const reach = [server.href, servername, insecure, headers, timeoutMs, retry];
    const place = [reach, login.method, login.namespace, login.identity, login.headers];
    add(utf8Bytes(JSON.stringify(place)));
    for (const part of [tls.ca, tls.cert, tls.key]) add(typeof part === 'string' ? utf8Bytes(part) : (part ?? empty));
    for (const secret of login.secrets) add(secret.reveal());
    return hmac.digest('hex').slice(0, 32);
  }
}

const empty = new Uint8Array();
