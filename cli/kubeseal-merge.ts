// `--merge-into` of the reference CLI: a plain Secret sealed into a SealedSecret that is there, where every other byte stays.

import { FormatError, isSealError, SealError } from '../src/errors.ts';
import type { SealedSecret } from '../src/kube/objects.ts';
import { type Scope, withoutScope } from '../src/seal/scope.ts';
import { sealedForOf } from '../src/seal/sealed-secret.ts';
import type { Context } from './context.ts';
import { type ReferenceSealing, sealAsReference } from './kubeseal-manifests.ts';
import { editedText, readSealedFile, type SealedFile, writeSealedFiles } from './sealed-file.ts';

/**
 * Seals the one Secret in `bytes` for the scope, the name and the namespace of the file, and sets its items, labels and annotations
 * there. Throws `FormatError` for several Secrets and where `scope` is another than the file's; `SealError` of the file.
 */
export async function mergeInto(
  path: string,
  { bytes, scope, ...sealing }: ReferenceSealing & { bytes: Uint8Array },
  context: Context,
): Promise<void> {
  const file = await target(path, context);
  const { scope: own, ...place } = sealedForOf(file.sealedSecret);
  if (scope !== undefined && scope !== own) throw scopeMismatch(path, own);
  const [update, ...others] = await sealAsReference(bytes, { ...sealing, scope: own, place, name: undefined });
  if (!update || others.length > 0) {
    throw new FormatError('SEVERAL_DOCUMENTS', `${sealing.file} holds several documents, and --merge-into takes one`);
  }
  const edits = { set: new Map(Object.entries(update.spec.encryptedData ?? {})), unset: [], record: [] };
  const content = editedText(file, { ...edits, template: news(file, update) }, context);
  await writeSealedFiles([{ file, content }], context);
}

async function target(path: string, context: Context): Promise<SealedFile> {
  try {
    return await readSealedFile(path, {}, context);
  } catch (error) {
    // Said of flags that are not there.
    if (!isSealError(error) || error.outcome !== 'usage') throw error;
    const hint = 'of several, one is changed by: seal set FILE KEY --name NAME';
    throw new SealError('CANNOT_MERGE', error.message, { hint, cause: error });
  }
}

function scopeMismatch(path: string, scope: Scope): FormatError {
  return new FormatError('SCOPE_MISMATCH', `${path} is sealed ${scope}, which is not what --scope says`, {
    hint: 'leave out --scope: what is merged takes the scope of the file',
  });
}

/** Labels and annotations that the template of the file has not, or otherwise. What says a scope is never merged. */
function news(
  { sealedSecret }: SealedFile,
  { spec }: SealedSecret,
): Record<'labels' | 'annotations', Record<string, string>> {
  const { labels, annotations } = sealedSecret.spec.template?.metadata ?? {};
  const update = spec.template?.metadata;
  return {
    annotations: changed(annotations, withoutScope(update?.annotations)),
    labels: changed(labels, update?.labels),
  };
}

function changed(
  old: Record<string, string> | null | undefined,
  update: Record<string, string> = {},
): Record<string, string> {
  return Object.fromEntries(Object.entries(update).filter(([name, value]) => old?.[name] !== value));
}
