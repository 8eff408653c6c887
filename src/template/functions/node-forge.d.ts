// The parts of node-forge 1.4 that templates use, one by one, so that the rest of it is not loaded; @types/node-forge knows only the whole.

declare module 'node-forge/lib/util.js' {
  /** Bytes as characters of 8 bits, read from the front. */
  export interface ByteStringBuffer {
    getBytes(): string;
  }
  const util: { createBuffer(bytes: string): ByteStringBuffer };
  export default util;
}

declare module 'node-forge/lib/des.js' {
  import type { Decipher } from 'node-forge/lib/rc2.js';

  const des: { startDecrypting(key: string, iv: string, output: null, mode: 'CBC'): Decipher };
  export default des;
}

declare module 'node-forge/lib/rc2.js' {
  import type { ByteStringBuffer } from 'node-forge/lib/util.js';
  export interface Decipher {
    update(input: ByteStringBuffer): void;
    /** False where the padding is wrong. */
    finish(): boolean;
    readonly output: ByteStringBuffer;
  }
  const rc2: { createDecryptionCipher(key: string, bits: number): Decipher & { start(iv: string): void } };
  export default rc2;
}

declare module 'node-forge/lib/md.all.js' {
  /** A digest at work, of which nothing is asked here. */
  export type Digest = object;
  const md: Readonly<Record<'sha1' | 'sha256' | 'sha512', { create(): Digest }>>;
  export default md;
}

declare module 'node-forge/lib/rsa.js' {
  import type { BigInteger } from 'node-forge/lib/jsbn.js';
  import type { Digest } from 'node-forge/lib/md.all.js';
  export interface PrivateKey {
    decrypt(bytes: string, scheme: 'RSA-OAEP', options: { md: Digest; mgf1: { md: Digest } }): string;
  }
  /** Modulus, exponents, primes, exponents of the primes, coefficient. */
  const rsa: { setPrivateKey(...numbers: BigInteger[]): PrivateKey };
  export default rsa;
}

declare module 'node-forge/lib/jsbn.js' {
  export interface BigInteger {
    bitLength(): number;
    multiply(other: BigInteger): BigInteger;
    equals(other: BigInteger): boolean;
  }
  const jsbn: { BigInteger: new (text: string, radix: 16) => BigInteger };
  export default jsbn;
}
