// `spec.provider.vault` of a store, looked up and checked: where the server is, how it is trusted, what every request carries.

import { createSecureContext } from 'node:tls';
import { base64Decode } from '../../../src/encoding/base64.ts';
import { utf8Text } from '../../../src/encoding/bytes.ts';
import type { TlsMaterial } from '../../../src/kube/cluster-config.ts';
import type { VaultAuth, VaultProvider } from '../../../src/kube/external-secrets.ts';
import type { References, Selector } from '../references.ts';
import { vaultError } from './refusals.ts';

/** What a connection to a server is made of. */
export interface ServerSettings {
  server: URL;
  tls: TlsMaterial;
  headers: Readonly<Record<string, string>>;
  /** Of one exchange. Default: that of all connections. */
  timeoutMs?: number | undefined;
}

/** Reads the CA bundle and the client certificate that the settings refer to. Throws `StoreError` `Invalid` for what cannot be. */
export async function serverSettings(
  provider: VaultProvider,
  references: References,
  signal: AbortSignal,
): Promise<ServerSettings> {
  const server = serverUrl(provider.server);
  const [ca, client] = await Promise.all([
    caBundle(provider, references, signal),
    clientCertificate(provider, references, signal),
  ]);
  return { server, tls: { ...(ca && { ca }), ...client }, headers: headersOf(provider) };
}

/** The address of a server. Throws `StoreError` `Invalid` for what is none. */
export function serverUrl(server: string | undefined): URL {
  const url = server !== undefined && URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw vaultError('Invalid', `vault: server '${server ?? ''}' is no http or https address`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw vaultError('Invalid', `vault: server ${url.origin} has more than a host, a port and a path`);
  }
  return url;
}

async function caBundle({ caBundle, caProvider }: VaultProvider, references: References, signal: AbortSignal) {
  let pem: string | undefined;
  if (caBundle) {
    try {
      pem = utf8Text(base64Decode(caBundle.replace(/\s/g, '')));
    } catch {
      throw vaultError('Invalid', 'vault: caBundle is not base64');
    }
  } else if (caProvider?.type === 'ConfigMap') {
    pem = await references.configMap(caProvider, { signal });
  } else if (caProvider) {
    pem = utf8Text((await references.secret(caProvider, { signal })).reveal());
  }
  if (pem !== undefined && !pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw vaultError('Invalid', `vault: ${caBundle ? 'caBundle' : 'what caProvider points at'} has no PEM certificate`);
  }
  return pem;
}

/** A certificate of the login by cert is shown on every connection, as the reference does. */
async function clientCertificate(
  { tls, auth }: VaultProvider,
  references: References,
  signal: AbortSignal,
): Promise<Pick<TlsMaterial, 'cert' | 'key'>> {
  const byCert = methodOf(auth) === 'cert' ? auth?.cert : undefined;
  const certificate = byCert ? byCert.clientCert : tls?.certSecretRef;
  const privateKey = byCert ? byCert.secretRef : tls?.keySecretRef;
  if (!certificate || !privateKey) return {};
  const [cert, key] = await Promise.all([
    references.secret(certificate, { key: 'tls.crt', signal }),
    references.secret(privateKey, { key: 'tls.key', signal }),
  ]);
  try {
    createSecureContext({ cert: Buffer.from(cert.reveal()), key: Buffer.from(key.reveal()) });
  } catch {
    // OpenSSL's words may quote what it was given.
    throw vaultError('Invalid', 'vault: the client certificate and its private key are no such pair in PEM');
  }
  return { cert: cert.reveal(), key: key.reveal() };
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers as they are sent, their names in lower case. Throws `StoreError` `Invalid`. */
export function sendableHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const sendable = Object.entries(headers).map(([name, value]) => {
    if (!token.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw vaultError('Invalid', `vault: header '${name}' cannot be sent`);
    }
    return [name.toLowerCase(), value] as const;
  });
  return Object.fromEntries(sendable);
}

function headersOf({ headers, readYourWrites, forwardInconsistent }: VaultProvider): Record<string, string> {
  // A node that has not caught up with the login's index passes the read on, where its server is set up to.
  const forwarded = readYourWrites && forwardInconsistent ? { 'x-vault-inconsistent': 'forward-active-node' } : {};
  return { ...sendableHeaders(headers), ...forwarded };
}

/** The methods of login, in the order in which the first that is there is used. */
const authMethods = [
  'tokenSecretRef',
  'appRole',
  'kubernetes',
  'ldap',
  'userPass',
  'jwt',
  'cert',
  'iam',
  'gcp',
] as const satisfies (keyof VaultAuth)[];

/** One of them. */
export type AuthMethod = (typeof authMethods)[number];

/** The method of login that the settings mean; undefined when they have none. */
export function methodOf(auth: VaultAuth | undefined): AuthMethod | undefined {
  return authMethods.find((method) => auth?.[method] !== undefined && auth[method] !== null);
}

/** Whether some credential is found only in the namespace of whoever uses the store (referent authentication). */
export function isReferent(provider: VaultProvider, references: References): boolean {
  return selectorsOf(provider).some((selector) => selector && references.namespaceOf(selector) === undefined);
}

function selectorsOf({ auth, tls, caBundle, caProvider }: VaultProvider): (Selector | undefined)[] {
  const { appRole, kubernetes, ldap, userPass, jwt, cert, iam } = auth ?? {};
  const byMethod: Record<AuthMethod, (Selector | undefined)[]> = {
    tokenSecretRef: [auth?.tokenSecretRef],
    appRole: [appRole?.roleRef, appRole?.secretRef],
    kubernetes: [kubernetes?.serviceAccountRef ?? kubernetes?.secretRef],
    ldap: [ldap?.secretRef],
    userPass: [userPass?.secretRef],
    jwt: [jwt?.secretRef ?? jwt?.kubernetesServiceAccountToken?.serviceAccountRef],
    cert: [cert?.clientCert, cert?.secretRef],
    iam: [
      iam?.jwt?.serviceAccountRef,
      iam?.secretRef?.accessKeyIDSecretRef,
      iam?.secretRef?.secretAccessKeySecretRef,
      iam?.secretRef?.sessionTokenSecretRef,
    ],
    gcp: [],
  };
  const method = methodOf(auth);
  return [
    ...(method ? byMethod[method] : []),
    tls?.certSecretRef,
    tls?.keySecretRef,
    ...(caBundle ? [] : [caProvider]),
  ];
}

/** The text of a credential without the line end that editors and shells add; passwords are taken as they are. */
export const trimmed = (bytes: Uint8Array): string => utf8Text(bytes).trim();
