// The Password generator: random passwords with a given mix of letters, digits and symbols.

import { randomInt } from 'node:crypto';
import { base32Encode } from '../../../src/encoding/base32.ts';
import { base64Encode } from '../../../src/encoding/base64.ts';
import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import { hexEncode } from '../../../src/encoding/hex.ts';
import type { PasswordSpec } from '../../../src/kube/generators.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { StoreError } from '../store.ts';

const lower = 'abcdefghijklmnopqrstuvwxyz';
const digitCharacters = '0123456789';
/** What the reference (2.9, sethvargo/go-password) chooses symbols from. */
const defaultSymbols = '~!@#$%^&*()_+`-={}|[]\\:"<>?,./';
const defaultLength = 24;
/** Of one password; and how many one generator makes. */
const largest = { length: 4096, keys: 100 };

const encodings: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  base64: base64Encode,
  base64url: (bytes) => base64Encode(bytes).replaceAll('+', '-').replaceAll('/', '_'),
  base32: base32Encode,
  hex: hexEncode,
};

/** New passwords by name, as the spec asks. Throws `StoreError` (`Invalid`) where it asks for what cannot be. */
export function generatePasswords(spec: PasswordSpec): Map<string, SecretBytes> {
  const keys = spec.secretKeys?.length ? spec.secretKeys : ['password'];
  if (keys.includes('') || new Set(keys).size < keys.length) {
    throw invalid('secretKeys must be names, each of them once');
  }
  if (keys.length > largest.keys) throw invalid(`secretKeys has more than ${largest.keys} names`);
  const parts = partsOf(spec);
  const encode = encodings[spec.encoding ?? 'raw'];
  return new Map(
    keys.map((key) => {
      const password = utf8Bytes(generate(parts, spec.allowRepeat === true));
      return [key, new SecretBytes(encode ? utf8Bytes(encode(password)) : password)];
    }),
  );
}

interface Part {
  /** In the words of the spec. */
  what: string;
  count: number;
  from: readonly string[];
}

function partsOf(spec: PasswordSpec): Part[] {
  const length = spec.length && spec.length > 0 ? spec.length : defaultLength;
  const quarter = Math.floor(length / 4);
  const { digits = quarter, symbols = quarter, symbolCharacters, noUpper, allowRepeat } = spec;
  if (length > largest.length) throw invalid(`length is more than ${largest.length}`);
  if (digits < 0 || symbols < 0 || digits + symbols > length)
    throw invalid('digits and symbols do not fit into length');
  const parts = [
    { what: 'letters', count: length - digits - symbols, from: [...(noUpper ? lower : lower + lower.toUpperCase())] },
    { what: 'digits', count: digits, from: [...digitCharacters] },
    { what: 'symbols', count: symbols, from: [...(symbolCharacters || defaultSymbols)] },
  ];
  const short = parts.find(({ count, from }) => count > new Set(from).size);
  if (!short || allowRepeat) return parts;
  throw invalid(
    `there are only ${new Set(short.from).size} different ${short.what}, and ${short.count} are asked for`,
    'set allowRepeat: true, or ask for fewer',
  );
}

function generate(parts: readonly Part[], mayRepeat: boolean): string {
  const chosen = parts.flatMap((part) => choose(part, mayRepeat));
  // Fisher and Yates, so that every order is as likely as every other.
  for (let at = chosen.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [chosen[at], chosen[other]] = [chosen[other] ?? '', chosen[at] ?? ''];
  }
  return chosen.join('');
}

function choose({ count, from }: Part, mayRepeat: boolean): string[] {
  const left = mayRepeat ? [...from] : [...new Set(from)];
  return Array.from({ length: count }, () => {
    const at = randomInt(left.length);
    const character = left[at] ?? '';
    if (!mayRepeat) left.splice(at, 1);
    return character;
  });
}

function invalid(what: string, hint?: string): StoreError {
  return new StoreError('Invalid', `the Password generator: ${what}`, { provider: 'generator', ...(hint && { hint }) });
}
