// Who we are to the cluster, from a kubeconfig's user: certificates, tokens, files that change, plugins, impersonation.

import { messageOf } from '../errors.ts';
import type { Clock } from './clock.ts';
import type { Credentials, TlsMaterial } from './cluster-config.ts';
import { ClusterConfigError } from './errors.ts';
import { type ExecCredential, runExecPlugin } from './exec-plugin.ts';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts';

/** What credentials are made from, beside the kubeconfig. */
export interface CredentialHost {
  env: Readonly<Record<string, string | undefined>>;
  readFile: (path: string) => Promise<Uint8Array>;
  clock: Clock;
  /** Whether a person is at the terminal, whom a plugin may ask. Default: false. */
  interactive?: boolean | undefined;
}

/** Files are read again after this long: kubelet replaces a pod's token well before it ends, as client-go assumes. */
const fileAgeMs = 60_000;
/** A plugin's credential is replaced a little before it ends, so that no request meets the moment itself. */
const expiryMarginMs = 10_000;

/** The `credentials` and `renew` of a `ClusterConfig`. */
export class CredentialSource {
  readonly #cluster: KubeconfigCluster;
  readonly #user: KubeconfigUser;
  readonly #host: CredentialHost;
  #cached: { value: Promise<Credentials>; untilMs: number } | undefined;
  #plugin: Promise<ExecCredential> | undefined;

  constructor(cluster: KubeconfigCluster, user: KubeconfigUser, host: CredentialHost) {
    this.#cluster = cluster;
    this.#user = user;
    this.#host = host;
  }

  /** One reading for all callers of a minute; a failed one is not kept. */
  credentials(): Promise<Credentials> {
    const now = this.#host.clock.monotonicMs();
    if (this.#cached && now < this.#cached.untilMs) return this.#cached.value;
    const value = this.#read();
    const entry = { value, untilMs: now + fileAgeMs };
    this.#cached = entry;
    value.catch(() => {
      if (this.#cached === entry) this.#cached = undefined;
    });
    return value;
  }

  renew(): void {
    this.#cached = undefined;
    this.#plugin = undefined;
  }

  async #read(): Promise<Credentials> {
    const plugin = await this.#fromPlugin();
    const [tls, authorization] = await Promise.all([this.#tls(plugin), this.#authorization(plugin)]);
    return { tls, headers: { ...impersonation(this.#user), ...(authorization && { authorization }) } };
  }

  async #tls(plugin: ExecCredential | undefined): Promise<TlsMaterial> {
    const [cluster, user] = [this.#cluster, this.#user];
    const [ca, cert, key] = await Promise.all([
      this.#bytes(cluster['certificate-authority-data'], cluster['certificate-authority'], 'certificate authority'),
      this.#bytes(user['client-certificate-data'], user['client-certificate'], 'client certificate'),
      this.#bytes(user['client-key-data'], user['client-key'], 'client key'),
    ]);
    return {
      ca: cluster['insecure-skip-tls-verify'] ? undefined : ca,
      cert: plugin?.clientCertificateData ?? cert,
      key: plugin?.clientKeyData ?? key,
      servername: cluster['tls-server-name'] || undefined,
      insecure: cluster['insecure-skip-tls-verify'] || undefined,
    };
  }

  async #bytes(data: string | undefined, path: string | undefined, what: string): Promise<Uint8Array | undefined> {
    if (data) return Buffer.from(data, 'base64');
    return path ? this.#file(path, what) : undefined;
  }

  async #file(path: string, what: string): Promise<Uint8Array> {
    try {
      return await this.#host.readFile(path);
    } catch (cause) {
      throw new ClusterConfigError(`cannot read the ${what} ${path}`, {
        cause,
        hint: 'the kubeconfig names this file',
      });
    }
  }

  // client-go's order: a token file wins over a token, both over what plugins give, a password comes last.
  async #authorization(plugin: ExecCredential | undefined): Promise<string | undefined> {
    const user = this.#user;
    if (user.tokenFile) {
      const token = new TextDecoder().decode(await this.#file(user.tokenFile, 'token file')).trim();
      if (token === '')
        throw new ClusterConfigError(`the token file ${user.tokenFile} is empty`, {
          hint: 'log in again, or write a token into it',
        });
      return bearer(token, `the token file ${user.tokenFile}`);
    }
    if (user.token) return bearer(user.token, 'the token of the kubeconfig or of --token');
    if (plugin?.token) return bearer(plugin.token, 'the token of the credential plugin');
    if (user['auth-provider']) return this.#fromProvider(user['auth-provider']);
    if (user.username) return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
    return undefined;
  }

  async #fromPlugin(): Promise<ExecCredential | undefined> {
    const { exec, token, tokenFile } = this.#user;
    if (!exec || token || tokenFile) return undefined;
    const { clock, env, interactive = false } = this.#host;
    const expires = (await this.#plugin?.catch(() => undefined))?.expires;
    if (expires && expires.getTime() - expiryMarginMs <= clock.now().getTime()) this.#plugin = undefined;
    this.#plugin ??= runExecPlugin({ exec, cluster: await this.#inlined(), env, clock, interactive });
    const running = this.#plugin;
    running.catch(() => {
      if (this.#plugin === running) this.#plugin = undefined;
    });
    return running;
  }

  // A plugin that is told about the cluster is given the authority itself, not the name of a file.
  async #inlined(): Promise<KubeconfigCluster> {
    const cluster = this.#cluster;
    if (!this.#user.exec?.provideClusterInfo || !cluster['certificate-authority']) return cluster;
    const ca = await this.#bytes(
      cluster['certificate-authority-data'],
      cluster['certificate-authority'],
      'certificate authority',
    );
    return ca ? { ...cluster, 'certificate-authority-data': Buffer.from(ca).toString('base64') } : cluster;
  }

  async #fromProvider(provider: NonNullable<KubeconfigUser['auth-provider']>): Promise<string> {
    if (provider.name !== 'oidc') {
      throw new ClusterConfigError(
        `the kubeconfig uses the auth provider ${provider.name}, which Kubernetes has removed`,
        {
          hint: 'write a new kubeconfig with your cloud provider’s tool; today it names a credential plugin',
        },
      );
    }
    // Its index costs five times as much to load as this one file, and the package has no exports map.
    const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js');
    const options = { headers: {} as Record<string, string> };
    // A new one each time: it keeps the lifetime of a refreshed token as if it were a moment (1.4.0).
    await new OpenIDConnectAuth()
      .applyAuthentication({ name: 'oidc', authProvider: provider }, options)
      .catch((cause) => {
        // Only its words: the library's errors hold the issuer's answer, and that may hold tokens.
        const words = new Error(messageOf(cause));
        throw new ClusterConfigError('the OIDC token could not be refreshed', { cause: words, hint: 'log in again' });
      });
    const { Authorization } = options.headers;
    if (!Authorization)
      throw new ClusterConfigError('the kubeconfig’s OIDC user has no token', { hint: 'log in again' });
    return Authorization;
  }
}

// No header could carry it, and the client below would only say that the cluster is out of reach.
function bearer(token: string, what: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  throw new ClusterConfigError(`${what} holds a character that no token has`, {
    hint: 'is there a blank, a line end or more than the token in it?',
  });
}

function impersonation(user: KubeconfigUser): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (user.as) headers['impersonate-user'] = user.as;
  if (user['as-uid']) headers['impersonate-uid'] = user['as-uid'];
  if (user['as-groups']?.length) headers['impersonate-group'] = user['as-groups'];
  for (const [name, values] of Object.entries(user['as-user-extra'] ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(name)}`] = values;
  }
  return headers;
}
