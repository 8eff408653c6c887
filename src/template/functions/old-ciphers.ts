// Decryption that other libraries have given up: triple DES and RC2 in CBC mode. Files of ten years ago are encrypted so.

import des from 'node-forge/lib/des.js';
import rc2 from 'node-forge/lib/rc2.js';
import util from 'node-forge/lib/util.js';
import { bytesFromText, textFromBytes } from '../bytes.ts';

/** A cipher of old PKCS#12 files: bytes of its key, and how it decrypts. */
export interface OldCipher {
  keyBytes: number;
  /** Undefined where the padding is wrong, as with another key. */
  decrypt(key: Uint8Array, vector: Uint8Array, bytes: Uint8Array): Uint8Array | undefined;
}

type Started = ReturnType<typeof des.startDecrypting>;

const cipher = (keyBytes: number, start: (key: string, vector: string) => Started): OldCipher => ({
  keyBytes,
  decrypt(key, vector, bytes) {
    const started = start(textFromBytes(key), textFromBytes(vector));
    started.update(util.createBuffer(textFromBytes(bytes)));
    return started.finish() ? bytesFromText(started.output.getBytes()) : undefined;
  },
});

const rc2Cipher = (bits: number) =>
  cipher(bits / 8, (key, vector) => {
    const started = rc2.createDecryptionCipher(key, bits);
    started.start(vector);
    return started;
  });

/** By OID: those of RFC 7292, appendix C, that Go's PKCS#12 reads. */
export const oldCiphers: Readonly<Record<string, OldCipher>> = {
  '1.2.840.113549.1.12.1.3': cipher(24, (key, vector) => des.startDecrypting(key, vector, null, 'CBC')),
  '1.2.840.113549.1.12.1.5': rc2Cipher(128),
  '1.2.840.113549.1.12.1.6': rc2Cipher(40),
};
