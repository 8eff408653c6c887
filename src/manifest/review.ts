// A manifest as a reviewer reads its changes: every line as it is, but for values, of which only what may be told is shown.

import { isAlias, isScalar, type ParsedNode } from 'yaml';
import { utf8Bytes } from '../encoding/bytes.ts';
import { sha256 } from '../encoding/digest.ts';
import { hexEncode } from '../encoding/hex.ts';
import { parseRecord, type RecordLine, recordAnnotation } from '../seal/record.ts';
import { scopeOf } from '../seal/scope.ts';
import { type ManifestDocument, parseManifest } from './documents.ts';
import { placeholderOf } from './item-view.ts';
import { isJsonObject, isSealedSecret, isSecret } from './kinds.ts';
import { type ManifestObject, maySayKind, objectsOf, problemOf } from './objects.ts';
import { contentEnd } from './replace.ts';
import { applySplices, type Splice } from './splice.ts';
import { childOf, entriesOf } from './yaml.ts';

/** What stands in place of a plain value. It says nothing about it, not even that it changed. */
const hiddenValue = '<plain value, not shown>';

/**
 * The text with `<sealed DAY KEY, SCOPE, value DIGEST>` in place of each sealed value, and `<plain value, not shown>` in place of each
 * value of a Secret. The digest is of the ciphertext, which is public, so that a change shows even without a seal record. What cannot
 * be read stays as it is, but for lines that may hold values of a Secret. Never throws for what a text holds.
 */
export async function reviewText(text: string): Promise<string> {
  const splices: Splice[] = [];
  for (const document of parseManifest(text, { file: 'manifest' }).documents) {
    if (!maySayKind(document, 'Secret')) continue;
    splices.push(...(problemOf(document) ? maskedLines(document) : await documentSplices(document)));
  }
  return applySplices(text, splices);
}

async function documentSplices(document: ManifestDocument): Promise<Splice[]> {
  const objects = found(document);
  // What an alias names stands elsewhere, and then no place is sure to be the only one.
  if (!objects || objects.some((object) => isSecret(object.value) && usesAliases(object))) return maskedLines(document);
  const all: Splice[] = [];
  for (const object of objects) {
    if (isSecret(object.value)) all.push(...hidden(object));
    if (isSealedSecret(object.value)) all.push(...(await told(object)));
  }
  return all;
}

// `undefined` for objects that cannot be told apart, as in a List of aliases.
function found(document: ManifestDocument): ManifestObject[] | undefined {
  try {
    return objectsOf(document);
  } catch {
    return undefined;
  }
}

const valueFields = ['data', 'stringData'];

function usesAliases({ node }: ManifestObject): boolean {
  const fields = entriesOf(node).filter(({ name }) => valueFields.includes(name) || name === '<<');
  const all = [...fields, ...fields.flatMap(({ value }) => entriesOf(value))];
  return all.some(({ name, value }) => isAlias(value) || name === '<<');
}

/** `kubectl apply` keeps all values once more in an annotation. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function hidden({ document, node }: ManifestObject): Splice[] {
  const annotations = childOf(childOf(node, 'metadata'), 'annotations');
  return [
    ...valueFields.flatMap((field) => entriesOf(childOf(node, field))),
    ...entriesOf(annotations).filter(({ name }) => name === lastApplied),
  ].flatMap(({ value }) => (value ? [replaced(document, value, hiddenValue)] : []));
}

async function told({ document, node, value: object }: ManifestObject): Promise<Splice[]> {
  const metadata = isJsonObject(object.metadata) ? object.metadata : {};
  const annotations = isJsonObject(metadata.annotations) ? metadata.annotations : {};
  const record = parseRecord(annotations[recordAnnotation]);
  const scope = scopeOf(annotations as Record<string, string>);
  const items = entriesOf(childOf(childOf(node, 'spec'), 'encryptedData'));
  const splices = items.map(async ({ name, value }) =>
    value ? [replaced(document, value, await summaryOf(document, value, record.get(name), scope))] : [],
  );
  return (await Promise.all(splices)).flat();
}

async function summaryOf(
  { source, range }: ManifestDocument,
  value: ParsedNode,
  line: RecordLine | undefined,
  scope: string,
): Promise<string> {
  const text = isScalar(value)
    ? String(value.value)
    : source.slice(range.from + value.range[0], range.from + value.range[1]);
  const digest = hexEncode(await sha256(utf8Bytes(text))).slice(0, 8);
  return `${placeholderOf(line).slice(0, -1)}, ${scope}, value ${digest}>`;
}

function replaced({ source, range, format }: ManifestDocument, node: ParsedNode, summary: string): Splice {
  const from = range.from + node.range[0];
  const text = source.slice(from, range.from + contentEnd(node));
  return {
    from,
    to: from + text.trimEnd().length,
    text: format === 'json' ? JSON.stringify(summary) : summary,
  };
}

// Where no tree tells what is a value: in a document that may be a Secret, everything behind a colon and every line without one.
function maskedLines({ source, range }: ManifestDocument): Splice[] {
  const text = source.slice(range.from, range.to);
  if (!/kind[\\"']{0,2}\s{0,4}:\s{0,4}[\\"']{0,2}Secret(?:List)?\b/.test(text)) return [];
  const splices: Splice[] = [];
  for (const match of text.matchAll(/[^\r\n]+/g)) {
    const kept = keptLength(match[0]);
    const rest = match[0].slice(kept).trimEnd();
    if (rest === '') continue;
    const from = range.from + match.index + kept;
    splices.push({ from, to: from + rest.length, text: hiddenValue });
  }
  return splices;
}

const unmasked =
  /^(?:---|\.\.\.|#|\{\{[^{}]{0,400}\}\}$|["']?(?:apiVersion|kind|metadata|type|data|stringData)["']?[ \t]{0,8}:)/;

function keptLength(line: string): number {
  if (unmasked.test(line)) return line.length;
  const colon = line.indexOf(': ');
  return colon === -1 ? line.length - line.trimStart().length : colon + 2;
}
