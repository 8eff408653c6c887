// What is done to each value after it was found: decoding, and the look for zero bytes.

import { base64Decode } from '../../../src/encoding/base64.ts';
import { isSealError } from '../../../src/errors.ts';
import type { DecodingStrategy, NullBytePolicy } from '../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { type Text, textFromBytes } from '../../../src/template/bytes.ts';
import { invalid, quoted, type Source } from './source.ts';

/** Absent and empty mean None and Ignore. */
export interface ValuePolicies {
  decodingStrategy?: DecodingStrategy | '' | undefined;
  nullBytePolicy?: NullBytePolicy | '' | undefined;
}

/** `value` decoded and checked. `item` is what messages call it. Throws `StoreError` (`Invalid`). */
export function decoded(value: SecretBytes, policies: ValuePolicies, item: string, source: Source): SecretBytes {
  const result = decode(value, policies.decodingStrategy || 'None', item, source);
  if (policies.nullBytePolicy === 'Fail' && result.reveal().includes(0)) {
    throw invalid(source, `the value for ${quoted(item)} holds a zero byte, and nullBytePolicy is Fail`);
  }
  return result;
}

function decode(value: SecretBytes, strategy: DecodingStrategy, item: string, source: Source): SecretBytes {
  if (strategy === 'None') return value;
  const text = textFromBytes(value.reveal());
  const bytes = tries[strategy](text);
  if (bytes) return new SecretBytes(bytes);
  if (strategy === 'Auto') return value;
  const hint = 'decodingStrategy Auto takes values that are not encoded as they are';
  throw invalid(source, `the value for ${quoted(item)} is not ${strategy}, as its decodingStrategy says`, hint);
}

// Own members only matter here: `strategy` is one of an enum that the API server checks, and `Auto` ends in the value itself.
const tries: Record<Exclude<DecodingStrategy, 'None'>, (text: Text) => Uint8Array | undefined> = {
  Base64: standard,
  Base64URL: urlSafe,
  Auto: (text) => standard(text) ?? urlSafe(text),
};

function standard(text: Text): Uint8Array | undefined {
  try {
    return base64Decode(text);
  } catch (error) {
    if (isSealError(error)) return undefined;
    throw error;
  }
}

// Go's URLEncoding: the same decoder over another alphabet, padding included.
function urlSafe(text: Text): Uint8Array | undefined {
  if (/[+/]/.test(text)) return undefined;
  return standard(text.replaceAll('-', '+').replaceAll('_', '/'));
}
