// One YAML document as a tree with positions and as plain values, resolved as Kubernetes tools resolve them.

import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  type ParsedNode,
  Parser,
  type Scalar,
  type ScalarTag,
  visit,
} from 'yaml';

/** A parsed document: its tree, with offsets counted from the start of the parsed text, and its plain value. */
export interface YamlTree {
  root: ParsedNode | null;
  value: unknown;
}

/** Why a text is not a YAML document. `phrase` never quotes the text, which may be a secret. */
export class YamlProblem extends Error {
  readonly phrase: string;
  /** Offset in the parsed text. */
  readonly offset: number;
  constructor(phrase: string, offset: number) {
    super(phrase);
    this.phrase = phrase;
    this.offset = offset;
  }
}

// The library's own messages quote the text, so each of its codes gets a phrase of ours.
const phrases: Record<string, string> = {
  BAD_ALIAS: 'an alias names nothing',
  BAD_DQ_ESCAPE: 'an escape in a double-quoted string is not valid',
  BAD_INDENT: 'a line is not indented as its block needs',
  BAD_SCALAR_START: 'a value starts with a character that needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " on one line needs quotes',
  DUPLICATE_KEY: 'a key is there twice',
  KEY_OVER_1024_CHARS: 'a key is too long',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a line without ":" where a key is expected',
  NON_STRING_KEY: 'a key is not a plain word',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab is used as indentation',
  UNEXPECTED_TOKEN: 'a character stands where none is expected',
};

// kubectl reads YAML through sigs.k8s.io/yaml (goyaml.v2): YAML 1.1 booleans and integers, no sexagesimal numbers, dates as strings.
const scalar = (name: string, test: RegExp, resolve: ScalarTag['resolve']): ScalarTag => ({
  tag: `tag:yaml.org,2002:${name}`,
  default: true,
  test,
  resolve,
});
const goScalars: ScalarTag[] = [
  scalar('bool', /^(?:y|Y|yes|Yes|YES|on|On|ON)$/, () => true),
  scalar('bool', /^(?:n|N|no|No|NO|off|Off|OFF)$/, () => false),
  scalar('int', /^[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)$/, (text) => goInteger(text)),
  scalar('float', /^[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]+)?$/, (text) => Number(text.replaceAll('_', ''))),
];

function goInteger(text: string): number {
  const digits = text.replaceAll('_', '').toLowerCase();
  const sign = digits.startsWith('-') ? -1 : 1;
  const bare = digits.replace(/^[-+]/, '');
  return sign * Number(/^0[0-7]+$/.test(bare) ? `0o${bare.slice(1)}` : bare);
}

/** Parses one document. Throws `YamlProblem`. Aliases and merge keys are resolved in `value`, at most 100 times each. */
export function parseYaml(text: string): YamlTree {
  const document = toDocument(text);
  // A lone problem of tags is a problem too: what `!vault` or `!!binary` would stand for is not what we would seal.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new YamlProblem(phraseOf(problem.code), problem.pos[0]);
  checkKeys(document);
  return { root: document.contents, value: toValue(document) };
}

function toDocument(text: string): Document.Parsed {
  return composed(text, {
    schema: 'core',
    merge: true,
    stringKeys: true,
    resolveKnownTags: false,
    customTags: (tags) => [...goScalars, ...tags],
  });
}

type ComposerOptions = ConstructorParameters<typeof Composer>[0];

function composed(text: string, options: ComposerOptions): Document.Parsed {
  // Of keys the library compares every one with every other one; see checkKeys.
  const composer = new Composer({ ...options, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  try {
    const [document] = composer.compose(shallow(new Parser().parse(text)), true, text.length);
    if (document) return document;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw tooDeep();
}

const deepest = 256;

// What is nested without end would use up the stack in the composer, and where it ends V8 aborts the process if it has a regular
// expression to compile just then. The parser before it has a stack of its own.
function* shallow(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  for (const token of tokens) {
    const pending: [CST.Token, number][] = [[token, 0]];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const [at, depth] = next;
      if (depth > deepest) throw tooDeep('offset' in at ? at.offset : 0);
      for (const inner of tokensIn(at)) pending.push([inner, depth + 1]);
    }
    yield token;
  }
}

function tokensIn(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((one) => one !== null && one !== undefined));
}

/**
 * Whether a text that `parseYaml` refuses is YAML all the same, of tools that know tags, keys or anchors which no Kubernetes
 * manifest may have, such as CloudFormation, GitLab CI and Ansible.
 */
export function isOtherYaml(text: string): boolean {
  return otherTree(text) !== undefined;
}

/** The tree of a text for which `isOtherYaml` holds, with offsets as in `YamlTree`; null for an empty one, `undefined` for others. */
export function otherTree(text: string): ParsedNode | null | undefined {
  try {
    const { errors, contents } = composed(text, {});
    return errors.length === 0 ? contents : undefined;
  } catch {
    return undefined;
  }
}

function phraseOf(code: string): string {
  if (code === 'TAG_RESOLVE_FAILED') return 'a tag (!…) is not supported';
  return phrases[code] ?? 'it is not valid YAML';
}

// kubectl refuses a key that is there twice; taking either would seal something that was not meant.
function checkKeys(document: Document.Parsed): void {
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || isMerge(key)) continue;
        if (seen.has(key.value)) throw new YamlProblem(phraseOf('DUPLICATE_KEY'), key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
}

// Several merge keys in one mapping are fine.
function isMerge(key: Scalar): boolean {
  return key.type === 'PLAIN' && key.source === '<<';
}

function toValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    // The library's message quotes the alias, and its error has no position.
    throw new YamlProblem('an alias names nothing, or aliases multiply', badAlias(document));
  }
}

// The first alias that names nothing so far, else the first one. In one pass: the library's own search is one per alias.
function badAlias(document: Document.Parsed): number {
  const anchors = new Set<string>();
  const offsets: { all: number[]; dangling: number[] } = { all: [], dangling: [] };
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) {
        if (node.anchor) anchors.add(node.anchor);
        return;
      }
      const at = node.range?.[0] ?? 0;
      offsets.all.push(at);
      if (!anchors.has(node.source)) offsets.dangling.push(at);
    },
  });
  return offsets.dangling[0] ?? offsets.all[0] ?? 0;
}

function tooDeep(offset = 0): YamlProblem {
  return new YamlProblem('it is nested too deeply', offset);
}

/** The key and value nodes of a mapping's own entries, in order. Merge keys (`<<`) are not followed. */
export function entriesOf(node: unknown): { name: string; key: ParsedNode; value: ParsedNode | null }[] {
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return [];
  return node.items.map(({ key, value }) => ({ name: isScalar(key) ? String(key.value) : '', key, value }));
}

/** The node of one own entry of a mapping, by name. */
export function childOf(node: unknown, name: string): ParsedNode | null {
  return entriesOf(node).find((entry) => entry.name === name)?.value ?? null;
}
