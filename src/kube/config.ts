// Which cluster, and as whom: flags, kubeconfig files, or the pod's own service account.

import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import type { ClusterConfig } from './cluster-config.ts';
import { type CredentialHost, CredentialSource } from './credentials.ts';
import { ClusterConfigError } from './errors.ts';
import { type Chosen, choose, type KubeconfigCluster, type KubeconfigUser, readKubeconfig } from './kubeconfig.ts';

/** What the configuration may see of the machine. */
export interface ConfigHost extends Omit<CredentialHost, 'readFile'> {
  /** Default: Node's. A missing file rejects with code `ENOENT`. */
  readFile?: CredentialHost['readFile'];
  /** Where relative paths of flags and of `KUBECONFIG` start. */
  cwd: string;
}

/** The flags of kubectl that choose and override; each absent by default. */
export interface ClusterFlags {
  /** One file, which must exist, in place of `KUBECONFIG` and `~/.kube/config`. */
  kubeconfig?: string | undefined;
  context?: string | undefined;
  cluster?: string | undefined;
  user?: string | undefined;
  namespace?: string | undefined;
  server?: string | undefined;
  token?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
  certificateAuthority?: string | undefined;
  clientCertificate?: string | undefined;
  clientKey?: string | undefined;
  insecureSkipTlsVerify?: boolean | undefined;
  tlsServerName?: string | undefined;
  proxyUrl?: string | undefined;
  as?: string | undefined;
  asGroup?: readonly string[] | undefined;
  asUid?: string | undefined;
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The cluster that the flags and files name; inside a pod, where no file and no flag names one, the pod's own.
 * No connection is made and no plugin runs yet. Throws `ClusterConfigError`.
 */
export async function loadClusterConfig(host: ConfigHost, flags: ClusterFlags = {}): Promise<ClusterConfig> {
  const files = kubeconfigFiles(host, flags);
  const config = await readKubeconfig(files, { readFile: host.readFile ?? readFile, optional: !flags.kubeconfig });
  const chosen = choose(config, {
    ...(flags.context && { context: flags.context }),
    ...(flags.cluster && { cluster: flags.cluster }),
    ...(flags.user && { user: flags.user }),
  });
  if (!flags.server && !chosen.cluster.server) {
    if (!flags.kubeconfig && chosen.context === undefined && isInCluster(host)) return inClusterConfig(host, flags);
    throw nothingChosen(config.contexts.size, [...config.contexts.keys()], files, chosen);
  }
  return fromKubeconfig(overridden(chosen, flags, host.cwd), host, flags);
}

/** Names of the contexts that the kubeconfig files have, the current one first. Throws `ClusterConfigError`. */
export async function contextsOf(host: ConfigHost, flags: Pick<ClusterFlags, 'kubeconfig'> = {}): Promise<string[]> {
  const files = kubeconfigFiles(host, flags);
  const config = await readKubeconfig(files, { readFile: host.readFile ?? readFile, optional: !flags.kubeconfig });
  const names = [...config.contexts.keys()];
  return names.sort((a, b) => Number(b === config.currentContext) - Number(a === config.currentContext));
}

/** Whether this process runs in a pod with a service account. */
function isInCluster({ env }: Pick<ConfigHost, 'env'>): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST && env.KUBERNETES_SERVICE_PORT);
}

/** The pod's own cluster, as its service account. The token and authority are read again each minute. */
export async function inClusterConfig(host: ConfigHost, flags: ClusterFlags = {}): Promise<ClusterConfig> {
  const { KUBERNETES_SERVICE_HOST: address, KUBERNETES_SERVICE_PORT: port } = host.env;
  if (!address || !port) {
    throw new ClusterConfigError('this is not a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set', {
      hint: 'outside a cluster use --kubeconfig and --context',
    });
  }
  const chosen: Chosen = {
    context: undefined,
    namespace: await podNamespace(host),
    cluster: {
      server: `https://${isIPv6(address) ? `[${address}]` : address}:${port}`,
      'certificate-authority': `${serviceAccount}/ca.crt`,
    },
    user: { tokenFile: `${serviceAccount}/token` },
  };
  return fromKubeconfig(overridden(chosen, flags, host.cwd), host, flags);
}

async function podNamespace({ readFile: read = readFile }: ConfigHost): Promise<string | undefined> {
  const bytes = await read(`${serviceAccount}/namespace`).catch(() => undefined);
  return bytes && (new TextDecoder().decode(bytes).trim() || undefined);
}

