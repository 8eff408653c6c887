// A SealedSecret in a file that is about to be edited: finding it, what its values are sealed for, and writing it back.

import { counted } from '../src/counted.ts';
import { FormatError, type SealError, UsageError } from '../src/errors.ts';
import type { SealedSecret } from '../src/kube/objects.ts';
import { type Manifest, manifestToJudge, parseManifest } from '../src/manifest/documents.ts';
import { type EditedItems, editItems, type ItemEdits } from '../src/manifest/edit.ts';
import { isJsonObject, isSealedSecret } from '../src/manifest/kinds.ts';
import { findSecrets, type ManifestObject, maySayKind, objectsOf, problemOf } from '../src/manifest/objects.ts';
import { applySplices } from '../src/manifest/splice.ts';
import type { SealedFor } from '../src/seal/scope.ts';
import { checkSealedSecret, sealedForOf } from '../src/seal/sealed-secret.ts';
import { shellPath } from '../src/shell-words.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';
import { checkNamespace } from './names.ts';
import { text } from './options.ts';
import { replaceFiles } from './replacing.ts';
import type { RuledFile } from './repository.ts';
import { shownWord } from './shown-word.ts';
import { isForClusters } from './targets.ts';
import { hint, warn } from './ui.ts';

/** Options of every command that edits a SealedSecret. */
export const editedOptions = {
  document: text('--document <number>', 'which document of the file, counted from 1; needed where several are sealed'),
  name: text('--name <name>', 'name of the SealedSecret that is meant, in place of --document'),
} as const;

/** Which SealedSecret of a file is meant. */
export interface Wanted {
  document?: string | undefined;
  name?: string | undefined;
  /** It is only looked at, and need not be writable. Default: false. */
  readOnly?: boolean;
  /** Nothing is gained by beginning a file that is not there. Default: false. */
  onlyTaken?: boolean;
}

/** One SealedSecret of one file. */
export interface SealedFile {
  path: string;
  /** As they were read, to tell later whether somebody else wrote in the meantime. */
  bytes: Uint8Array;
  manifest: Manifest;
  object: ManifestObject;
  sealedSecret: SealedSecret;
}

/** Throws `UsageError` where an item stands before the file. It may have a value with it, and is not shown. */
export function checkFileFirst(name: string, [path = '', ...rest]: readonly string[], { files }: Context): void {
  if (files.isThere(path) || isForClusters(path)) return;
  const file = rest.find((word) => !word.includes('=') && files.isThere(word));
  if (file === undefined && !path.includes('=')) return;
  throw new UsageError('the file comes first, then the items', { hint: `seal ${name} ${file ?? 'FILE'} KEY` });
}

/** Reads a file that may be written. Throws `SealError`, `UsageError` where it must be said which of several is meant. */
export async function readSealedFile(path: string, wanted: Wanted, context: Context): Promise<SealedFile> {
  const kind = await context.files.kind(path);
  if (kind === 'folder') throw new UsageError(`${path} is a folder`, { hint: 'name one file' });
  if (kind === 'missing') {
    const { noSuchFile } = await import('./missing-file.ts');
    throw await noSuchFile(
      path,
      context,
      wanted.onlyTaken ? [] : [`to begin it: seal create NAME --prompt KEY -w ${shownWord(path)}`],
    );
  }
  const bytes = await context.files.read(path);
  if (!wanted.readOnly) context.files.checkWritable(path);
  const manifest = wanted.readOnly ? manifestToJudge(bytes, path) : parseManifest(bytes, { file: path });
  return sealedFileOf({ path, bytes, manifest, object: chosen(manifest, wanted) });
}

/** The same of a manifest that was read or made already. Throws `FormatError` where the object is no SealedSecret of items. */
export function sealedFileOf({ path, bytes, manifest, object }: Omit<SealedFile, 'sealedSecret'>): SealedFile {
  try {
    const sealedSecret = checkSealedSecret(object.value);
    if (typeof sealedSecret.spec.data === 'string') throw legacy();
    return { path, bytes, manifest, object, sealedSecret };
  } catch (error) {
    throw located(error, `${path}:${object.line}`);
  }
}

function legacy(): FormatError {
  return new FormatError(
    'LEGACY_FORM',
    'the whole Secret is one sealed value (spec.data), and items cannot be changed alone',
    {
      hint: 'seal it again as a whole: seal FILE',
    },
  );
}

