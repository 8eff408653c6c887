// UTF-16, as editors and shells on Windows write files.

/** The text of UTF-16, which is told by its byte order mark; `undefined` for other bytes. The mark is not part of the text. */
export function utf16Text(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return undefined;
}
