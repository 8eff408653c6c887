// The file of a Secret that is promoted: the one that is there, or one made of another environment's text without its sealed values.

import { FormatError, SealError, UsageError } from '../src/errors.ts';
import { parseManifest } from '../src/manifest/documents.ts';
import { extractObject } from '../src/manifest/extract.ts';
import { withFieldTexts } from '../src/manifest/field-texts.ts';
import { isJsonObject, isSealedSecret } from '../src/manifest/kinds.ts';
import { type ManifestObject, objectsOf, problemOf } from '../src/manifest/objects.ts';
import { decodeManifest, lineBreakIn } from '../src/manifest/text.ts';
import { labelText, type SealedFor } from '../src/seal/scope.ts';
import { recordOf, sealedForOf } from '../src/seal/sealed-secret.ts';
import { shellPath } from '../src/shell-words.ts';
import type { Context } from './context.ts';
import type { SealedItems, SealingPlace } from './item-sealing.ts';
import type { Promotion } from './promotion.ts';
import { checkPolicy, Ruling, type RulingOptions } from './ruling.ts';
import { editedText, readSealedFile, type SealedFile, sealedFileOf, sealedForFile } from './sealed-file.ts';
import { warn } from './ui.ts';

/** What is sealed into, and for whom. */
export interface PromotionTarget extends SealingPlace {
  /** The Secret is new there: `file` is it alone, its values still those of the source. */
  isNew: boolean;
  /** What the whole file is now; `undefined` where there is none. */
  was: Uint8Array | undefined;
}

interface TargetOptions extends RulingOptions {
  namespace?: string | undefined;
  record: boolean;
}

/** Finds all that is needed before anybody is asked for a value. Throws `SealError` for what stands in the way. */
export async function targetOf(
  promotion: Promotion,
  options: TargetOptions,
  context: Context,
): Promise<PromotionTarget> {
  const ruling = new Ruling(options, context);
  const { sourceFor, keys, ...place } = await checkTarget(promotion, options, context, ruling);
  const certificate = await ruling.certificate(await ruling.about(promotion.file));
  if (keys.has(certificate.keyId) && isSamePlace(sourceFor, place.sealedFor))
    throw samePlace(promotion, place.sealedFor);
  return { ...place, certificate };
}

/** The same without a certificate, as far as it goes: what the source is sealed for, and under which keys, may still stand in the way. */
export async function checkTarget(
  promotion: Promotion,
  options: TargetOptions,
  context: Context,
  ruling = new Ruling(options, context),
): Promise<Omit<PromotionTarget, 'certificate'> & { sourceFor: SealedFor; keys: ReadonlySet<string> }> {
  const { source: from, target } = promotion;
  await ruling.checkWritten(promotion.file);
  const ruled = await ruling.about(promotion.file);
  const wanted = { document: String(from.document + 1), name: from.name, readOnly: true };
  const source = await readSealedFile(from.file, wanted, context);
  const namespace = options.namespace ?? ruled?.rule?.namespace;
  const file = target
    ? await readSealedFile(target.file, { document: String(target.document + 1), name: target.name }, context)
    : newSealedFile({ source, path: promotion.file, namespace });
  const was = target ? file.bytes : await otherDocuments(promotion, context);
  const sealedFor = sealedForFile(file, { namespace: options.namespace, ruled });
  checkPolicy(ruled, { scope: sealedFor.scope, record: options.record, isFixed: true });
  const cluster = ruling.cluster(ruled);
  const sourceRule = (await ruling.about(from.file))?.rule;
  const sourceFor = { namespace: sourceRule?.namespace, ...withoutNothing(sealedForOf(source.sealedSecret)) };
  const keys = new Set([...recordOf(source.sealedSecret).values()].map(({ keyId }) => keyId));
  const isSameCluster = cluster !== undefined && cluster === sourceRule?.cluster;
  if (isSameCluster && isSamePlace(sourceFor, sealedFor)) throw samePlace(promotion, sealedFor);
  if (
    !target &&
    sealedFor.namespace === sourceFor.namespace &&
    namespace === undefined &&
    sealedFor.scope !== 'cluster-wide'
  )
    warn(context, `${promotion.file}: the namespace stays ${sealedFor.namespace}`, [
      'choose another with -n NAMESPACE',
    ]);
  return { file, isNew: !target, was, sealedFor, cluster, sourceFor, keys };
}

