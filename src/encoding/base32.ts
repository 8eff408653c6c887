// Standard base32 (RFC 4648), as Go's StdEncoding writes it.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Padded base32 of `bytes`, on one line. */
export function base32Encode(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = bits.match(/.{1,5}/g) ?? [];
  const text = digits.map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}
