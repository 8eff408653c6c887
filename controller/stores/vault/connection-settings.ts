// `spec` of a VaultConnection, looked up and checked.

import { X509Certificate } from 'node:crypto';
import { utf8Text } from '../../../src/encoding/bytes.ts';
import { vaultDurationMs } from '../../../src/kube/vault-secret-rules.ts';
import type { VaultConnectionSpec } from '../../../src/kube/vault-secrets.ts';
import type { References } from '../references.ts';
import { vaultError } from './refusals.ts';
import { type ServerSettings, sendableHeaders, serverUrl } from './settings.ts';

export interface ConnectionSettingsOptions {
  /** Looks into the connection's namespace alone. */
  references: References;
  /** The text of a file. */
  readFile: (path: string) => Promise<string>;
  signal: AbortSignal;
}

/** Reads the CA certificates that the settings refer to. Throws `StoreError` `Invalid` for what cannot be. */
export async function connectionSettings(
  spec: VaultConnectionSpec,
  options: ConnectionSettingsOptions,
): Promise<ServerSettings> {
  const { address, headers, tlsServerName, skipTLSVerify, timeout } = spec;
  const server = serverUrl(address);
  const ca = skipTLSVerify ? undefined : await authorityOf(spec, options);
  return {
    server,
    tls: {
      ...(ca !== undefined && { ca }),
      ...(tlsServerName && { servername: tlsServerName }),
      ...(skipTLSVerify && { insecure: true }),
    },
    headers: sendableHeaders(headers),
    // Zero is no limit to Go; a server that says nothing may not hold us for ever.
    timeoutMs: (timeout && vaultDurationMs(timeout)) || undefined,
  };
}

async function authorityOf(
  { caCertSecretRef, caCertPath }: VaultConnectionSpec,
  { references, readFile, signal }: ConnectionSettingsOptions,
): Promise<string | undefined> {
  if (caCertSecretRef) {
    const pem = utf8Text((await references.secret({ name: caCertSecretRef }, { key: 'ca.crt', signal })).reveal());
    return checked(pem, `Secret '${caCertSecretRef}' that caCertSecretRef names`);
  }
  if (!caCertPath) return undefined;
  // Whether there is a file at all is no business of whoever writes connections.
  const pem = await readFile(caCertPath).catch(() => '');
  return checked(pem, `'${caCertPath}' that caCertPath names`);
}

function checked(pem: string, where: string): string {
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    throw vaultError('Invalid', `vault: ${where} has no PEM certificate`, { about: 'trust' });
  }
}
