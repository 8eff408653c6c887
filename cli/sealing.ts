// Sealing every plain Secret of a manifest where it stands, document after document; everything else in it stays as it is.

import { FormatError, UsageError } from '../src/errors.ts';
import {
  type Manifest,
  type ManifestDocument,
  type ManifestFormat,
  parseManifest,
  rewritten,
  unread,
} from '../src/manifest/documents.ts';
import { isSealedSecret } from '../src/manifest/kinds.ts';
import { findSecrets, maySayKind, problemOf, textOf } from '../src/manifest/objects.ts';
import { printManifest } from '../src/manifest/print.ts';
import { preparedAhead } from '../src/seal/parallel.ts';
import type { InputFile } from './inputs.ts';
import type { KeysAhead } from './keys-ahead.ts';
import {
  type Ciphers,
  checkPlan,
  type DocumentPlan,
  isBare,
  planDocument,
  type SealedPiece,
  type Sealing,
  sealPlan,
} from './sealing-plan.ts';

/** A manifest, what it was read from, and how its Secrets are sealed. */
export interface SealingJob {
  manifest: Manifest;
  input: InputFile;
  sealing: Sealing;
  /** The documents that hold Secrets, where `documentsToSeal` has found them. Default: they are looked for. */
  toSeal?: ToSeal;
  /** Where the keys for many values are ordered. Default: each is made when it is needed. */
  keys?: KeysAhead | undefined;
}

/** Documents that hold Secrets, each with what is ready for it. */
export type ToSeal = Map<ManifestDocument, Ready | undefined>;

interface Ready {
  plan: DocumentPlan | undefined;
  ciphers: Ciphers | undefined;
}

/** How many characters of documents may be kept as plans. */
export interface Room {
  left: number;
}

/** A short stream is read once; a long one takes no more memory for it. */
export const roomForPlans = 96 * 1024;

// Enough for the second thread to be ahead, little enough that memory does not grow with the stream.
const charactersAhead = 2 * 1024;

/** Reads an input as a manifest. Throws `FormatError` (`EMPTY`, and those of decoding). */
export async function readManifest(input: InputFile, outputFile?: string | undefined): Promise<Manifest> {
  const bytes = await input.read();
  const manifest = parseManifest(bytes, { file: input.name });
  if (manifest.documents.length > 0 || input.found) return manifest;
  const emptied = bytes.byteLength === 0 && outputFile !== undefined;
  throw new FormatError('EMPTY', `${input.name} is empty`, {
    hint: emptied
      ? 'the shell empties the file that > names before it is read; to seal in place: -i'
      : 'what should have made a Secret made nothing: see what it says itself',
  });
}

/** Seals the Secrets of a manifest as a whole. Throws `FormatError` for the first document that cannot be sealed. */
export async function sealManifest(job: SealingJob): Promise<SealedPiece> {
  checkIsOne(job);
  return gathered(sealedPieces(job));
}

/**
 * The documents of a manifest that hold Secrets. Throws all that sealing it would throw, so that nothing of it needs to be
 * printed before it is known to come to its end. When there is no room left, what was read and decoded is let go: it takes
 * many times the manifest's own size, and reading it again a twentieth of the time that sealing does.
 */
export async function documentsToSeal(job: SealingJob, room: Room): Promise<ToSeal> {
  const { manifest, input, sealing, keys } = job;
  checkIsOne(job);
  const found: ToSeal = new Map();
  for (const document of manifest.documents) {
    const plan = await planDocument(unread(document), input, sealing);
    checkPlan(plan);
    if (plan.secrets.length === 0) continue;
    const isKept = isBare(plan) && room.left > 0;
    if (isKept) room.left -= document.range.to - document.range.from;
    const ciphers = await keys?.order(plan);
    found.set(document, isKept || ciphers ? { plan: isKept ? plan : undefined, ciphers } : undefined);
  }
  // What is converted has to be read as well, Secret or not.
  if (isConverted(job)) for (const document of manifest.documents) if (!found.has(document)) unread(document).read();
  return found;
}

function checkIsOne({ manifest, sealing }: SealingJob): void {
  if (!sealing.name) return;
  const { length } = findSecrets({ documents: manifest.documents.map(unread) }).secrets;
  if (length > 1)
    throw new UsageError(`--name is for one Secret, and ${manifest.file} holds ${length}`, {
      hint: 'leave out --name: each has its own',
    });
}

