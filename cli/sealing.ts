// Sealing every plain Secret of a manifest where it stands; everything else in the manifest stays as it is.

import { FormatError, UsageError } from '../src/errors.ts';
import type { SealedSecret, Secret } from '../src/kube/objects.ts';
import { type Manifest, type ManifestFormat, parseManifest } from '../src/manifest/documents.ts';
import { isSealedSecret } from '../src/manifest/kinds.ts';
import { findSecrets, type ManifestObject, maySayKind, problemOf } from '../src/manifest/objects.ts';
import { printManifests } from '../src/manifest/print.ts';
import { replaceObjects } from '../src/manifest/replace.ts';
import { readSecret } from '../src/manifest/secret.ts';
import { lintSealed, lintSecret } from '../src/repository/lints.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { mapBounded } from '../src/seal/parallel.ts';
import { type Scope, scopeOf } from '../src/seal/scope.ts';
import { sealSecret } from '../src/seal/seal.ts';
import type { DefaultNamespace } from './default-namespace.ts';
import type { InputFile } from './inputs.ts';
import { located } from './located.ts';

/** How the Secrets of a call are sealed. */
export interface Sealing {
  certificate: Certificate;
  now: Date;
  scope?: Scope | undefined;
  name?: string | undefined;
  namespace?: string | undefined;
  /** Asked once, for the first Secret that has no namespace. */
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

// Enough Secrets in work to keep every core busy, few enough that memory does not grow with their number.
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
  const { secrets, unreadable } = findSecrets(manifest);
  const warnings: string[] = [];
  for (const { document, error } of unreadable) {
    // A template of a chart is nobody's mistake when a whole folder is sealed.
    const isTemplate = input.found && document.source.slice(document.range.from, document.range.to).includes('{{');
    if (!isTemplate) throw error;
    warnings.push(`${error.message}; left as it is`);
  }
  if (sealing.name && secrets.length > 1) {
    throw new UsageError(`--name is for one Secret, and ${manifest.file} holds ${secrets.length}`);
  }
  const replacements = await mapBounded(secrets, secretsAtOnce, async (object) => {
    const result = await sealObject(object, sealing);
    sealing.onSealed?.();
    return { object, ...result };
  });
  warnings.push(...replacements.flatMap((replacement) => replacement.warnings));
  const format = sealing.output ?? manifest.format;
  const same = manifest.documents.every((document) => document.format === format);
  const text = same ? replaceObjects(manifest, replacements) : converted(manifest, replacements, format);
  return { text, format, sealed: replacements.length, warnings };
}

async function sealObject(object: ManifestObject, sealing: Sealing): Promise<{ by: SealedSecret; warnings: string[] }> {
  const place = `${object.document.file}:${object.line}`;
  try {
    const secret = readSecret(object);
    const scope = sealing.scope ?? scopeOf(secret.metadata.annotations);
    const fallback = await fallbackNamespace(secret, scope, sealing);
    const by = await sealSecret(secret, { ...sealing, scope: sealing.scope, defaultNamespace: fallback?.namespace });
    const { name = '', namespace } = by.metadata;
    const lints = lintSecret(secret, { scope, namespace, templateItems: Object.keys(sealing.templateData) });
    const said = fallback && `it has no namespace; sealed for ${fallback.namespace} (${fallback.from}), choose with -n`;
    const messages = [...(said ? [said] : []), ...[...lints, ...lintSealed(by)].map(({ message }) => message)];
    return { by, warnings: messages.map((message) => `${place}: Secret ${name}: ${message}`) };
  } catch (error) {
    throw located(error, place);
  }
}

async function fallbackNamespace(
  secret: Secret,
  scope: Scope,
  sealing: Sealing,
): Promise<DefaultNamespace | undefined> {
  if (scope === 'cluster-wide' || secret.metadata.namespace || sealing.namespace) return undefined;
  return sealing.defaultNamespace();
}

/** The whole stream in another format. Comments have no place in JSON, and go. */
function converted(
  manifest: Manifest,
  replacements: readonly { object: ManifestObject; by: object }[],
  format: ManifestFormat,
): string {
  // Lists hold objects inside: replacing first, in the manifest's own format, keeps one way of doing it.
  const sealed = parseManifest(replaceObjects(manifest, replacements), { file: manifest.file });
  const values = sealed.documents.map((document) => document.read().value);
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
    return new FormatError('ALREADY_SEALED', `no plain Secret is in ${file}: it is sealed already`);
  }
  return new FormatError('NO_SECRET', `no Secret is in ${file}`, {
    hint: 'a Secret has "apiVersion: v1" and "kind: Secret"; to seal bytes as one value: --raw',
  });
}
