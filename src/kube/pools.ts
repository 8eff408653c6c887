// Connections to one server under one TLS identity, kept and shared.

import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { TlsMaterial } from './cluster-config.ts';
import { connectOptions } from './undici.ts';

/** Two pools: watches keep a connection for minutes, and among the calls' few they could hold them all. */
export class Pools {
  readonly calls: Dispatcher;
  readonly streams: Dispatcher;
  readonly #tls: TlsMaterial;

  constructor(tls: TlsMaterial, { proxyUrl, connections }: { proxyUrl: string | undefined; connections: number }) {
    this.#tls = tls;
    this.calls = dispatcher(proxyUrl, tls, connections);
    this.streams = dispatcher(proxyUrl, tls, null);
  }

  /** Whether connections made now would be the same. */
  isFor(tls: TlsMaterial): boolean {
    const members = ['ca', 'cert', 'key', 'servername', 'insecure'] as const;
    return this.#tls === tls || members.every((member) => isSame(this.#tls[member], tls[member]));
  }

  /** Takes no new calls; those in flight finish on the connections they have. */
  retire(): void {
    void this.calls.close().catch(() => undefined);
    void this.streams.close().catch(() => undefined);
  }

  async destroy(): Promise<void> {
    await Promise.all([this.calls.destroy(), this.streams.destroy()]);
  }
}

function dispatcher(proxyUrl: string | undefined, tls: TlsMaterial, connections: number | null): Dispatcher {
  const requestTls = connectOptions(tls);
  const pool = { connections, pipelining: 1, keepAliveTimeout: 30_000, keepAliveMaxTimeout: 300_000 };
  if (proxyUrl === undefined) return new Agent({ ...pool, connect: requestTls });
  // Its types leave out the TLS settings of the tunnelled connection that it reads (undici 7.30).
  if (/^socks5?:/.test(proxyUrl)) return new Socks5ProxyAgent(proxyUrl, { requestTls } as object);
  return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls });
}

function isSame(left: unknown, right: unknown): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  return left === right;
}
