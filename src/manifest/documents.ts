// A manifest as people wrote it: a stream of YAML or JSON documents, each with its range in the text and read when asked.

import type { ParsedNode } from 'yaml';
import { parseJson } from '../encoding/json.ts';
import { FormatError } from '../errors.ts';
import { type PlainDocument, readPlain } from './plain-yaml.ts';
import { splitStream } from './stream.ts';
import { decodeManifest, lineStart, positionOf, type TextRange, withLineFeeds } from './text.ts';
import { parseYaml, YamlProblem } from './yaml.ts';

/** The two ways in which manifests are written. */
export type ManifestFormat = 'yaml' | 'json';

/** A file or stream of manifests. */
export interface Manifest {
  /** What to call it in messages: its path, or `stdin`. */
  file: string;
  text: string;
  /** That of its first document; `yaml` when there is none. */
  format: ManifestFormat;
  documents: readonly ManifestDocument[];
}

/** One document, unread until `read` is called. */
export interface ManifestDocument {
  file: string;
  /** The whole manifest's text. */
  source: string;
  /** Position in the stream, from 0. */
  index: number;
  format: ManifestFormat;
  /** YAML: from its directives, comments or `---` to the next document. JSON: the value alone. */
  range: TextRange;
  /** The 1-based line on which its range starts. */
  line: number;
  /** Parses, once. Throws `FormatError` `NOT_YAML` with file, line and column, and never a word of the text. */
  read(): ReadDocument;
}

/** A document that was read. */
export interface ReadDocument {
  value: unknown;
  /** The offset of its value from the start of the document's range; 0 for an empty document. */
  start: number;
  /** Written in the style that `plain-yaml.ts` reads: no anchors, no tags, and no key that is anything but a word. */
  isPlain: boolean;
  /** The tree, which may only be built when it is asked for. Its offsets count from the start of the document's range. */
  readonly root: ParsedNode | null;
}

/** Splits a manifest into documents. Bytes are decoded first (errors: see `decodeManifest`); the split itself never fails. */
export function parseManifest(source: Uint8Array | string, { file }: { file: string }): Manifest {
  const text = typeof source === 'string' ? source : decodeManifest(source, file);
  let known = { offset: 0, line: 1 };
  const documents = splitStream(text).map(({ from, to, format }, index) => {
    known = { offset: from, line: positionOf(text, from, known).line };
    return new UnreadDocument({ file, source: text, index, format, range: { from, to }, line: known.line });
  });
  return { file, text, format: documents[0]?.format ?? 'yaml', documents };
}

/**
 * A manifest that is looked at and never written: carriage returns that stand alone end lines, as they do for Kubernetes. Throws as
 * `parseManifest`, which refuses documents that have any.
 */
export function manifestToJudge(bytes: Uint8Array, file: string): Manifest {
  return parseManifest(withLineFeeds(decodeManifest(bytes, file)), { file });
}

/** The same document, unread: what is read through this one is let go with it, so that long streams need little memory. */
export function unread(document: ManifestDocument): ManifestDocument {
  return new UnreadDocument(document);
}

/** The same document with another text, which is a source of its own. */
export function rewritten(document: ManifestDocument, text: string): ManifestDocument {
  return new UnreadDocument({ ...document, source: text, range: { from: 0, to: text.length } });
}

type Unreadable = Omit<ManifestDocument, 'read'>;

/** A class, as there may be many thousands: they share one hidden class, and take a third of the memory of a closure each. */
class UnreadDocument implements ManifestDocument {
  readonly file: string;
  readonly source: string;
  readonly index: number;
  readonly format: ManifestFormat;
  readonly range: TextRange;
  readonly line: number;
  #result: ReadDocument | undefined;

  constructor({ file, source, index, format, range, line }: Unreadable) {
    this.file = file;
    this.source = source;
    this.index = index;
    this.format = format;
    this.range = range;
    this.line = line;
  }

  read(): ReadDocument {
    this.#result ??= readDocument(this);
    return this.#result;
  }
}

