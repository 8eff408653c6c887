// What is to be done with the Secrets of one document, with everything known that could keep them from being sealed.

import { sealingCipher } from '../keys/sealing-cipher.ts';
import type { Secret } from '../src/kube/objects.ts';
import type { ManifestDocument, ManifestFormat } from '../src/manifest/documents.ts';
import { findSecrets, type ManifestObject, textOf } from '../src/manifest/objects.ts';
import { hasNeighbours, replaceObjects } from '../src/manifest/replace.ts';
import { readSecret } from '../src/manifest/secret.ts';
import { lintSealed, lintSecret } from '../src/repository/lints.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import type { SealingCipher } from '../src/seal/hybrid.ts';
import { type Scope, scopeOf } from '../src/seal/scope.ts';
import {
  checkPublicKey,
  type PreparedSecret,
  prepareSecret,
  rehearsed,
  type SealOptions,
  sealPrepared,
} from '../src/seal/seal.ts';
import type { DefaultNamespace } from './default-namespace.ts';
import type { InputFile } from './inputs.ts';
import { located } from './located.ts';
import type { RuledFile } from './repository.ts';
import { checkPolicy, meantFor } from './ruling.ts';

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

/** One document: its Secrets read, checked and ready. It holds plain values, and is for using at once. */
export interface DocumentPlan {
  document: ManifestDocument;
  secrets: readonly SecretPlan[];
  /** What is said of the document itself. */
  warnings: readonly string[];
}

interface SecretPlan {
  object: ManifestObject;
  prepared: PreparedSecret;
  options: SealOptions;
  scope: Scope;
  /** Where its namespace comes from, when nothing in the manifest or the call says it. */
  fallback: DefaultNamespace | undefined;
  /** What is said where the rule of its file puts it into another namespace than it names. */
  misplaced: string | undefined;
}

/** A piece of a manifest in which nothing plain is left. */
export interface SealedPiece {
  text: string;
  /** How many Secrets were sealed. */
  sealed: number;
  /** For people, in the order of the Secrets. */
  warnings: readonly string[];
}

/**
 * Plans a document. Throws `FormatError`, `UsageError` and `CertificateError` for the first Secret in it that cannot be
 * sealed; afterwards nothing but `CANNOT_REPLACE` is left, which `checkPlan` tells and sealing tells in any case.
 */
export async function planDocument(
  document: ManifestDocument,
  input: InputFile,
  sealing: Sealing,
): Promise<DocumentPlan> {
  const { secrets, unreadable } = findSecrets({ documents: [document] });
  for (const { error } of unreadable) {
    // A template of a chart is nobody's mistake when a whole folder is sealed.
    const isTemplate = input.found && textOf(document).includes('{{');
    if (!isTemplate) throw error;
    return { document, secrets: [], warnings: [`${error.message}; left as it is`] };
  }
  const plans: SecretPlan[] = [];
  for (const object of secrets) plans.push(await planSecret(object, sealing));
  return { document, secrets: plans, warnings: [] };
}

async function planSecret(object: ManifestObject, sealing: Sealing): Promise<SecretPlan> {
  try {
    const secret = readSecret(object);
    const scope = scopeFor(secret, sealing);
    checkPolicy(sealing.ruled, { scope, record: sealing.record });
    const ruled = sealing.ruled?.rule?.namespace;
    const fallback = ruled ? undefined : await fallbackNamespace(secret, scope, sealing);
    const options = optionsOf(sealing, {
      // What the annotations say already stays as it is written.
      scope: sealing.scope ?? (scope === scopeOf(secret.metadata.annotations) ? undefined : scope),
      defaultNamespace: ruled ?? fallback?.namespace,
    });
    const prepared = prepareSecret(secret, options);
    if (prepared.values.size > 0) await checkCertificate(sealing.certificate);
    return { object, prepared, options, scope, fallback, misplaced: misplacementOf(secret, sealing) };
  } catch (error) {
    throw located(error, placeOf(object));
  }
}

