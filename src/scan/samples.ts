// Made-up secrets for the examples of the rules: random-looking, the same every time, and never written out in a file of ours.

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();

const alphabets = {
  digit: digits,
  hex: `${digits}abcdef`,
  lower: digits + lower,
  upper: digits + upper,
  base32: `${upper}234567`,
  letter: lower + upper,
  alnum: digits + lower + upper,
  base64: `${upper}${lower}${digits}+/`,
  bech32: 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
} as const;

/** `length` characters of an alphabet. */
export function sample(length: number, of: keyof typeof alphabets = 'alnum'): string {
  const alphabet = alphabets[of];
  let state = 0x5eed + length;
  return Array.from({ length }, () => {
    // Numerical Recipes' generator; its high bits are the better ones.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return alphabet.charAt(Math.floor((state / 0x1_0000_0000) * alphabet.length));
  }).join('');
}
