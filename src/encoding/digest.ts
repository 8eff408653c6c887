// SHA-256 from the web platform, so that the same code runs in Node and in a browser.

import { unshared } from './bytes.ts';

/** The 32 bytes of SHA-256 over `bytes`. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', unshared(bytes)));
}