function chosen(manifest: Manifest, { document, name }: Wanted): ManifestObject {
  const number = document === undefined ? undefined : documentNumber(document, manifest);
  const documents = manifest.documents.filter(({ index }) => number === undefined || index === number - 1);
  // Helm templates and other documents that are no YAML stay as they are.
  const candidates = documents.filter((each) => maySayKind(each, 'SealedSecret'));
  const sealed = candidates
    .filter((each) => !problemOf(each))
    .flatMap(objectsOf)
    .filter(({ value }) => isSealedSecret(value));
  const found = sealed.filter((object) => name === undefined || nameOf(object) === name);
  const [first, second] = found;
  if (!first) throw nothingFound(manifest, candidates.map(problemOf).find(Boolean), { sealed, name });
  if (!second) return first;
  throw new UsageError(`${manifest.file} holds ${found.length} SealedSecrets${name ? ` named ${name}` : ''}`, {
    hint: [
      `say which is meant: ${name === undefined ? '--name NAME or ' : ''}--document NUMBER`,
      ...found.slice(0, 9).map((object) => `document ${object.document.index + 1}: ${nameOf(object)}`),
    ],
  });
}

function documentNumber(given: string, { file, documents }: Manifest): number {
  const number = /^[1-9]\d{0,8}$/.test(given) ? Number(given) : 0;
  if (number > 0 && number <= documents.length) return number;
  throw new UsageError(`--document cannot be "${given}"`, {
    hint: `${file} has ${counted(documents.length, 'document')}, counted from 1`,
  });
}

function nameOf({ value }: ManifestObject): string {
  const { metadata } = value;
  return isJsonObject(metadata) && typeof metadata.name === 'string' ? metadata.name : '(no name)';
}

function nothingFound(
  manifest: Manifest,
  problem: FormatError | undefined,
  { sealed, name }: { sealed: readonly ManifestObject[]; name: string | undefined },
): SealError {
  const { file } = manifest;
  if (manifest.text.trim() === '')
    return new FormatError('EMPTY', `${file} is empty`, {
      hint: 'the shell empties the file that > names before it is read; leave out >, it is written where it stands',
    });
  if (sealed.length > 0)
    return new UsageError(`no SealedSecret of ${file} is named ${name}`, {
      hint: `there is: ${sealed.map(nameOf).join(', ')}`,
    });
  if (problem) return problem;
  const isPlain = findSecrets(manifest).secrets.length > 0;
  return new FormatError('NO_SEALED_SECRET', `no SealedSecret is in ${file}`, {
    hint: isPlain
      ? `it holds a plain Secret; seal it first: seal -i ${shellPath(file)}`
      : 'begin one with seal create NAME -w FILE',
  });
}

/**
 * What values of the file are sealed for: its own scope, namespace and name. Where it names no namespace, as Kustomize's do, the
 * one that is given or that the rule says counts. Throws `FormatError` where there is none at all.
 */
export function sealedForFile(
  { path, object, sealedSecret }: Pick<SealedFile, 'path' | 'object' | 'sealedSecret'>,
  { namespace, ruled }: { namespace: string | undefined; ruled: RuledFile | undefined },
): SealedFor {
  if (namespace !== undefined) checkNamespace(namespace);
  const own = sealedForOf(sealedSecret);
  const place = `${path}:${object.line}`;
  if (own.scope === 'cluster-wide') return own;
  if (own.namespace && namespace !== undefined && own.namespace !== namespace) {
    throw new FormatError(
      'NAMESPACE_MISMATCH',
      `${place}: the SealedSecret is in namespace ${own.namespace}, not in ${namespace}`,
      {
        hint: 'leave out -n',
      },
    );
  }
  const known = own.namespace || namespace || ruled?.rule?.namespace;
  if (known) return { ...own, namespace: known };
  throw new FormatError(
    'NO_NAMESPACE',
    `${place}: the SealedSecret has no namespace, and its values are sealed for one`,
    {
      hint: 'give it with -n NAMESPACE, or write namespace into the rule of .sealwright.yaml',
    },
  );
}

/** The text of the file with its items edited. Says so where the record could not be kept. */
export function editedText({ path, manifest, object }: SealedFile, edits: ItemEdits, context: Context): string {
  const { splice, recordLeftOut }: EditedItems = editItems(object, edits);
  if (recordLeftOut) {
    warn(context, `${path}: the seal record is left out: annotations come from an alias or a merge key`);
    hint(context, 'write them out to have it');
  }
  return applySplices(manifest.text, [splice]);
}

/** Replaces the files, all or none. Throws `SealError` (`FILE_CHANGED`) where one is no longer what was read. */
export async function writeSealedFiles(
  edited: readonly { file: SealedFile; content: string }[],
  { files }: Context,
): Promise<void> {
  const replacements = edited.map(({ file: { path, bytes }, content }) => ({ path, was: bytes, content }));
  await replaceFiles(replacements, files);
}
