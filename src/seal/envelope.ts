// The bytes of one sealed value, apart from any key: be16(len(R)) || R || C.

/** A parsed sealed value: RSA-wrapped session key, and AES-256-GCM ciphertext with its 16-byte tag at the end. */
export interface Envelope {
  wrappedKey: Uint8Array;
  ciphertext: Uint8Array;
}
