// From what a store holds to the bytes of one item: the whole value, a property of it, or every member of it.

import type { RemoteRef } from '../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../src/redact.ts';
import {
  bytesFromText,
  stringFromText,
  type Text,
  textFromBytes,
  textFromString,
} from '../../../src/template/bytes.ts';
import { goJson, parseExactJson } from '../go-json.ts';
import type { RemoteValue } from '../store.ts';
import { type JsonNode, readJson } from './json.ts';
import { lookUp, UnsupportedPath } from './path.ts';
import { invalid, propertyMissing, quoted, type Source } from './source.ts';

/** How parts of JSON become bytes; see `RemoteValue.rules`. */
export type Rules = RemoteValue['rules'];

/** The value under a key, or its property, before decoding. Throws `StoreError`: `PropertyMissing` or `Invalid`. */
export function partOf(value: RemoteValue, { property }: RemoteRef, source: Source): SecretBytes {
  if (!property) return value.bytes;
  return new SecretBytes(bytesFromText(textOf(propertyOf(value, property, source), value.rules)));
}

/** Every member of the JSON object under a key, or under its property, by name; `null` has none. Throws `StoreError`. */
export function membersOf(value: RemoteValue, { property }: RemoteRef, source: Source): Map<string, SecretBytes> {
  const json = property
    ? textOf(propertyOf(value, property, source), value.rules)
    : textFromBytes((value.json ?? value.bytes).reveal());
  const node = readOr(json, () => invalid(source, `${nameOf(source)} is not JSON, so it has no members to extract`));
  if (node.kind !== 'object' && node.kind !== 'null') {
    throw invalid(source, `${nameOf(source)} is JSON but not an object, so it has no members to extract`);
  }
  return bytesByName(node, value.rules);
}

/** The members of an object as bytes, a repeated name counting once, with its last value. None for what is no object. */
export function bytesByName(node: JsonNode, rules: Rules): Map<string, SecretBytes> {
  const members = node.kind === 'object' ? node.members : [];
  return new Map(
    members.map(([key, member]) => [stringFromText(key), new SecretBytes(bytesFromText(textOf(member, rules)))]),
  );
}

function propertyOf(value: RemoteValue, property: string, source: Source): JsonNode {
  const text = textFromBytes((value.json ?? value.bytes).reveal());
  const root = readOr(text, () => propertyMissing(source, `is not JSON, so it has no property ${quoted(property)}`));
  try {
    const node = lookUp(root, property);
    if (node) return node;
  } catch (error) {
    if (!(error instanceof UnsupportedPath)) throw error;
    throw invalid(
      source,
      `the property ${quoted(property)} ${error.message}, which is not supported`,
      "use names, indexes and '#' with dots between them; '\\' before a character takes its meaning away",
    );
  }
  throw propertyMissing(source, `has no property ${quoted(property)}`);
}

function textOf(node: JsonNode, rules: Rules): Text {
  if (node.kind === 'string') return node.text;
  // Go leaves a string as it was when it decodes null into it, and gjson prints nothing: empty for both providers.
  if (node.kind === 'null') return '';
  if (rules === 'aws' || node.kind === 'number' || node.kind === 'boolean') return node.raw;
  return textFromString(goJson(parseExactJson(stringFromText(node.raw))));
}

function readOr(text: Text, refusal: () => Error): JsonNode {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw refusal();
    throw error;
  }
}

const nameOf = ({ key = '', property }: Source) =>
  property ? `property ${quoted(property)} of ${quoted(key)}` : quoted(key);
