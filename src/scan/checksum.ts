// Tokens that carry a checksum: GitHub's and npm's, CRC-32 of the random part in base 62.
// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefixLength = 4;
const checksumLength = 6;

/** Whether a token of the shape `xxx_` + random part + checksum has the checksum that belongs to it. */
export function hasTokenChecksum(token: string): boolean {
  const random = token.slice(prefixLength, -checksumLength);
  return base62(crc32(random)) === token.slice(-checksumLength);
}

function base62(value: number): string {
  let text = '';
  for (let rest = value; text.length < checksumLength; rest = Math.floor(rest / digits.length))
    text = digits.charAt(rest % digits.length) + text;
  return text;
}

/** CRC-32 (ISO 3309, as in gzip) of ASCII text. */
function crc32(text: string): number {
  let crc = ~0;
  for (let at = 0; at < text.length; at++) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
