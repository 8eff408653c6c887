// Values of `spec.data`, the form of Sealed Secrets before 0.7: a whole Secret in one sealed value.

import { utf8Text } from '../encoding/bytes.ts';
import { isRecord } from '../encoding/json.ts';
import { OpenError } from '../errors.ts';
import type { Secret } from '../kube/objects.ts';
import { SecretBytes } from '../redact.ts';
import { checkSecret, valuesOf } from './plain-secret.ts';

/** The Secret in an opened `spec.data`, and its values. Throws `OpenError` (`VALUE_DAMAGED`) when it holds none. */
export function parseLegacy(plaintext: SecretBytes): { secret: Secret; values: Map<string, SecretBytes> } {
  try {
    const json: unknown = JSON.parse(utf8Text(plaintext.reveal()));
    // Sealers of that time left out the kind that their own type implied.
    const secret = checkSecret(isRecord(json) ? { apiVersion: 'v1', kind: 'Secret', ...json } : json);
    const values = [...valuesOf(secret)].map(([item, bytes]) => [item, new SecretBytes(bytes)] as const);
    return { secret, values: new Map(values) };
  } catch {
    // No cause and no detail: whatever could be said, of its kind or of its fields, would be said of the plain text.
    throw new OpenError('VALUE_DAMAGED', 'spec.data opened, but does not hold a Secret');
  }
}