/** The format that a manifest is sealed into. */
export function formatOf({ manifest, sealing }: SealingJob): ManifestFormat {
  return sealing.output ?? manifest.format;
}

function isConverted(job: SealingJob): boolean {
  return job.manifest.documents.some(({ format }) => format !== formatOf(job));
}

/** A sealed manifest in pieces, one a document and one for what follows the last; together they are its text. */
export function sealedPieces(job: SealingJob): AsyncGenerator<SealedPiece> {
  const documents = sealedDocuments(job);
  return isConverted(job) ? converted(documents, formatOf(job)) : asTheyStand(documents, job.manifest.text);
}

interface SealedDocument {
  document: ManifestDocument;
  piece: SealedPiece;
}

/** Document after document; those of a long stream are planned ahead, so that a second thread has something to do. */
async function* sealedDocuments(job: SealingJob): AsyncGenerator<SealedDocument> {
  const { manifest, sealing, keys } = job;
  const planned = preparedAhead(manifest.documents, { room: keys ? charactersAhead : 0, sizeOf }, async (document) => ({
    document,
    ready: await readied(document, job),
  }));
  for await (const { document, ready } of planned) {
    const piece = ready && (await sealPlan(ready.plan, { onSealed: sealing.onSealed, ciphers: ready.ciphers }));
    yield { document, piece: piece ?? { text: textOf(document), sealed: 0, warnings: [] } };
  }
}

/** `undefined` for a document that is known to hold nothing to seal. */
async function readied(document: ManifestDocument, { input, sealing, toSeal, keys }: SealingJob) {
  if (toSeal && !toSeal.has(document)) return undefined;
  const known = toSeal?.get(document);
  toSeal?.set(document, undefined);
  const plan = known?.plan ?? (await planDocument(unread(document), input, sealing));
  return { plan, ciphers: known?.ciphers ?? (await keys?.order(plan)) };
}

const sizeOf = ({ range: { from, to } }: ManifestDocument) => to - from;

/** The same with another text. */
export function withText({ sealed, warnings }: SealedPiece, text: string): SealedPiece {
  return { text, sealed, warnings };
}

/** With all that stands between documents. */
async function* asTheyStand(documents: AsyncIterable<SealedDocument>, source: string): AsyncGenerator<SealedPiece> {
  let at = 0;
  for await (const { document, piece } of documents) {
    yield withText(piece, source.slice(at, document.range.from) + piece.text);
    at = document.range.to;
  }
  yield { text: source.slice(at), sealed: 0, warnings: [] };
}

/** In another format. Comments have no place in JSON, and go. */
async function* converted(
  documents: AsyncIterable<SealedDocument>,
  format: ManifestFormat,
): AsyncGenerator<SealedPiece> {
  let between = '';
  for await (const { document, piece } of documents) {
    const { value } = rewritten(document, piece.text).read();
    const isObject = typeof value === 'object' && value !== null;
    yield withText(piece, isObject ? between + printManifest(value, format) : '');
    if (isObject && format === 'yaml') between = '---\n';
  }
}

/** All pieces as one. */
export async function gathered(pieces: AsyncIterable<SealedPiece>): Promise<SealedPiece> {
  const all: SealedPiece[] = [];
  for await (const piece of pieces) all.push(piece);
  return {
    text: all.map(({ text }) => text).join(''),
    sealed: all.reduce((sum, { sealed }) => sum + sealed, 0),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}

/** Why a call that sealed nothing did not: not YAML, sealed already, or something else. */
export function nothingSealed(manifests: readonly Manifest[]): FormatError {
  const [first] = manifests;
  const file = manifests.length === 1 && first ? first.file : 'what was given';
  const documents = manifests.flatMap((manifest) => manifest.documents);
  const problem = documents.map(problemOf).find((error) => error !== undefined);
  if (problem) return problem;
  const isSealed = documents.some(
    (document) => maySayKind(document, 'SealedSecret') && isSealedSecret(document.read().value),
  );
  if (isSealed) {
    return new FormatError('ALREADY_SEALED', `no plain Secret is in ${file}: it is sealed already`, {
      hint: 'to change a value: seal set FILE KEY; to seal all anew after a rotation: seal reseal FILE',
    });
  }
  return new FormatError('NO_SECRET', `no Secret is in ${file}`, {
    hint: 'a Secret has "apiVersion: v1" and "kind: Secret"; to seal bytes as one value: --raw',
  });
}
