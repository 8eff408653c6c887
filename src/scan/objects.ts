// Kubernetes Secrets and kubeconfigs wherever they stand in YAML and JSON, text within text included.

import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';
import { type ManifestDocument, parseManifest, positionIn } from '../manifest/documents.ts';
import { isManifestName } from '../manifest/file-name.ts';
import { problemOf } from '../manifest/objects.ts';
import { childOf, entriesOf, otherTree } from '../manifest/yaml.ts';
import { Fields } from './fields.ts';
import { largeJsonLeaks } from './large-json.ts';
import { leakOf } from './patterns.ts';
import { isRealText } from './real-text.ts';
import type { Leak } from './rule.ts';
import { plainSecretCode, structures } from './structures.ts';
import { templateLeaks } from './templates.ts';

/** How deep text within text is read: values in a ConfigMap of an application in a ConfigMap. */
const maxDepth = 4;

/** Longer documents are read line by line, and JSON without its places: parsing what somebody nested a million times takes seconds. */
const maxParsed = 1024 * 1024;

/** Quotes may be escaped, in JSON within JSON. */
const saysSecret = /kind[\\"']{0,8}\s{0,4}:\s{0,4}(?:[!&|>]\S{0,60}\s{1,4}){0,2}[\\"']{0,8}Secret(?:List)?\b/;
const saysKubeconfig = /users[\\"']{0,8}\s{0,4}:/;

/** The kind as a word of its own; `SealedSecret` and `SecretStore` are in every repository of ours. */
const namesSecret = /\bSecret(?:List)?\b/;
/** Escapes that stand for letters (YAML 1.2.2 §5.7), and a word that goes on in the next line. */
const spellsLetters = /\\(?:x|u00|U000000)[4-7][\dA-Fa-f]|[A-Za-z]\\\r?\n/;

/** The Secrets and kubeconfigs with real values in a text. What is no YAML or JSON gives none but those of templates. */
export function objectLeaks(file: string, text: string): Leak[] {
  return leaksWithin(file, text, 0);
}

function leaksWithin(file: string, text: string, depth: number): Leak[] {
  if (!mayHoldLeak(file, text)) return [];
  return parseManifest(text, { file }).documents.flatMap((document) => documentLeaks(document, depth));
}

/** Whether it is worth while to parse a text: false is certain of what kubectl would take from the file. */
function mayHoldLeak(file: string, text: string): boolean {
  if (saysSecret.test(text) || saysKubeconfig.test(text)) return true;
  if (!isManifestName(file)) return false;
  return (namesSecret.test(text) && text.includes('kind')) || (text.includes('\\') && spellsLetters.test(text));
}

/** Where `---` is a rule between paragraphs, and what stands below it a listing. */
const prose = /\.(?:md|mdx|markdown|rst|adoc|txt)$/i;

function documentLeaks(document: ManifestDocument, depth: number): Leak[] {
  const text = document.source.slice(document.range.from, document.range.to);
  if (!mayHoldLeak(document.file, text)) return [];
  if (document.format === 'json' && text.length > maxParsed)
    return largeJsonLeaks(text).map((leak) => below(leak, document.line));
  const isReadable = text.length <= maxParsed && !problemOf(document);
  const root = isReadable ? document.read().root : otherRoot(document, text);
  const isObject = depth === 0 && !prose.test(document.file);
  const found = root ? nodeLeaks(root, { document, fields: new Fields(root, text), depth, isObject }) : [];
  if (isReadable || found.length > 0) return found;
  return templateLeaks(text).map((leak) => below(leak, document.line));
}

/** Kubernetes takes more than we do, such as a key that is an alias. */
function otherRoot({ file }: ManifestDocument, text: string): ParsedNode | null | undefined {
  const isOther = isManifestName(file) && text.length <= maxParsed && !text.includes('{{');
  return isOther ? otherTree(text) : undefined;
}

interface Place {
  document: ManifestDocument;
  fields: Fields;
  depth: number;
  /** The node is an object of the stream itself: a document, or an item of a List. */
  isObject: boolean;
}

function nodeLeaks(node: ParsedNode | null, place: Place): Leak[] {
  // What an alias names is looked at where it stands.
  if (node === null || isAlias(node)) return [];
  if (isScalar(node)) return textLeaks(node, place);
  const inner = { ...place, isObject: false };
  if (isSeq<ParsedNode>(node)) return node.items.flatMap((item) => nodeLeaks(item, inner));
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return [];
  const found = [...secretLeaks(node, place), ...kubeconfigLeaks(node, place)];
  if (found.length > 0) return found;
  const kind = kindOf(node, place);
  if (kind === 'SecretList') return listedSecrets(node, inner);
  const isList = place.isObject && kind?.endsWith('List');
  return entriesOf(node).flatMap(({ name, value }) =>
    isList && name === 'items' && isSeq<ParsedNode>(value)
      ? value.items.flatMap((item) => nodeLeaks(item, place))
      : nodeLeaks(value, inner),
  );
}

/** The items of a SecretList need not say what they are. */
function listedSecrets(node: ParsedNode, place: Place): Leak[] {
  const items = childOf(node, 'items');
  return isSeq<ParsedNode>(items) ? items.items.flatMap((item) => valueLeaks(item, place)) : [];
}

function kindOf(node: ParsedNode, { fields }: Place): string | undefined {
  const kind = fields.target(fields.any(node, 'kind') ?? null);
  return isScalar(kind) && typeof kind.value === 'string' ? kind.value : undefined;
}

function secretLeaks(node: ParsedNode, place: Place): Leak[] {
  return kindOf(node, place) === 'Secret' ? valueLeaks(node, place) : [];
}

function valueLeaks(node: ParsedNode, { document, fields, isObject }: Place): Leak[] {
  if (!['data', 'stringData'].some((field) => bringsValues(node, field, fields))) return [];
  const says = `${nameOf(node)} holds plain values`;
  const leak = leakOf({ ...structures.nestedSecret, says }, positionIn(document, node.range[0]).line);
  // Behind the last line that is its own.
  const { line, column } = positionIn(document, node.range[1]);
  const found = { ...leak, lastLine: column === 1 ? line - 1 : line };
  if (!isObject) return [found];
  return [{ ...found, code: plainSecretCode, hint: 'seal -i FILE' }];
}

function nameOf(node: ParsedNode): string {
  const name = childOf(childOf(node, 'metadata'), 'name');
  // Where the indentation is wrong, anything may stand there.
  return isScalar(name) && /^[\w.-]{1,253}$/.test(String(name.value)) ? `the Secret ${name.value}` : 'a Secret';
}

function bringsValues(node: ParsedNode, field: string, fields: Fields): boolean {
  const own = fields.own(node, field);
  return own === undefined ? fields.any(node, field) !== undefined : holdsValues(own, field);
}

// What an alias or a merge key brings in stands elsewhere in the file, and is as plain there.
function holdsValues(node: ParsedNode | null, field: string): boolean {
  if (isAlias(node)) return true;
  return entriesOf(node).some(({ name, value }) => name === '<<' || isAlias(value) || isRealValue(value, field));
}

function isRealValue(node: ParsedNode | null, field: string): boolean {
  if (!isScalar(node) || node.value === null) return false;
  return isRealText(String(node.value), field);
}

const userFields = ['client-key-data', 'token', 'password'];
const providerFields = ['id-token', 'refresh-token', 'access-token', 'client-secret'];

function kubeconfigLeaks(node: ParsedNode, place: Place): Leak[] {
  const { document } = place;
  const users = childOf(node, 'users');
  if (!isSeq<ParsedNode>(users) || !(kindOf(node, place) === 'Config' || childOf(node, 'clusters'))) return [];
  return users.items
    .flatMap((item) => {
      const user = childOf(item, 'user');
      const provider = childOf(childOf(user, 'auth-provider'), 'config');
      return [...named(user, userFields), ...named(provider, providerFields)];
    })
    .filter(({ value }) => isRealValue(value, '') && !isOmitted(value))
    .map(({ key }) => leakOf(structures.kubeconfig, positionIn(document, key.range[0]).line));
}

const named = (node: unknown, names: readonly string[]) => entriesOf(node).filter(({ name }) => names.includes(name));

/** What `kubectl config view` prints instead. */
function isOmitted(node: ParsedNode | null): boolean {
  return isScalar(node) && /^(?:REDACTED|DATA\+OMITTED)$/.test(String(node.value));
}

function textLeaks(node: Scalar.Parsed, { document, depth }: Place): Leak[] {
  if (typeof node.value !== 'string' || depth >= maxDepth) return [];
  const found = leaksWithin(document.file, node.value, depth + 1);
  // Where it stands is counted from the top: not for each of a million texts.
  if (found.length === 0) return [];
  const { line } = positionIn(document, node.range[0]);
  // Only a literal block has its lines as they are.
  if (node.type === 'BLOCK_LITERAL') return found.map((leak) => below(leak, line + 1));
  return found.map((leak) => ({ ...leak, line, lastLine: positionIn(document, node.range[1]).line }));
}

function below(leak: Leak, line: number): Leak {
  const move = (at: number) => at + line - 1;
  return { ...leak, line: move(leak.line), ...(leak.lastLine !== undefined && { lastLine: move(leak.lastLine) }) };
}
