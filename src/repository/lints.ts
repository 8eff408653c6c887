// The lints of sealing: what is probably a mistake in a plain Secret about to be sealed. No message shows a value.

import { base64Decode, isBase64 } from '../encoding/base64.ts';
import type { SealedSecret, Secret } from '../kube/objects.ts';
import { isPlaceholder } from '../scan/placeholder.ts';
import { valuesOf } from '../seal/plain-secret.ts';
import type { Scope } from '../seal/scope.ts';
import type { Lint } from './lint.ts';
import { lintType } from './secret-types.ts';

/** What sealing knows beside the Secret. */
export interface LintOptions {
  scope: Scope;
  /** The namespace it is sealed for. Default: the Secret's own. */
  namespace?: string | undefined;
  /** Items that a template will make, so that a typed Secret does not miss them. Default: none. */
  templateItems?: readonly string[] | undefined;
  /** Its values, where they are decoded already. */
  values?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** Ciphertext that still fits into the annotation of client-side apply (262,144 bytes) beside the rest of the manifest. */
export const largeCiphertextBytes = 200_000;

/** The lints of a plain Secret. Throws `FormatError` as `valuesOf` does: names and sizes that Kubernetes refuses are no warnings. */
export function lintSecret(secret: Secret, options: LintOptions): Lint[] {
  const { scope, namespace, templateItems = [], values = valuesOf(secret) } = options;
  const lints = [...values].flatMap(([item, bytes]) => lintValue(item, textOf(bytes)));
  lints.push(...lintType(secret.type ?? 'Opaque', values, templateItems));
  if (scope !== 'cluster-wide' && !(namespace ?? secret.metadata.namespace)) lints.push(noNamespace());
  return lints;
}

/** The lints of what came out of sealing. */
export function lintSealed({ spec }: Pick<SealedSecret, 'spec'>): Lint[] {
  const size = Object.values(spec.encryptedData ?? {}).reduce((sum, text) => sum + text.length, 0);
  if (size <= largeCiphertextBytes) return [];
  const message = `the sealed values take ${Math.ceil(size / 1000)} kB; kubectl apply works up to about 200 kB, beyond use --server-side`;
  return [{ code: 'LARGE', message }];
}

function noNamespace(): Lint {
  return {
    code: 'NO_NAMESPACE',
    message: 'it has no namespace, and the sealed values open in the namespace they are sealed for only',
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

// Undefined for values that are not text: nothing below can be said of them.
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function lintValue(item: string, text: string | undefined): Lint[] {
  if (text === undefined) return [];
  const lints: Lint[] = [];
  if (/^[^\r\n]+\r?\n$/.test(text)) {
    lints.push({
      code: 'TRAILING_NEWLINE',
      item,
      message: `${item} ends in a line end that is probably not meant (echo -n, or printf)`,
    });
  }
  if (isEncodedText(text.trim())) {
    lints.push({
      code: 'BASE64_TWICE',
      item,
      message: `${item} is itself base64 of text; below data a value is encoded once, below stringData not at all`,
    });
  }
  if (isPlaceholder(text.trim())) {
    lints.push({ code: 'PLACEHOLDER', item, message: `${item} looks like a placeholder that was never filled in` });
  }
  return lints;
}

/**
 * Whether text is base64 that somebody made of text. Any word of 4, 8, 12 … letters is valid base64, so what it decodes to
 * decides: all printable. Six random bytes are that once in 400 times, nine once in 8,000. Below 8 characters there is no telling.
 */
function isEncodedText(text: string): boolean {
  // Without line ends base64 is padded to fours.
  if (text.length < 8 || text.length % 4 !== 0 || /\s/.test(text) || !isBase64(text)) return false;
  const decoded = textOf(base64Decode(text));
  if (decoded === undefined) return false;
  // UTF-8 beyond ASCII is allowed where there is enough of it for chance to be out of the question.
  return (
    text.length < 16 ? /^[\t\r\n\x20-\x7e]+$/ : /^[\t\r\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\u{10000}-\u{1ffff}]+$/u
  ).test(decoded);
}
