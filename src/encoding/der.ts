// As much of DER (X.690) as certificates and RSA keys need: reading one element after another, and writing a few.

import { FormatError } from '../errors.ts';
import { concat } from './bytes.ts';

/** Tags that we meet. Constructed ones carry their 0x20 bit. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** `[0] EXPLICIT`, as a certificate's version. */
  context0: 0xa0,
} as const;

/** One element. `bytes` is the whole of it, `content` what is inside; both are views, not copies. */
export interface DerElement {
  tag: number;
  content: Uint8Array;
  bytes: Uint8Array;
}

/** The elements that `bytes` consists of. Throws `FormatError` (`DER_DAMAGED`) unless they fill it exactly. */
export function derElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.byteLength; ) {
    const element = readElement(bytes.subarray(offset));
    elements.push(element);
    offset += element.bytes.byteLength;
  }
  return elements;
}

/** The children of the one element that `bytes` is. Throws `FormatError` unless it is that and has `tag`. */
export function derChildren(bytes: Uint8Array, tag: number = tags.sequence): DerElement[] {
  return derElements(derContent(bytes, tag));
}

/** The content of the one element that `bytes` is. Throws `FormatError` unless it is that and has `tag`. */
export function derContent(bytes: Uint8Array, tag: number): Uint8Array {
  const element = readElement(bytes);
  if (element.tag !== tag || element.bytes.byteLength !== bytes.byteLength) throw damaged();
  return element.content;
}

/** An element of `tag` around the parts, with the shortest length. */
export function derEncode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concat(...parts);
  return concat(Uint8Array.from([tag, ...lengthBytes(content.byteLength)]), content);
}

/** Dotted text of an OBJECT IDENTIFIER's content. */
export function objectIdentifierText(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 127);
    if (byte < 128) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - 40 * root, ...rest].join('.');
}

/** How many bits an INTEGER's content takes, leading zeros not counted. */
export function integerBits(content: Uint8Array): number {
  const start = content.findIndex((byte) => byte !== 0);
  if (start < 0) return 0;
  return (content.byteLength - start) * 8 - (Math.clz32(content[start] ?? 0) - 24);
}

/** The instant of a UTCTime or GeneralizedTime as RFC 5280 (4.1.2.5) allows them: to the second, in UTC. */
export function derTime({ tag, content }: DerElement): Date {
  const text = String.fromCharCode(...content);
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  const yearDigits = tag === tags.utcTime ? 2 : 4;
  if (match === null || match[1]?.length !== yearDigits) throw damaged();
  const [year = 0, month = 0, day, hour, minute, second] = match.slice(1).map(Number);
  const century = yearDigits === 4 ? 0 : year < 50 ? 2000 : 1900;
  return new Date(Date.UTC(century + year, month - 1, day, hour, minute, second));
}

function readElement(bytes: Uint8Array): DerElement {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 31) === 31) throw damaged();
  let header = 2;
  let length = first;
  if (first > 127) {
    const count = first & 127;
    // Four length bytes are 4 GiB: more is an attack or an accident.
    if (count === 0 || count > 4 || bytes.byteLength < 2 + count) throw damaged();
    header += count;
    length = bytes.subarray(2, header).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  const end = header + length;
  if (end > bytes.byteLength) throw damaged();
  return { tag, content: bytes.subarray(header, end), bytes: bytes.subarray(0, end) };
}

function lengthBytes(length: number): number[] {
  if (length < 128) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [128 + bytes.length, ...bytes];
}

function damaged(): FormatError {
  return new FormatError('DER_DAMAGED', 'the encoded structure is damaged');
}