function readDocument(document: ManifestDocument): ReadDocument {
  const { source, range } = document;
  const text = source.slice(range.from, range.to);
  const plain = readPlain(text);
  if (plain) return new PlainReading(plain, text);
  try {
    const { value, root } = parseYaml(withLineEnds(text, document.format));
    return { value, root, start: root?.range[0] ?? 0, isPlain: false };
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw notYaml(document, error);
  }
}

/**
 * Most documents are only looked at; where something is found in one, or edited, its places are needed as well. A class: V8
 * makes a hidden class, which lives long, for every object with a getter of its own, and each would keep all that is read.
 */
class PlainReading implements ReadDocument {
  readonly value: unknown;
  readonly start: number;
  readonly isPlain = true;
  readonly #text: string;
  #root: ParsedNode | null | undefined;

  constructor({ value, start }: PlainDocument, text: string) {
    this.value = value;
    this.start = start;
    this.#text = text;
  }

  get root(): ParsedNode | null {
    if (this.#root === undefined) this.#root = parseYaml(this.#text).root;
    return this.#root;
  }
}

function notYaml(document: ManifestDocument, problem: YamlProblem): FormatError {
  const where = placeIn(document, problem.offset);
  const format = document.format === 'json' ? 'JSON' : 'YAML';
  return new FormatError('NOT_YAML', `${where}: not valid ${format}: ${problem.phrase}`, {
    cause: problem,
    hint: mendOf(document.source.slice(document.range.from, document.range.to)),
  });
}

const loneReturn = /\r(?!\n)/;

// Our parser takes some of them for blanks or letters, where Kubernetes begins a new line: an item behind one would be missed.
// Between the words of JSON they are blanks (RFC 8259 §2).
function withLineEnds(text: string, format: ManifestFormat): string {
  const at = text.search(loneReturn);
  if (at === -1) return text;
  if (format === 'json' && parseJson(text) !== undefined) return text.replace(/\r(?!\n)/g, ' ');
  throw new YamlProblem('a line ends in a carriage return alone', at);
}

function mendOf(text: string): string {
  if (text.includes('{{'))
    return 'this looks like a template; render it first (helm template …) or keep Secrets in a file of their own';
  if (loneReturn.test(text)) return `write line feeds: ${text.includes('\r\n') ? withBoth : withReturns} < FILE > NEW`;
  return 'look at that line; kubectl apply --dry-run=client -f shows what Kubernetes makes of it';
}

const withReturns = "tr '\\r' '\\n'";
const withBoth = "perl -pe 's/\\r\\n?/\\n/g'";

/** Why a document cannot be read, and where. */
export interface Damage {
  /** 1-based, in the file. */
  line: number;
  /** A lower-case phrase that quotes nothing. */
  phrase: string;
}

/** What keeps a document from being read; `undefined` when it can be. */
export function damageOf(document: ManifestDocument): Damage | undefined {
  try {
    document.read();
    return undefined;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (!(cause instanceof YamlProblem)) throw error;
    // What is missing is missing at the end of what is there, not on the line behind it.
    const end = document.source.slice(document.range.from, document.range.to).trimEnd().length;
    return { line: positionIn(document, Math.min(cause.offset, end)).line, phrase: cause.phrase };
  }
}

/** `FILE:LINE:COLUMN` of an offset in a document's tree, as editors and terminals understand it. */
export function placeIn(document: ManifestDocument, offset: number): string {
  const { line, column } = positionIn(document, offset);
  return `${document.file}:${line}:${column}`;
}

/** The 1-based line and column in the file of an offset in a document's tree. */
export function positionIn({ source, range: { from }, line }: ManifestDocument, offset: number) {
  return positionOf(source, from + offset, { offset: from, line });
}

/** The column, from 0, at which a node starts. */
export function columnIn(document: ManifestDocument, offset: number): number {
  const at = document.range.from + offset;
  return at - lineStart(document.source, at);
}
