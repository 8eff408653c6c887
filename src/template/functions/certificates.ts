// What External Secrets reads from certificates: the order of a chain by key identifiers, and alternative names. Nothing is verified.

import { equalBytes } from '../../encoding/bytes.ts';
import { derChildren, derContent, derElements, objectIdentifierText, tags } from '../../encoding/der.ts';
import { isSealError } from '../../errors.ts';
import type { Budget } from '../budget.ts';
import { type Text, textFromBytes } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';

export interface Certificate {
  der: Uint8Array;
  /** Identifier of the key that signed it; empty for none. */
  authorityKey: Uint8Array;
  /** Identifier of its own key; empty for none. */
  subjectKey: Uint8Array;
  /** Content of subjectAltName; empty for none. */
  alternativeNames: Uint8Array;
}

const none = new Uint8Array();

/** Reads a certificate. Throws `FunctionFailure`. */
export function readCertificate(der: Uint8Array): Certificate {
  try {
    return certificateOf(der);
  } catch (error) {
    if (!isSealError(error)) throw error;
    throw new FunctionFailure('what is given is no certificate');
  }
}

function certificateOf(der: Uint8Array): Certificate {
  const [body, algorithm, signature] = derChildren(der);
  if (body === undefined || algorithm === undefined || signature?.tag !== tags.bitString) {
    throw new FunctionFailure('what is given is no certificate');
  }
  const holder = derChildren(body.bytes).find(({ tag }) => tag === 0xa3);
  const extensions = new Map<string, Uint8Array>();
  for (const one of holder === undefined ? [] : derChildren(holder.content)) {
    const parts = derChildren(one.bytes);
    const [oid, value] = [parts[0], parts.at(-1)];
    if (oid !== undefined && value?.tag === tags.octetString)
      extensions.set(objectIdentifierText(oid.content), value.content);
  }
  const own = extensions.get('2.5.29.14');
  const signer = extensions.get('2.5.29.35');
  return {
    der,
    subjectKey: own === undefined ? none : derContent(own, tags.octetString),
    authorityKey: signer === undefined ? none : (derChildren(signer).find(({ tag }) => tag === 0x80)?.content ?? none),
    alternativeNames: extensions.get('2.5.29.17') ?? none,
  };
}

/** The chain from leaf to root. Throws for several leaves and for circles, as the reference does. */
export function orderedChain(certificates: readonly Certificate[], budget: Budget): Certificate[] {
  budget.spend(certificates.length ** 2);
  const parents = new Map<Certificate, Certificate>();
  for (const one of certificates) {
    const parent = certificates.find((other) => other !== one && equalBytes(one.authorityKey, other.subjectKey));
    if (parent !== undefined) parents.set(one, parent);
  }
  const used = new Set(parents.values());
  const leaves = certificates.filter((one) => !used.has(one));
  if (leaves.length > 1) throw new FunctionFailure('found multiple leaf or disjunct certificates');
  if (leaves.length === 0) throw new FunctionFailure('no leaf certificate found');
  const chain: Certificate[] = [];
  for (let at = leaves[0]; at !== undefined; at = parents.get(at)) {
    if (chain.length === certificates.length) throw new FunctionFailure('constructing chain resulted in cycle');
    chain.push(at);
  }
  return chain;
}

/** Whether nobody else signed it. */
export function isRoot({ authorityKey, subjectKey }: Certificate): boolean {
  return authorityKey.byteLength === 0 || equalBytes(authorityKey, subjectKey);
}

/** DNS names, then addresses, mail addresses and URIs. */
export function alternativeNamesOf({ alternativeNames }: Certificate): Text[] {
  if (alternativeNames.byteLength === 0) return [];
  const names = derElements(derContent(alternativeNames, tags.sequence));
  const tagged = (tag: number) => names.filter((one) => one.tag === tag).map(({ content }) => content);
  return [
    ...tagged(0x82).map(textFromBytes),
    ...tagged(0x87).map(addressText),
    ...tagged(0x81).map(textFromBytes),
    ...tagged(0x86).map(textFromBytes),
  ];
}

/** net.IP.String; IPv6 by RFC 5952. */
function addressText(bytes: Uint8Array): Text {
  const isMapped =
    bytes.byteLength === 16 &&
    bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 255 &&
    bytes[11] === 255;
  if (bytes.byteLength === 4 || isMapped) return [...bytes.subarray(-4)].join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
  const zeros = longestZeros(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.from))}::${hex(groups.slice(zeros.from + zeros.length))}`;
}

function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < groups.length; from += 1) {
    let length = 0;
    while (groups[from + length] === 0) length += 1;
    if (length > best.length) best = { from, length };
  }
  return best;
}