function withoutNothing({ namespace, ...rest }: SealedFor): SealedFor {
  return { ...rest, ...(namespace !== undefined && { namespace }) };
}

function isSamePlace(a: SealedFor, b: SealedFor): boolean {
  return a.scope === b.scope && a.namespace === b.namespace && a.name === b.name;
}

function samePlace({ source, file }: Promotion, sealedFor: SealedFor): UsageError {
  const what = labelText(sealedFor) || sealedFor.name;
  return new UsageError(`${source.file} and ${file} are for the same Secret of the same cluster: ${what}`, {
    hint: 'the rules of .sealwright.yaml say which cluster and namespace a folder is for; or choose with --cluster and -n',
  });
}

/** The file that a new Secret joins. Throws `SealError` (`FILE_EXISTS`) where it has the Secret already. */
async function otherDocuments({ file, source }: Promotion, { files }: Context): Promise<Uint8Array | undefined> {
  if (!files.isThere(file)) return undefined;
  const bytes = await files.read(file);
  files.checkWritable(file);
  const { documents } = parseManifest(bytes, { file });
  const objects = documents.filter((document) => !problemOf(document)).flatMap(objectsOf);
  if (!objects.some((object) => isSealedSecret(object.value) && nameOf(object) === source.name)) return bytes;
  throw new SealError(
    'FILE_EXISTS',
    `${file} has Secret ${source.name} already, and is not among the files of the repository`,
    {
      hint: [`git add ${shellPath(file)}, and run it again`, 'or name another file with -w FILE'],
    },
  );
}

function nameOf({ value: { metadata } }: ManifestObject): unknown {
  return isJsonObject(metadata) ? metadata.name : undefined;
}

interface NewSecret {
  source: SealedFile;
  path: string;
  namespace: string | undefined;
}

function newSealedFile({ source, path, namespace }: NewSecret): SealedFile {
  const only = objectIn(extractObject(source.object), path);
  const places = [
    ['metadata', 'namespace'],
    ['spec', 'template', 'metadata', 'namespace'],
  ];
  const fields = namespace === undefined ? [] : places.map((place) => ({ path: place, text: namespace }));
  return objectIn(withFieldTexts(only.object, fields), path);
}

function objectIn(text: string, path: string): SealedFile {
  const manifest = parseManifest(text, { file: path });
  const [object] = manifest.documents.flatMap(objectsOf);
  if (!object) throw new TypeError('the text of an object');
  return sealedFileOf({ path, bytes: new TextEncoder().encode(text), manifest, object });
}

/** The text of the file with the values that were sealed for it. Throws `FormatError` where one of the source would be in it. */
export function promotedText({ file, isNew, was }: PromotionTarget, sealed: SealedItems, context: Context): string {
  if (!isNew) return editedText(file, { ...sealed, unset: [] }, context);
  const values = file.sealedSecret.spec.encryptedData ?? {};
  const unset = Object.keys(values).filter((name) => !sealed.set.has(name));
  const text = editedText(file, { ...sealed, unset }, context);
  for (const [name, value] of Object.entries(values)) checkGone(text, { name, value }, file.path);
  return joined(was && decodeManifest(was, file.path), text, file.path);
}

// Copies stand in annotations that kubectl writes, in comments, and where an anchor was.
function checkGone(text: string, { name, value }: { name: string; value: unknown }, path: string): void {
  const start = typeof value === 'string' ? value.trim().slice(0, 60) : '';
  if (start === '' || !text.includes(start)) return;
  throw new FormatError('CIPHERTEXT_LEFT', `${path}: the source's sealed ${name} would be copied with its text`, {
    hint: 'a comment or an annotation has it, such as kubectl.kubernetes.io/last-applied-configuration: take that away',
  });
}

function joined(was: string | undefined, text: string, path: string): string {
  if (was === undefined || was.trim() === '') return text;
  const { format } = parseManifest(was, { file: path });
  if (format !== parseManifest(text, { file: path }).format) {
    throw new UsageError(`${path} is there already, and is ${format === 'json' ? 'JSON' : 'YAML'}`, {
      hint: 'name another file with -w FILE',
    });
  }
  const lineBreak = lineBreakIn(was, { from: 0, to: 0 });
  const marker =
    format === 'json' || text.startsWith('---') ? '' : text.startsWith('%') ? `...${lineBreak}` : `---${lineBreak}`;
  return `${was}${was.endsWith('\n') ? '' : lineBreak}${marker}${text}`;
}
