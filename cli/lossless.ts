// Bytes as text and back without a loss, whatever they are.

/** A way from bytes to text and back. */
export interface Lossless {
  text(bytes: Uint8Array): string;
  bytes(text: string): Uint8Array;
}

const latin1: Lossless = {
  text: (bytes) => Buffer.from(bytes).toString('latin1'),
  bytes: (text) => Buffer.from(text, 'latin1'),
};

/** UTF-8 where all of it is UTF-8, else a character for each byte. A byte order mark is a character. */
export function losslessFor(...all: readonly Uint8Array[]): Lossless {
  const decoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for (const bytes of all) decoder().decode(bytes);
  } catch {
    return latin1;
  }
  return { text: (bytes) => decoder().decode(bytes), bytes: (text) => new TextEncoder().encode(text) };
}
