// What every transport tells undici about TLS, and how it reads the headers that undici hands over.

import type { Dispatcher } from 'undici';
import type { TlsMaterial } from './cluster-config.ts';

/** How connections are made under this TLS identity; ten seconds at most. */
export function connectOptions(tls: TlsMaterial) {
  return {
    ...(tls.ca !== undefined && { ca: nodeBytes(tls.ca) }),
    ...(tls.cert !== undefined && { cert: nodeBytes(tls.cert) }),
    ...(tls.key !== undefined && { key: nodeBytes(tls.key) }),
    ...(tls.servername !== undefined && { servername: tls.servername }),
    ...(tls.insecure && { rejectUnauthorized: false }),
    timeout: 10_000,
  };
}

const nodeBytes = (pem: string | Uint8Array) => (typeof pem === 'string' ? pem : Buffer.from(pem));

/** Headers by name in lower case; repeated ones joined by a comma. */
export function flatHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
}
