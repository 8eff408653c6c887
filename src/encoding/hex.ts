// Lower-case hexadecimal, for key ids, fingerprints and serial numbers.

/** Two lower-case digits a byte. */
export function hexEncode(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
