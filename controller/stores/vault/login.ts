// The ways of logging in to Vault: what each sends, and where its credentials come from.

import { utf8Bytes, utf8Text } from '../../../src/encoding/bytes.ts';
import type { VaultProvider } from '../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../src/redact.ts';
import type { KeySelector, References, Selector } from '../references.ts';
import type { AwsIdentity } from './iam.ts';
import { vaultError } from './refusals.ts';
import { type AuthMethod, methodOf, trimmed } from './settings.ts';

/** One attempt to log in. `path` is below `auth/`. */
export interface LoginRequest {
  path: readonly string[];
  body: Readonly<Record<string, unknown>>;
}

/** How a store proves itself. */
export interface Login {
  /** In words, for messages: `appRole`, `kubernetes` … */
  method: string;
  /** Where it logs in, and where its token lives. */
  namespace: string | undefined;
  /** What tells this login from others, without anything secret. */
  identity: readonly unknown[];
  /** What tells it from others and is secret: only ever digested. */
  secrets: readonly SecretBytes[];
  /** A token that somebody made for us: never renewed, never revoked, never replaced. */
  token?: SecretBytes;
  /** What to send, with credentials as of now. Absent with a token. */
  request?: (signal: AbortSignal) => Promise<LoginRequest>;
}

/** Where credentials come from. */
export interface LoginOptions {
  references: References;
  /** The controller's own service account token, from its file. Throws when there is none. */
  ownToken: () => Promise<string>;
  /** Credentials for the login by iam. Undefined: not available. */
  awsIdentity?: AwsIdentity | undefined;
  /**
   * The store is a namespace's own: whoever may make one names the server as well, and would be sent what proves that we are
   * the controller. Default: false.
   */
  isNamespaced?: boolean | undefined;
  now: () => Date;
  signal: AbortSignal;
}

type Resolve = (provider: VaultProvider, options: LoginOptions) => Promise<Omit<Login, 'namespace'>>;

/** Reads the credentials that `spec.provider.vault.auth` refers to, except tokens that are made anew for each login. */
export async function resolveLogin(provider: VaultProvider, options: LoginOptions): Promise<Login> {
  const method = methodOf(provider.auth);
  if (!method) {
    const hint = 'add one method below spec.provider.vault.auth, such as kubernetes';
    throw vaultError('Invalid', 'vault: the store says no way to log in', { hint });
  }
  const login = await methods[method](provider, options);
  return { ...login, namespace: provider.auth?.namespace || provider.namespace || undefined };
}

const methods: Record<AuthMethod, Resolve> = {
  async tokenSecretRef({ auth }, options) {
    const token = await credential('tokenSecretRef', auth?.tokenSecretRef, options);
    return { method: 'token', identity: [], secrets: [token], token };
  },

  async appRole({ auth }, options) {
    const { path, roleId, roleRef, secretRef } = auth?.appRole ?? {};
    if (!roleId && !roleRef) throw vaultError('Invalid', 'vault: auth.appRole has neither roleId nor roleRef');
    const role = roleId
      ? new SecretBytes(utf8Bytes(roleId.trim()))
      : await credential('appRole.roleRef', roleRef, options);
    const secret = await credential('appRole.secretRef', secretRef, options);
    return fixed('appRole', path || 'approle', [], [role, secret], () => ({
      role_id: text(role),
      secret_id: text(secret),
    }));
  },

  async kubernetes({ auth }, { references, ownToken, isNamespaced, ...options }) {
    const { mountPath, role, serviceAccountRef, secretRef } = auth?.kubernetes ?? {};
    const path = loginPath(mountPath || 'kubernetes');
    const identity = { method: 'kubernetes', identity: [path, role], secrets: [] };
    if (serviceAccountRef) {
      const { audiences } = serviceAccountRef;
      const account = await accountOf(serviceAccountRef, { references, ...options });
      return {
        ...identity,
        identity: [...identity.identity, ...account, audiences],
        request: async (signal) => {
          const jwt = await references.serviceAccountToken(serviceAccountRef, { audiences, signal });
          return { path, body: { role, jwt: text(jwt) } };
        },
      };
    }
    if (secretRef) {
      const jwt = await credential('kubernetes.secretRef', secretRef, { references, ...options }, 'token');
      return { ...identity, secrets: [jwt], request: async () => ({ path, body: { role, jwt: text(jwt) } }) };
    }
    if (isNamespaced) throw notAsController('kubernetes', 'serviceAccountRef');
    return { ...identity, request: async () => ({ path, body: { role, jwt: await ownWord(ownToken) } }) };
  },

  ldap: ({ auth }, options) => byPassword('ldap', 'ldap', auth?.ldap, options),

  userPass: ({ auth }, options) => byPassword('userPass', 'userpass', auth?.userPass, options),

  async jwt({ auth }, options) {
    const { path: mount, role, secretRef, kubernetesServiceAccountToken: account } = auth?.jwt ?? {};
    const path = loginPath(mount || 'jwt');
    const own = { ...(role && { role: role.trim() }) };
    if (secretRef) {
      const jwt = await credential('jwt.secretRef', secretRef, options);
      return fixed('jwt', mount || 'jwt', [role], [jwt], () => ({ ...own, jwt: text(jwt) }));
    }
    if (!account) {
      throw vaultError('Invalid', 'vault: auth.jwt has neither secretRef nor kubernetesServiceAccountToken');
    }
    const { references } = options;
    const { serviceAccountRef: selector, audiences = ['vault'], expirationSeconds = 600 } = account;
    return {
      method: 'jwt',
      identity: [path, role, ...(await accountOf(selector, options)), audiences, expirationSeconds],
      secrets: [],
      request: async (signal) => {
        const jwt = await references.serviceAccountToken(selector, { audiences, expirationSeconds, signal });
        return { path, body: { ...own, jwt: text(jwt) } };
      },
    };
  },

  async cert({ auth }) {
    const { path, vaultRole, clientCert, secretRef } = auth?.cert ?? {};
    if (!clientCert || !secretRef) {
      throw vaultError('Invalid', 'vault: auth.cert needs both clientCert and secretRef (its private key)');
    }
    // The certificate itself is part of the connection, and so of the identity.
    return fixed('cert', path || 'cert', [vaultRole], [], () => ({ ...(vaultRole && { name: vaultRole }) }));
  },

  async iam({ auth }, { awsIdentity, references, isNamespaced, now, signal }) {
    const { iam } = auth ?? {};
    if (!iam || !awsIdentity) throw vaultError('Invalid', 'vault: auth.iam is not available here');
    if (isNamespaced && !iam.secretRef && !iam.jwt) throw notAsController('iam', 'secretRef or jwt');
    const { identity, secrets, credentials } = await awsIdentity(iam, references, signal);
    const path = loginPath(iam.path || 'aws');
    return {
      method: 'iam',
      identity: [path, iam.vaultRole, iam.region, iam.role, iam.externalID, iam.vaultAwsIamServerID, identity],
      secrets,
      request: async () => {
        // Few stores log in so, and it brings the AWS signer along.
        const { iamLogin } = await import('./iam.ts');
        return { path, body: await iamLogin(iam, await credentials(), now()) };
      },
    };
  },

  async gcp() {
    const hint = 'use kubernetes, jwt or another method';
    throw vaultError('Invalid', 'vault: auth.gcp is not supported', { hint });
  },
};

