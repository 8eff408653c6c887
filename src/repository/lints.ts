// The lints of sealing: what is probably a mistake in a plain Secret about to be sealed. No message shows a value.

import type { SealedSecret, Secret } from '../kube/objects.ts';

/** One warning. */
export interface Lint {
  /** Stable: `TRAILING_NEWLINE`, `BASE64_TWICE`, `PLACEHOLDER`, `WRONG_KEYS`, `UNPARSABLE`, `LARGE`, `NO_NAMESPACE`, `NEVER_SEALED`. */
  code: string;
  /** One lower-case phrase that names the item and never shows its value. */
  message: string;
  /** The item, where it is about one. */
  item?: string;
}

/** Throws `FormatError`: `ITEM_NAME` for an item name that Kubernetes refuses, `SECRET_TOO_LARGE` over 1 MiB of values. */
export function checkSecret(secret: Secret): void {
  void secret;
}

/** The lints of a plain Secret. `scope` is the one it will be sealed for. */
export function lintSecret(secret: Secret, options: { scope: 'strict' | 'namespace-wide' | 'cluster-wide' }): Lint[] {
  void secret;
  void options;
  return [];
}

/** The lints of what came out: more than 200 kB of ciphertext does not fit client-side apply. */
export function lintSealed(sealed: SealedSecret): Lint[] {
  void sealed;
  return [];
}
