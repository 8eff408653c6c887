// A manifest as a reviewer reads its changes: every line as it is, but for values, of which only what may be told is shown.

import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { utf8Bytes } from '../encoding/bytes.ts';
import { sha256 } from '../encoding/digest.ts';
import { hexEncode } from '../encoding/hex.ts';
import { parseRecord, type RecordLine, recordAnnotation, recordLabel, serializeRecord } from '../seal/record.ts';
import { scopeOf } from '../seal/scope.ts';
import { type ManifestDocument, parseManifest } from './documents.ts';
import { placeholderOf } from './item-view.ts';
import { isJsonObject, isSealedSecret, isSecret, valueFields } from './kinds.ts';
import { looksLikeSecret, maskedLines } from './masked-lines.ts';
import { type ManifestObject, maySayKind, objectsOf, problemOf } from './objects.ts';
import { contentEnd } from './replace.ts';
import { applySplices, type Splice } from './splice.ts';
import { childOf, entriesOf } from './yaml.ts';

/** What stands in place of a plain value. It says nothing about it, not even that it changed. */
const hiddenValue = '<plain value, not shown>';

/**
 * The text with `<sealed DAY KEY, SCOPE, value DIGEST>` in place of each sealed value, which takes the place of its line in the seal
 * record as well, and `<plain value, not shown>` in place of each
 * value of a Secret. The digest is of the ciphertext, which is public, so that a change shows even without a seal record. What cannot
 * be read stays as it is, but for lines that may hold values of a Secret. Never throws for what a text holds.
 */
export async function reviewText(text: string): Promise<string> {
  const splices: Splice[] = [];
  for (const document of parseManifest(text, { file: 'manifest' }).documents) {
    if (!maySayKind(document, 'Secret')) continue;
    if (!problemOf(document)) splices.push(...(await documentSplices(document)));
    else if (looksLikeSecret(document)) splices.push(...maskedLines(document, hiddenValue));
  }
  return applySplices(text, splices);
}

async function documentSplices(document: ManifestDocument): Promise<Splice[]> {
  const objects = objectsIn(document);
  const secrets = new Set<ParsedNode>(secretsWithin(document.read().root));
  for (const { value, node } of objects ?? []) if (isSecret(value)) secrets.add(node);
  // What an alias names stands elsewhere, and then no place is sure to be the only one.
  if (!objects || [...secrets].some(usesAliases)) return maskedLines(document, hiddenValue);
  const all = [...secrets].flatMap((node) => hidden(document, node));
  for (const object of objects) if (isSealedSecret(object.value)) all.push(...(await told(object)));
  return all;
}

/** Whatever says that it is a Secret, wherever it stands: in Helm values too, and in lists that are no `List`. */
function secretsWithin(node: ParsedNode | null): ParsedNode[] {
  if (isSeq<ParsedNode>(node)) return node.items.flatMap(secretsWithin);
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return [];
  const kind = childOf(node, 'kind');
  if (isScalar(kind) && kind.value === 'Secret') return [node];
  return entriesOf(node).flatMap(({ value }) => secretsWithin(value));
}

// `undefined` for objects that cannot be told apart, as in a List of aliases.
function objectsIn(document: ManifestDocument): ManifestObject[] | undefined {
  try {
    return objectsOf(document);
  } catch {
    return undefined;
  }
}

function usesAliases(node: ParsedNode): boolean {
  const fields = entriesOf(node).filter(({ name }) => valueFields.includes(name) || name === '<<');
  const all = [...fields, ...fields.flatMap(({ value }) => entriesOf(value))];
  return all.some(({ name, value }) => isAlias(value) || name === '<<');
}

/** `kubectl apply` keeps all values once more in an annotation. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function hidden(document: ManifestDocument, node: ParsedNode): Splice[] {
  const fields = entriesOf(node).filter(({ name }) => valueFields.includes(name));
  const annotations = entriesOf(childOf(childOf(node, 'metadata'), 'annotations'));
  return [
    ...fields.flatMap((field) => (isMap(field.value) ? entriesOf(field.value) : [field])),
    ...annotations.filter(({ name }) => name === lastApplied),
  ].flatMap(({ value }) => (value ? [replaced(document, value, hiddenValue)] : []));
}

async function told({ document, node, value: object }: ManifestObject): Promise<Splice[]> {
  const metadata = isJsonObject(object.metadata) ? object.metadata : {};
  const annotations = isJsonObject(metadata.annotations) ? metadata.annotations : {};
  const record = parseRecord(annotations[recordAnnotation]);
  const scope = scopeOf(annotations as Record<string, string>);
  const own = recordLabel({ scope, namespace: textOf(metadata.namespace), name: textOf(metadata.name) });
  const items = entriesOf(childOf(childOf(node, 'spec'), 'encryptedData'));
  const splices = items.map(async ({ name, value }) => {
    if (!value) return [];
    const summary = await summaryOf(document, value, record.get(name), { scope, own });
    return [replaced(document, value, summary)];
  });
  const told = items.flatMap(({ name, value }) => (value && record.get(name)) || []);
  return [...(await Promise.all(splices)).flat(), ...withoutLines(document, node, told)];
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** Takes the lines that are told elsewhere out of the record. Only of a literal block, or where nothing else is in it. */
function withoutLines(document: ManifestDocument, node: ParsedNode, told: readonly RecordLine[]): Splice[] {
  const value = childOf(childOf(childOf(node, 'metadata'), 'annotations'), recordAnnotation);
  if (!isScalar(value) || typeof value.value !== 'string' || told.length === 0) return [];
  const lines = new Set(told.map((line) => serializeRecord([line]).trim()));
  const isTold = (line: string) => line.trim() === '' || lines.has(line.trim());
  if (value.value.split('\n').every(isTold)) return [replaced(document, value, '<told with each value>')];
  if (value.type !== 'BLOCK_LITERAL') return [];
  const { source, range } = document;
  const from = range.from + value.range[0];
  const block = source.slice(from, range.from + contentEnd(value));
  return [...block.matchAll(/(?<=\n)[^\n]+(?:\n|$)/g)]
    .filter(({ 0: line }) => line.trim() !== '' && isTold(line))
    .map(({ 0: line, index }) => ({ from: from + index, to: from + index + line.length, text: '' }));
}

async function summaryOf(
  { source, range }: ManifestDocument,
  value: ParsedNode,
  line: RecordLine | undefined,
  { scope, own }: { scope: string; own: string },
): Promise<string> {
  const text = isScalar(value)
    ? String(value.value)
    : source.slice(range.from + value.range[0], range.from + value.range[1]);
  const digest = hexEncode(await sha256(utf8Bytes(text))).slice(0, 8);
  // What it was sealed for is what the manifest says, or worth a word.
  const other = line && line.sealedFor !== own ? ` for ${line.sealedFor}` : '';
  return `${placeholderOf(line).slice(0, -1)}${other}, ${scope}, value ${digest}>`;
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
