// The SealedSecrets of a tree, a file at a time, each with what its values are sealed for.

import { isSealError, type SealError } from '../src/errors.ts';
import type { SealedSecret } from '../src/kube/objects.ts';
import { type Manifest, type manifestToJudge, unread } from '../src/manifest/documents.ts';
import { isSealedSecret } from '../src/manifest/kinds.ts';
import { type ManifestObject, maySayKind, problemOf } from '../src/manifest/objects.ts';
import { tellDocument } from '../src/manifest/tell.ts';
import type { SealedFor } from '../src/seal/scope.ts';
import { checkSealedSecret } from '../src/seal/sealed-secret.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';
import type { RuledFile } from './repository.ts';
import type { Ruling } from './ruling.ts';
import { sealedForFile } from './sealed-file.ts';
import { readTree, type TreeFile } from './tree.ts';
import { warn } from './ui.ts';

/** One SealedSecret of a tree. */
export interface TreeSealed {
  object: ManifestObject;
  sealedSecret: SealedSecret;
  sealedFor: SealedFor;
}

/** One file of a tree that holds SealedSecrets. */
export interface SealedTreeFile {
  file: string;
  manifest: Manifest;
  ruled: RuledFile | undefined;
  sealed: readonly TreeSealed[];
}

/** How a tree is gone over. */
export interface SealedTreeOptions {
  ruling: Ruling;
  /** Of SealedSecrets that name none. Default: what the rule says. */
  namespace: string | undefined;
  /** Told of what cannot be read or is no proper SealedSecret; it is left out. */
  onProblem: (error: SealError) => void;
  /** Called after each file. */
  onFile?: () => void;
  /** As for `readTree`. */
  parse?: typeof manifestToJudge | undefined;
}

/** The files among `files` that hold SealedSecrets. No more than one is kept in memory. */
export async function* sealedFiles(
  files: Iterable<TreeFile>,
  { ruling, namespace, onProblem, onFile = () => {}, parse }: SealedTreeOptions,
): AsyncGenerator<SealedTreeFile> {
  for await (const read of readTree(files, parse)) {
    if ('error' in read) onProblem(read.error);
    else {
      const { file, manifest } = read;
      const objects = sealedObjectsOf(manifest, onProblem);
      if (objects.length > 0) {
        const ruled = await ruling.about(file);
        const sealed = objects.flatMap((object) => trySealed({ file, object, namespace, ruled }, onProblem));
        if (sealed.length > 0) yield { file, manifest, ruled, sealed };
      }
    }
    onFile();
  }
}

function sealedObjectsOf({ documents }: Manifest, onProblem: (error: SealError) => void): ManifestObject[] {
  return documents
    .filter((document) => maySayKind(document, 'SealedSecret'))
    .flatMap((document) => {
      const told = tryTo(() => tellDocument(unread(document)), onProblem);
      const problem = told?.kind === 'damaged' && problemOf(document);
      if (problem) onProblem(problem);
      return told?.kind === 'objects' ? told.objects.filter(({ value }) => isSealedSecret(value)) : [];
    });
}

interface Found {
  file: string;
  object: ManifestObject;
  namespace: string | undefined;
  ruled: RuledFile | undefined;
}

function trySealed({ file, object, namespace, ruled }: Found, onProblem: (error: SealError) => void): TreeSealed[] {
  const found = tryTo(() => {
    try {
      const sealedSecret = checkSealedSecret(object.value);
      // What names its own namespace has it, in a tree of many.
      const given = sealedSecret.metadata.namespace ? undefined : namespace;
      const place = { path: file, object, sealedSecret };
      return { object, sealedSecret, sealedFor: sealedForFile(place, { namespace: given, ruled }) };
    } catch (error) {
      throw located(error, `${file}:${object.line}`);
    }
  }, onProblem);
  return found ? [found] : [];
}

function tryTo<T>(act: () => T, onProblem: (error: SealError) => void): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!isSealError(error)) throw error;
    onProblem(error);
    return undefined;
  }
}

/** Tells of problems as warnings, and counts them. */
export function problemTeller(context: Context): { tell: (error: SealError) => void; count: number } {
  const teller = {
    count: 0,
    tell: (error: SealError) => {
      teller.count += 1;
      warn(context, error.message, error.hints);
    },
  };
  return teller;
}
