// Remembers what was opened, so that a Secret is put right without its private key.

import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { SecretBytes } from '../src/redact.ts';
import type { Opener, OpenRequest } from '../src/seal/opener.ts';

interface Remembered {
  value: SecretBytes;
  keyId: string;
}

// What an entry costs beside its value: digest, wrapper, list links.
const entryBytes = 300;

/** Opened values in memory, the least recently used forgotten first. */
export class OpenedMemory {
  readonly #values: LRUCache<string, Remembered>;

  /** `maxBytes` bounds what all entries take together. */
  constructor(maxBytes: number) {
    this.#values = new LRUCache<string, Remembered>({
      maxSize: maxBytes,
      sizeCalculation: ({ value }) => value.byteLength + entryBytes,
    });
  }

  /** Opens with `opener` only what was never opened before, under the same label. Plain texts are shared: not to be changed. */
  over(opener: Opener): Opener {
    return {
      open: async (request) => {
        const name = nameOf(request);
        const known = this.#values.get(name);
        if (known) return { plaintext: known.value.reveal(), keyId: known.keyId };
        const { plaintext, keyId } = await opener.open(request);
        const value = moved(plaintext);
        this.#values.set(name, { value: new SecretBytes(value), keyId });
        return { plaintext: value, keyId };
      },
    };
  }
}

// An ArrayBuffer of its own costs 200 bytes more than its content, an array of up to 64 bytes without one not half of that.
function moved(plaintext: Uint8Array): Uint8Array {
  const copy = new Uint8Array(plaintext);
  plaintext.fill(0);
  return copy;
}

// Everything that decides whether a value opens, every part but the last with its length in front: no two share a name.
// Node's own digest, because WebCrypto's waits its turn in the thread pool, behind every RSA operation.
function nameOf({ label, envelope: { wrappedKey, ciphertext } }: OpenRequest): string {
  const lengths = Uint32Array.of(label.byteLength, wrappedKey.byteLength);
  return createHash('sha256').update(lengths).update(label).update(wrappedKey).update(ciphertext).digest('base64');
}
