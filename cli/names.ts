// Names that a cluster accepts: a value sealed for any other could never be opened.

import { UsageError } from '../src/errors.ts';
import { shownWord } from './shown-word.ts';

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Throws `UsageError` unless `text` may name a namespace (RFC 1123 label). */
export function checkNamespace(text: string): void {
  if (label.test(text)) return;
  throw new UsageError(`"${text}" cannot be a namespace`, { hint: 'lower-case letters, digits and "-", at most 63' });
}

/** Throws `UsageError` unless `text` may name a Secret (RFC 1123 subdomain). */
export function checkName(text: string): void {
  if (subdomain.test(text) && text.length <= 253) return;
  throw new UsageError(`"${shownWord(text)}" cannot be the name of a Secret`, {
    hint: 'lower-case letters, digits, "-" and ".", at most 253',
  });
}