// Not refused: a Kustomization may put it there in the end.
function misplacementOf({ metadata: { namespace } }: Secret, { ruled }: Sealing): string | undefined {
  const wanted = ruled?.rule?.namespace;
  if (!ruled || wanted === undefined || !namespace || namespace === wanted || ruled.isUnnamed) return undefined;
  const rule = meantFor(`namespace ${wanted}`, ruled.path, ruled);
  return `it is sealed for namespace ${namespace}, which it names, and ${rule}: write namespace: ${wanted}, or give the file a rule of its own above that one`;
}

// Field by field: a spread costs many times as much, and this is done for every Secret.
function optionsOf(
  { certificate, now, name, namespace, allowEmptyData, record, templateData }: Sealing,
  { scope, defaultNamespace }: Pick<SealOptions, 'scope' | 'defaultNamespace'>,
): SealOptions {
  return {
    certificate,
    now,
    scope,
    name,
    namespace,
    defaultNamespace,
    allowEmptyData,
    record,
    templateData,
    cipher: sealingCipher,
  };
}

const tried = new WeakSet<Certificate>();

/** Each is tried once. */
async function checkCertificate(certificate: Certificate): Promise<void> {
  if (tried.has(certificate)) return;
  await checkPublicKey(certificate, sealingCipher);
  tried.add(certificate);
}

/** Throws `FormatError` (`CANNOT_REPLACE`) where the sealed form of a document would change what stands beside the Secrets. */
export function checkPlan(plan: DocumentPlan): void {
  if (isBare(plan)) return;
  const { document, secrets } = plan;
  replaceObjects(
    document,
    secrets.map(({ object, prepared, options }) => ({ object, by: rehearsed(prepared, options) })),
  );
}

/** Whether the Secret is all that the document holds, so that no tree of it is needed and the plan takes little memory. */
export function isBare({ secrets }: DocumentPlan): boolean {
  return !secrets.some(({ object }) => hasNeighbours(object));
}

/** What each Secret of a document is sealed with, in their order. Default: the cipher that makes keys when they are needed. */
export type Ciphers = readonly (SealingCipher | undefined)[];

/** What a plan is done with. */
export interface SealPlanOptions {
  /** Called after each Secret. */
  onSealed?: (() => void) | undefined;
  ciphers?: Ciphers | undefined;
}

/** Does what is planned: the document as it is to be. Throws `FormatError` (`CANNOT_REPLACE`). */
export async function sealPlan(plan: DocumentPlan, { onSealed, ciphers }: SealPlanOptions): Promise<SealedPiece> {
  const { document, secrets, warnings: said } = plan;
  if (secrets.length === 0) return { text: textOf(document), sealed: 0, warnings: said };
  const results: Awaited<ReturnType<typeof sealOne>>[] = [];
  for (const [index, secret] of secrets.entries()) {
    results.push(await sealOne(secret, ciphers?.[index]));
    onSealed?.();
  }
  return {
    text: replaceObjects(document, results).text,
    sealed: secrets.length,
    warnings: results.flatMap(({ warnings }) => warnings),
  };
}

async function sealOne(plan: SecretPlan, cipher: SealingCipher | undefined) {
  const { object, prepared, options } = plan;
  const by = await sealPrepared(prepared, options, cipher);
  const messages = [...messagesOf(plan), ...lintSealed(by).map(({ message }) => message)];
  const { name = '' } = by.metadata;
  return { object, by, warnings: messages.map((message) => `${placeOf(object)}: Secret ${name}: ${message}`) };
}

function messagesOf({ prepared: { secret, values }, options, scope, fallback, misplaced }: SecretPlan): string[] {
  const { namespace } = secret.metadata;
  const lints = lintSecret(secret, {
    scope,
    namespace,
    templateItems: Object.keys(options.templateData ?? {}),
    values,
  });
  const said = fallback && `it has no namespace; sealed for ${fallback.namespace} (${fallback.from}), choose with -n`;
  return [said ?? [], misplaced ?? [], lints.map(({ message }) => message)].flat();
}

function placeOf({ document: { file }, line }: ManifestObject): string {
  return `${file}:${line}`;
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
