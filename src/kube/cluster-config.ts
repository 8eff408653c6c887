// What it takes to talk to one cluster: where it is, how it proves itself, and how we prove who we are.

/** PEM text or bytes, as Node's TLS takes them. */
export interface TlsMaterial {
  /** Authorities to trust instead of the system's. */
  ca?: string | Uint8Array | undefined;
  cert?: string | Uint8Array | undefined;
  key?: string | Uint8Array | undefined;
  /** The name to expect in the server's certificate, and to send as SNI. */
  servername?: string | undefined;
  /** The server's certificate is not checked. */
  insecure?: boolean | undefined;
}

/** What a request proves its identity with. */
export interface Credentials {
  /** `authorization`, and `impersonate-*` where asked for. A repeated header is a list. */
  headers: Record<string, string | string[]>;
  tls: TlsMaterial;
}

/** One cluster and one identity. Made by `loadClusterConfig`, `inClusterConfig` or `fixedConfig`. */
export interface ClusterConfig {
  /** `https://host:port`, perhaps with a path, without a trailing slash. */
  server: string;
  /** The context's namespace, or the pod's. */
  namespace?: string | undefined;
  /** The kubeconfig context in use. */
  context?: string | undefined;
  /** `http`, `https` or `socks5` proxy in front of the server. */
  proxyUrl?: string | undefined;
  /** Asked before every call, so it caches; files and plugins are read again as they age. */
  credentials(): Promise<Credentials>;
  /** Forgets what is cached: the server answered 401, or the handshake failed. */
  renew(): void;
}

/** A cluster whose address and credentials never change: the embedded API server, and tests. */
export function fixedConfig(options: {
  server: string;
  namespace?: string;
  token?: string;
  tls?: TlsMaterial;
  headers?: Record<string, string | string[]>;
}): ClusterConfig {
  const headers = { ...options.headers, ...(options.token && { authorization: `Bearer ${options.token}` }) };
  const credentials: Credentials = { headers, tls: options.tls ?? {} };
  return {
    server: options.server.replace(/\/+$/, ''),
    namespace: options.namespace,
    credentials: () => Promise.resolve(credentials),
    renew() {},
  };
}
