// Sealing every plain Secret of a manifest where it stands; everything else in the manifest stays as it is.

import { sealingCipher } from '../keys/sealing-cipher.ts';
import { FormatError, UsageError } from '../src/errors.ts';
import type { SealedSecret, Secret } from '../src/kube/objects.ts';
import {
  type Manifest,
  type ManifestDocument,
  type ManifestFormat,
  parseManifest,
  unread,
} from '../src/manifest/documents.ts';
import { isSealedSecret } from '../src/manifest/kinds.ts';
import { findSecrets, type ManifestObject, maySayKind, problemOf } from '../src/manifest/objects.ts';
import { printManifests } from '../src/manifest/print.ts';
import { replaceObjects } from '../src/manifest/replace.ts';
import { readSecret } from '../src/manifest/secret.ts';
import { applySplices, type Splice } from '../src/manifest/splice.ts';
import { lintSealed, lintSecret } from '../src/repository/lints.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { mapBounded } from '../src/seal/parallel.ts';
import { type Scope, scopeOf } from '../src/seal/scope.ts';
import { sealSecret } from '../src/seal/seal.ts';
import type { DefaultNamespace } from './default-namespace.ts';
import type { InputFile } from './inputs.ts';
import { located } from './located.ts';
import type { RuledFile } from './repository.ts';
import { checkPolicy } from './ruling.ts';

/** How the Secrets of a call are sealed. */
export interface Sealing {
  certificate: Certificate;
  now: Date;
  scope?: Scope | undefined;
  name?: string | undefined;
  namespace?: string | undefined;
  /** What the repository's configuration says about the file. */
  ruled?: RuledFile | undefined;
  /** Asked once, for the first Secret that has no namespace and no rule with one. */
  defaultNamespace: () => Promise<DefaultNamespace>;
  allowEmptyData: boolean;
  record: boolean;
  templateData: Readonly<Record<string, string>>;
  /** Convert to this format. Default: as the input. */
  output?: ManifestFormat | undefined;
  /** Called after each Secret. */
  onSealed?: () => void;
}

/** What came of one manifest. */
export interface SealedManifest {
  text: string;
  format: ManifestFormat;
  /** How many Secrets were sealed. */
  sealed: number;
  /** Said to people once everything is sealed. */
  warnings: string[];
}

// Enough in work to keep every core busy, few enough that memory does not grow with their number.
const documentsAtOnce = 4;
const secretsAtOnce = 4;

/** Reads an input as a manifest. Throws `FormatError` (`EMPTY`, and those of decoding). */
export async function readManifest(input: InputFile, outputFile?: string | undefined): Promise<Manifest> {
  const bytes = await input.read();
  const manifest = parseManifest(bytes, { file: input.name });
  if (manifest.documents.length > 0 || input.found) return manifest;
  const emptied = bytes.byteLength === 0 && outputFile !== undefined;
  throw new FormatError('EMPTY', `${input.name} is empty`, {
    hint: emptied ? 'the shell empties the file that > names before it is read; to seal in place: -i' : [],
  });
}

/** Seals the Secrets of a manifest. Throws `FormatError` for the first document that cannot be sealed. */
export async function sealManifest(manifest: Manifest, input: InputFile, sealing: Sealing): Promise<SealedManifest> {
  if (sealing.name) checkIsOne(manifest);
  const results = await mapBounded(manifest.documents, documentsAtOnce, (document) =>
    sealDocument(unread(document), input, sealing),
  );
  const text = applySplices(
    manifest.text,
    results.flatMap(({ splices }) => splices),
  );
  const format = sealing.output ?? manifest.format;
  const isSame = manifest.documents.every((document) => document.format === format);
  return {
    text: isSame ? text : converted(text, manifest.file, format),
    format,
    sealed: results.reduce((sum, { sealed }) => sum + sealed, 0),
    warnings: results.flatMap(({ warnings }) => warnings),
  };
}

function checkIsOne(manifest: Manifest): void {
  const { length } = findSecrets(manifest).secrets;
  if (length > 1) throw new UsageError(`--name is for one Secret, and ${manifest.file} holds ${length}`);
}

interface SealedDocument {
  splices: Splice[];
  sealed: number;
  warnings: string[];
}

async function sealDocument(document: ManifestDocument, input: InputFile, sealing: Sealing): Promise<SealedDocument> {
  const { secrets, unreadable } = findSecrets({ documents: [document] });
  for (const { error } of unreadable) {
    // A template of a chart is nobody's mistake when a whole folder is sealed.
    const isTemplate = input.found && document.source.slice(document.range.from, document.range.to).includes('{{');
    if (!isTemplate) throw error;
    return { splices: [], sealed: 0, warnings: [`${error.message}; left as it is`] };
  }
  const replacements = await mapBounded(secrets, secretsAtOnce, async (object) => {
    const result = await sealObject(object, sealing);
    sealing.onSealed?.();
    return { object, ...result };
  });
  return {
    splices: secrets.length === 0 ? [] : [replaceObjects(document, replacements)],
    sealed: secrets.length,
    warnings: replacements.flatMap(({ warnings }) => warnings),
  };
}

async function sealObject(object: ManifestObject, sealing: Sealing): Promise<{ by: SealedSecret; warnings: string[] }> {
  const place = `${object.document.file}:${object.line}`;
  try {
    const secret = readSecret(object);
    const scope = scopeFor(secret, sealing);
    checkPolicy(sealing.ruled, { scope, record: sealing.record });
    const ruled = sealing.ruled?.rule?.namespace;
    const fallback = ruled ? undefined : await fallbackNamespace(secret, scope, sealing);
    // What the annotations say already stays as it is written.
    const asked = sealing.scope ?? (scope === scopeOf(secret.metadata.annotations) ? undefined : scope);
    const options = { ...sealing, scope: asked, defaultNamespace: ruled ?? fallback?.namespace, cipher: sealingCipher };
    const by = await sealSecret(secret, options);
    const { name = '', namespace } = by.metadata;
    const lints = lintSecret(secret, { scope, namespace, templateItems: Object.keys(sealing.templateData) });
    const said = fallback && `it has no namespace; sealed for ${fallback.namespace} (${fallback.from}), choose with -n`;
    const messages = [...(said ? [said] : []), ...[...lints, ...lintSealed(by)].map(({ message }) => message)];
    return { by, warnings: messages.map((message) => `${place}: Secret ${name}: ${message}`) };
  } catch (error) {
    throw located(error, place);
  }
}

/** What was asked for, else what the annotations widen it to, else what the rule says. */
function scopeFor({ metadata: { annotations } }: Secret, { scope, ruled }: Sealing): Scope {
  const annotated = scopeOf(annotations);
  return scope ?? (annotated === 'strict' ? (ruled?.rule?.scope ?? 'strict') : annotated);
}

async function fallbackNamespace(
  secret: Secret,
  scope: Scope,
  sealing: Sealing,
): Promise<DefaultNamespace | undefined> {
  if (scope === 'cluster-wide' || secret.metadata.namespace || sealing.namespace) return undefined;
  return sealing.defaultNamespace();
}

/** A whole stream in another format. Comments have no place in JSON, and go. */
function converted(text: string, file: string, format: ManifestFormat): string {
  const values = parseManifest(text, { file }).documents.map((document) => document.read().value);
  return printManifests(
    values.filter((value): value is object => typeof value === 'object' && value !== null),
    format,
  );
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