function kubeconfigFiles({ env, cwd }: ConfigHost, { kubeconfig }: ClusterFlags): string[] {
  if (kubeconfig) return [resolve(cwd, kubeconfig)];
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return [...new Set(listed.map((file) => resolve(cwd, file)))];
  const home = env.HOME || env.USERPROFILE;
  return home ? [join(home, '.kube', 'config')] : [];
}

function nothingChosen(
  count: number,
  contexts: string[],
  files: readonly string[],
  chosen: Chosen,
): ClusterConfigError {
  if (chosen.context !== undefined) {
    return new ClusterConfigError(`the kubeconfig’s context ${chosen.context} names no server`, {
      hint: 'choose another with --context, or see kubectl config view',
    });
  }
  if (count > 0) {
    return new ClusterConfigError('the kubeconfig has no current context', {
      hint: `choose one with --context: ${contexts.sort().slice(0, 20).join(', ')}`,
    });
  }
  return new ClusterConfigError(
    `no cluster is configured: ${files.join(', ') || 'no kubeconfig'} is missing or empty`,
    {
      hint: 'name a kubeconfig with --kubeconfig or KUBECONFIG',
    },
  );
}

function overridden(chosen: Chosen, flags: ClusterFlags, cwd: string): Chosen {
  return {
    ...chosen,
    namespace: flags.namespace || chosen.namespace,
    cluster: overriddenCluster(chosen.cluster, flags, cwd),
    user: overriddenUser(chosen.user, flags, cwd),
  };
}

function overriddenCluster(cluster: KubeconfigCluster, flags: ClusterFlags, cwd: string): KubeconfigCluster {
  const next = { ...cluster };
  if (flags.server) next.server = flags.server;
  if (flags.tlsServerName) next['tls-server-name'] = flags.tlsServerName;
  if (flags.proxyUrl) next['proxy-url'] = flags.proxyUrl;
  if (flags.insecureSkipTlsVerify) next['insecure-skip-tls-verify'] = true;
  if (flags.certificateAuthority) {
    next['certificate-authority'] = resolve(cwd, flags.certificateAuthority);
    delete next['certificate-authority-data'];
    // As client-go: trusting an authority by flag outweighs a kubeconfig that trusts anyone.
    if (!flags.insecureSkipTlsVerify) delete next['insecure-skip-tls-verify'];
  }
  return next;
}

function overriddenUser(user: KubeconfigUser, flags: ClusterFlags, cwd: string): KubeconfigUser {
  const next = { ...user };
  if (flags.token) {
    next.token = flags.token;
    delete next.tokenFile;
  }
  if (flags.username) next.username = flags.username;
  if (flags.password) next.password = flags.password;
  if (flags.clientCertificate) {
    next['client-certificate'] = resolve(cwd, flags.clientCertificate);
    delete next['client-certificate-data'];
  }
  if (flags.clientKey) {
    next['client-key'] = resolve(cwd, flags.clientKey);
    delete next['client-key-data'];
  }
  if (flags.as) next.as = flags.as;
  if (flags.asUid) next['as-uid'] = flags.asUid;
  if (flags.asGroup?.length) next['as-groups'] = [...flags.asGroup];
  return next;
}

function fromKubeconfig(
  { cluster, user, context, namespace }: Chosen,
  host: ConfigHost,
  flags: ClusterFlags,
): ClusterConfig {
  if (flags.certificateAuthority && flags.insecureSkipTlsVerify) {
    throw new ClusterConfigError('--certificate-authority and --insecure-skip-tls-verify contradict each other', {
      hint: 'leave out one of them',
    });
  }
  if (!user.as && (user['as-uid'] || user['as-groups']?.length)) {
    throw new ClusterConfigError('--as-group and --as-uid need --as', { hint: 'add --as USER' });
  }
  const source = new CredentialSource(cluster, user, { ...host, readFile: host.readFile ?? readFile });
  return {
    server: checkServer(cluster.server ?? ''),
    namespace,
    context,
    proxyUrl: checkProxy(cluster['proxy-url']),
    credentials: () => source.credentials(),
    renew: () => source.renew(),
  };
}

function checkServer(server: string): string {
  // client-go accepts an address without a scheme.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `https://${server}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new ClusterConfigError('the server’s address is not an https:// URL', {
      hint: 'check --server or the kubeconfig',
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function checkProxy(proxyUrl: string | undefined): string | undefined {
  if (!proxyUrl) return undefined;
  if (URL.canParse(proxyUrl) && /^(https?|socks5?):$/.test(new URL(proxyUrl).protocol)) return proxyUrl;
  throw new ClusterConfigError('the proxy’s address is not an http://, https:// or socks5:// URL', {
    hint: 'such as http://proxy.example.com:3128',
  });
}
