// What may be shown: a wrapper for secret bytes that no printing, serialising or inspecting gets through.

const placeholder = '[redacted]';

/** Secret bytes on their way through the process. Only `reveal` gives them out. */
export class SecretBytes {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy. Call it where they are used, not where they are carried. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  get byteLength(): number {
    return this.#bytes.byteLength;
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  // Node's console and assertion messages ask for this symbol; it needs no Node to name it.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return placeholder;
  }
}