const notAsController = (method: string, fields: string) =>
  vaultError(
    'Invalid',
    `vault: auth.${method} names no credentials, and a SecretStore may not log in as the controller`,
    {
      hint: `set auth.${method}.${fields}, or use a ClusterSecretStore`,
    },
  );

/** Which account it is now: one that was deleted and made again is another, and what it logged in with before is given back. */
async function accountOf(selector: Selector, { references, signal }: Pick<LoginOptions, 'references' | 'signal'>) {
  const { metadata } = await references.serviceAccount(selector, signal);
  return [references.namespaceOf(selector), selector.name, metadata.uid];
}

async function byPassword(
  method: 'ldap' | 'userPass',
  mount: string,
  settings: { path?: string; username: string; secretRef?: KeySelector } | undefined,
  { references, signal }: LoginOptions,
): Promise<Omit<Login, 'namespace'>> {
  const { path, username = '', secretRef } = settings ?? {};
  if (!username.trim() || !secretRef) throw vaultError('Invalid', `vault: auth.${method} needs username and secretRef`);
  const password = await references.secret(secretRef, { key: 'password', signal });
  return {
    method,
    identity: [path || mount, username.trim()],
    secrets: [password],
    request: async () => ({
      path: [...loginPath(path || mount), username.trim()],
      body: { password: utf8Text(password.reveal()) },
    }),
  };
}

/** A login whose request is always the same. */
function fixed(
  method: string,
  mount: string,
  identity: readonly unknown[],
  secrets: readonly SecretBytes[],
  body: () => Record<string, unknown>,
): Omit<Login, 'namespace'> {
  const path = loginPath(mount);
  return { method, identity: [path, ...identity], secrets, request: async () => ({ path, body: body() }) };
}

/** A credential that travels in a header or as one word: without the line end around it. */
async function credential(
  where: string,
  selector: KeySelector | undefined,
  { references, signal }: Pick<LoginOptions, 'references' | 'signal'>,
  key?: string,
): Promise<SecretBytes> {
  if (!selector) throw vaultError('Invalid', `vault: auth.${where} is missing`);
  const value = trimmed((await references.secret(selector, { ...(key && { key }), signal })).reveal());
  if (/^[\x21-\x7e]+$/.test(value)) return new SecretBytes(utf8Bytes(value));
  throw vaultError('Invalid', `vault: what auth.${where} points at is empty or no single word`);
}

async function ownWord(ownToken: LoginOptions['ownToken']): Promise<string> {
  try {
    return (await ownToken()).trim();
  } catch (cause) {
    throw vaultError(
      'Invalid',
      'vault: auth.kubernetes names no service account, and the controller has no token itself',
      {
        hint: 'set auth.kubernetes.serviceAccountRef, or run the controller in the cluster',
        cause,
      },
    );
  }
}

const loginPath = (mount: string) => [...mount.split('/').filter((segment) => segment !== ''), 'login'];

const text = (secret: SecretBytes) => utf8Text(secret.reveal());
