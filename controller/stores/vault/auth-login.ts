// The ways of logging in that a VaultAuth names, each with credentials from the namespace of whoever uses it.

import { utf8Bytes, utf8Text } from '../../../src/encoding/bytes.ts';
import type { VaultIamAuth } from '../../../src/kube/external-secrets.ts';
import type {
  VaultAuthAppRole,
  VaultAuthAws,
  VaultAuthMethod,
  VaultAuthMethods,
} from '../../../src/kube/vault-secrets.ts';
import { SecretBytes } from '../../../src/redact.ts';
import type { References } from '../references.ts';
import { isStoreError } from '../store.ts';
import type { AwsIdentity } from './iam.ts';
import { byAccount, byAccountJwt, fixed, type Login, loginPath, singleWord } from './login.ts';
import { vaultError } from './refusals.ts';
import { sendableHeaders } from './settings.ts';

/** A VaultAuth with its VaultAuthGlobal merged in. */
export interface AuthSettings extends VaultAuthMethods {
  method: VaultAuthMethod;
  /** Of the method. */
  mount: string;
  /** Vault namespace of the login. */
  namespace?: string | undefined;
  /** Sent with the login. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Where credentials come from. */
export interface AuthLoginOptions {
  /** Looks into the consumer's namespace alone. */
  references: References;
  awsIdentity?: AwsIdentity | undefined;
  /** The text of a file that may be given away to the server. Throws `StoreError` for any other. */
  credentialFile: (path: string) => Promise<SecretBytes>;
  now: () => Date;
  signal: AbortSignal;
}

type Resolved = Omit<Login, 'namespace' | 'headers'>;
type Resolve = (auth: AuthSettings, options: AuthLoginOptions) => Promise<Resolved>;

/** Reads the credentials that the settings refer to, except tokens and files that are read anew for each login. Throws `StoreError`. */
export async function authLogin(auth: AuthSettings, options: AuthLoginOptions): Promise<Login> {
  const login = await methods[auth.method](auth, options);
  const headers = sendableHeaders(auth.headers);
  return {
    ...login,
    namespace: auth.namespace || undefined,
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}

const methods: Record<VaultAuthMethod, Resolve> = {
  async kubernetes({ mount, kubernetes = {} }, options) {
    const { role, serviceAccount, audiences, tokenExpirationSeconds } = kubernetes;
    if (!role || !serviceAccount) throw incomplete('kubernetes', 'role and serviceAccount');
    const account = accountOf(serviceAccount, audiences);
    const expirationSeconds = tokenExpirationSeconds;
    return await byAccount({ path: loginPath(mount), role, account, expirationSeconds }, options);
  },

  async jwt({ mount, jwt = {} }, { references, signal }) {
    const { role, serviceAccount, audiences, secretRef, tokenExpirationSeconds } = jwt;
    if (!role || !(serviceAccount || secretRef)) throw incomplete('jwt', 'role, and serviceAccount or secretRef');
    const path = loginPath(mount);
    if (serviceAccount) {
      const account = accountOf(serviceAccount, audiences);
      const expirationSeconds = tokenExpirationSeconds;
      return await byAccountJwt({ path, role, account, expirationSeconds }, { references, signal });
    }
    const token = singleWord('jwt.secretRef', await references.secret({ name: secretRef }, { key: 'jwt', signal }));
    return fixed('jwt', mount, [role], [token], () => ({ role, jwt: textOf(token) }));
  },

  async appRole({ mount, appRole = {} }, options) {
    const { roleId, secretRef, secretIDPath } = appRole;
    if (!roleId || !(secretRef || secretIDPath)) throw incomplete('appRole', 'roleId, and secretRef or secretIDPath');
    return secretIDPath ? byFile(mount, { ...appRole, secretIDPath }, options) : bySecret(mount, appRole, options);
  },

  async aws({ mount, aws = {} }, { references, awsIdentity, now, signal }) {
    const { role, region = 'us-east-1', headerValue, stsEndpoint } = aws;
    if (!role) throw incomplete('aws', 'role');
    if (!awsIdentity) throw vaultError('Invalid', 'vault: the login by aws is not available here');
    const keys = await keysOf(aws, references, signal);
    const found = await awsIdentity({ vaultRole: role, region, ...keys }, references, signal);
    const path = loginPath(mount);
    return {
      method: 'aws',
      identity: [path, role, region, headerValue, stsEndpoint, found.identity],
      secrets: found.secrets,
      request: async () => {
        // Few log in so, and it brings the AWS signer along.
        const { iamLogin } = await import('./iam.ts');
        const settings = { vaultRole: role, region, vaultAwsIamServerID: headerValue, stsEndpoint };
        return { path, body: await iamLogin(settings, await found.credentials(), now()) };
      },
    };
  },

  async gcp() {
    throw vaultError('Invalid', 'vault: the method gcp is not supported', {
      hint: 'use kubernetes, jwt, appRole or aws',
    });
  },
};

const accountOf = (name: string, audiences: readonly string[] | undefined) => ({
  name,
  audiences: audiences?.length ? audiences : undefined,
});

async function bySecret(
  mount: string,
  { roleId = '', secretRef }: VaultAuthAppRole,
  { references, signal }: AuthLoginOptions,
): Promise<Resolved> {
  const role = new SecretBytes(utf8Bytes(roleId.trim()));
  const id = singleWord('appRole.secretRef', await references.secret({ name: secretRef }, { key: 'id', signal }));
  return fixed('appRole', mount, [], [role, id], () => ({ role_id: textOf(role), secret_id: textOf(id) }));
}

// Read at each login, as it may be exchanged at any time.
async function byFile(
  mount: string,
  { roleId = '', secretIDPath }: VaultAuthAppRole & { secretIDPath: string },
  { credentialFile }: AuthLoginOptions,
): Promise<Resolved> {
  const path = loginPath(mount);
  await credentialFile(secretIDPath);
  return {
    method: 'appRole',
    identity: [path, 'file', secretIDPath],
    secrets: [new SecretBytes(utf8Bytes(roleId.trim()))],
    request: async () => {
      const id = singleWord('appRole.secretIDPath', await credentialFile(secretIDPath));
      return { path, body: { role_id: roleId.trim(), secret_id: textOf(id) } };
    },
  };
}

async function keysOf(
  { secretRef, irsaServiceAccount }: VaultAuthAws,
  references: References,
  signal: AbortSignal,
): Promise<Pick<VaultIamAuth, 'secretRef' | 'jwt'>> {
  if (!secretRef && irsaServiceAccount) return { jwt: { serviceAccountRef: { name: irsaServiceAccount } } };
  // Whoever makes a VaultAuth names the server as well, and would be sent what proves that we are the controller.
  if (!secretRef) {
    throw vaultError('Invalid', 'vault: the method aws names no credentials, and does not log in as the controller', {
      hint: 'set spec.aws.secretRef or spec.aws.irsaServiceAccount of the VaultAuth',
    });
  }
  const item = (key: string) => ({ name: secretRef, key });
  const hasToken = await hasSessionToken(secretRef, references, signal);
  return {
    secretRef: {
      accessKeyIDSecretRef: item('access_key_id'),
      secretAccessKeySecretRef: item('secret_access_key'),
      ...(hasToken && { sessionTokenSecretRef: item('session_token') }),
    },
  };
}

async function hasSessionToken(name: string, references: References, signal: AbortSignal): Promise<boolean> {
  try {
    return (await references.secret({ name }, { key: 'session_token', signal })).byteLength > 0;
  } catch (error) {
    // Long-lived keys have none; a Secret that is not there at all is told by the keys that are read next.
    if (isStoreError(error) && error.class === 'Invalid') return false;
    throw error;
  }
}

const incomplete = (method: string, needs: string) =>
  vaultError('Invalid', `vault: the method ${method} needs ${needs}`, {
    hint: `set them below spec.${method} of the VaultAuth, or of its VaultAuthGlobal`,
  });

const textOf = (secret: SecretBytes) => utf8Text(secret.reveal());
