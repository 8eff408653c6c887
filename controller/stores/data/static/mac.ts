// The keyed digest of a Secret's data that stands in `status.secretMAC`, as Vault Secrets Operator 1.4 computes it.

import { createHmac } from 'node:crypto';
import { base64Encode } from '../../../../src/encoding/base64.ts';
import type { SecretBytes } from '../../../../src/redact.ts';
import { goJson } from '../../go-json.ts';

/** Bytes of a key. */
export const macKeyLength = 16;

/** Base64 of HMAC-SHA256 over the JSON that Go makes of the data: items in the order of their bytes, values in base64. */
export function secretMac(key: Uint8Array, data: ReadonlyMap<string, SecretBytes>): string {
  const members = Object.fromEntries(Array.from(data, ([item, value]) => [item, base64Encode(value.reveal())]));
  return createHmac('sha256', key).update(goJson(members)).digest('base64');
}
