// Names of fetched values on their way to being items of a Secret: conversion and checks.

import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import type { ConversionStrategy } from '../../../src/kube/external-secrets.ts';
import type { SecretBytes } from '../../../src/redact.ts';
import { compareCodePoints } from '../go-json.ts';
import { invalid, quoted, type Source } from './source.ts';

/** Values by name, as they come from a store and go through rewriting. */
export type NamedValues = Map<string, SecretBytes>;

/** In the order of the names' bytes: the one order in which this room does anything, so that every outcome is the same every time. */
export function inOrder(values: NamedValues): [name: string, value: SecretBytes][] {
  return [...values].sort(([left], [right]) => compareCodePoints(left, right));
}

const longestName = 253;
// Go's unicode.IsLetter and IsNumber, and what a Secret's item names may have beside them.
const allowed = /^[\p{L}\p{N}._-]$/u;

/** Characters that are no letter, number, `-`, `.` or `_` written as `_` (Default) or `_U0020_` (Unicode). Throws `StoreError` when two names become one. */
export function converted(
  values: NamedValues,
  strategy: ConversionStrategy | '' | undefined,
  source: Source,
): NamedValues {
  const result: NamedValues = new Map();
  for (const [name, value] of inOrder(values)) {
    const key = convert(name, strategy || 'Default');
    if (result.has(key)) {
      throw invalid(source, `two names become ${quoted(key)} when their characters are converted`, conversionHint);
    }
    result.set(key, value);
  }
  return result;
}

const conversionHint = 'use conversionStrategy Unicode, or a rewrite that keeps them apart';

function convert(name: string, strategy: ConversionStrategy): string {
  let result = '';
  for (const character of name) {
    if (allowed.test(character)) result += character;
    else if (strategy === 'Default') result += '_';
    else result += `_U${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}_`;
  }
  return result;
}

/**
 * Without empty names, which stand for nothing. Throws `StoreError` for names that are too long or hold other characters.
 * Letters beyond ASCII pass, as in the reference: a template may use them although an item of a Secret may not have them.
 */
export function checked(values: NamedValues, source: Source): NamedValues {
  const result: NamedValues = new Map();
  for (const [name, value] of inOrder(values)) {
    if (name === '') continue;
    if (!isWellFormed(name) || utf8Bytes(name).byteLength > longestName) {
      throw invalid(source, `the name ${quoted(name)} is longer than ${longestName} bytes`, rewriteHint);
    }
    const wrong = [...name].find((character) => !allowed.test(character));
    if (wrong !== undefined) {
      throw invalid(source, `the name ${quoted(name)} holds a character that item names may not have`, rewriteHint);
    }
    result.set(name, value);
  }
  return result;
}

const rewriteHint = "rewrite the names: letters, digits, '-', '_' and '.', at most 253 bytes";
const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

/** What one entry of `dataFrom` may gather. Part of the contract; see docs/resources/externalsecret.md. */
export const assemblyLimits = {
  /** Values, before and after rewriting. */
  names: 10_000,
  /** Characters of one name on its way: more than any store allows. */
  name: 4_096,
  /** Bytes of names and values: some times what a Secret may have, since templates may use a part only. */
  bytes: 8 * 1024 * 1024,
} as const;

/** The same values; throws `StoreError` (`Invalid`) when they are over a limit. */
export function bounded(values: NamedValues, source: Source): NamedValues {
  const { names, name: longest, bytes: most } = assemblyLimits;
  if (values.size > names) {
    throw invalid(source, `${values.size} values are more than the ${names} that one entry may give`);
  }
  let bytes = 0;
  for (const [name, value] of values) {
    if (name.length > longest) throw invalid(source, `the name ${quoted(name)} is longer than ${longest} characters`);
    bytes += name.length + value.byteLength;
  }
  if (bytes > most) throw invalid(source, `the values have more than the ${most} bytes that one entry may give`);
  return values;
}
