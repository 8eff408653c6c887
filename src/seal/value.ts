// One sealed value as manifests hold it: base64 of an envelope.

import { base64Decode, base64Encode } from '../encoding/base64.ts';
import { CertificateError, isSealError, OpenError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { type Envelope, parseEnvelope, serializeEnvelope } from './envelope.ts';
import { encrypt, encryptWith, type SealingCipher } from './hybrid.ts';
import type { Opened, Opener } from './opener.ts';
import { labelOf, type SealedFor } from './scope.ts';

/** How one value is sealed. */
export interface SealValueOptions {
  certificate: Certificate;
  sealedFor: SealedFor;
  /** Faster ciphers than the web platform's. Default: those. */
  cipher?: SealingCipher | undefined;
}

/** Seals one value: padded base64 on one line, different at every call. Throws `CertificateError` where the public key is damaged. */
export async function sealValue(
  plaintext: Uint8Array,
  { certificate, sealedFor, cipher }: SealValueOptions,
): Promise<string> {
  if (cipher) return sealValueWith(cipher, plaintext, { certificate, sealedFor });
  const envelope = encrypt(certificate.spki, plaintext, labelOf(sealedFor)).catch(damagedKey);
  return base64Encode(serializeEnvelope(await envelope));
}

/** The same at once: for thousands of values, waiting takes a tenth of the time. */
export function sealValueWith(
  cipher: SealingCipher,
  plaintext: Uint8Array,
  { certificate, sealedFor }: Omit<SealValueOptions, 'cipher'>,
): string {
  return base64Encode(serializeEnvelope(envelopeWith(cipher, certificate, plaintext, labelOf(sealedFor))));
}

function envelopeWith(
  cipher: SealingCipher,
  { spki }: Certificate,
  plaintext: Uint8Array,
  label: Uint8Array,
): Envelope {
  try {
    return encryptWith(cipher, spki, plaintext, label);
  } catch (cause) {
    return damagedKey(cause);
  }
}

// Everything else that the ciphers are given is ours, and has its length.
function damagedKey(cause: unknown): never {
  throw new CertificateError('CERTIFICATE_DAMAGED', "the certificate's public key is damaged", {
    hint: 'copy it again, or fetch it with `seal cert`',
    cause,
  });
}

/** Opens one sealed value. Throws `OpenError`: `VALUE_DAMAGED` for what is no sealed value, `NO_KEY_OPENS` for all else. */
export async function openValue(
  sealed: unknown,
  options: { opener: Opener; sealedFor: SealedFor; keyIdHint?: string | undefined },
): Promise<Opened> {
  const { opener, sealedFor, keyIdHint } = options;
  return opener.open({ envelope: sealedEnvelope(sealed), label: labelOf(sealedFor), keyIdHint });
}

/** As `openValue`; `undefined` for a value that does not open, whatever the reason. */
export function tryOpenValue(...asked: Parameters<typeof openValue>): Promise<Opened | undefined> {
  return openValue(...asked).catch((error) => {
    if (!isOpenError(error)) throw error;
    return undefined;
  });
}

/** Whether an error says that a value does not open: `VALUE_DAMAGED` or `NO_KEY_OPENS`. */
export function isOpenError(error: unknown): error is OpenError {
  return isSealError(error) && (error.code === 'NO_KEY_OPENS' || error.code === 'VALUE_DAMAGED');
}

/** The envelope in the text of a sealed value. Throws `OpenError` (`VALUE_DAMAGED`), saying what anyone could see. */
export function sealedEnvelope(sealed: unknown): Envelope {
  if (typeof sealed !== 'string') throw damaged('is not text');
  const bytes = decoded(sealed);
  try {
    return parseEnvelope(bytes);
  } catch {
    throw damaged('is cut off or was not made by sealing');
  }
}

function decoded(sealed: string): Uint8Array {
  try {
    return base64Decode(sealed);
  } catch {
    throw damaged('is not standard base64');
  }
}

function damaged(why: string): OpenError {
  return new OpenError('VALUE_DAMAGED', `the sealed value ${why}`);
}
