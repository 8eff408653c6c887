// `--recovery-unseal` of the reference CLI: one SealedSecret opened with private keys.

import { FormatError } from '../src/errors.ts';
import type { Secret } from '../src/kube/objects.ts';
import { parseManifest } from '../src/manifest/documents.ts';
import { checkSealedSecret } from '../src/seal/sealed-secret.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';
import { openSecret, readKeys } from './opening.ts';

/** The Secret of the one SealedSecret in `bytes`. Throws `FormatError` for none or several, `OpenError`. */
export async function openOne(
  bytes: Uint8Array,
  { file, keys, context }: { file: string; keys: readonly string[]; context: Context },
): Promise<Secret> {
  const documents = parseManifest(bytes, { file }).documents.filter((each) => (each.read().value ?? null) !== null);
  const [document, ...others] = documents;
  if (document === undefined) throw new FormatError('EMPTY', `${file} is empty`);
  if (others.length > 0) {
    throw new FormatError(
      'SEVERAL_DOCUMENTS',
      `${file} holds ${documents.length} documents, and --recovery-unseal opens one`,
      {
        hint: 'seal unseal opens them all',
      },
    );
  }
  const registry = await readKeys(keys, context);
  try {
    return await openSecret(checkSealedSecret(document.read().value), registry);
  } catch (error) {
    throw located(error, file);
  }
}
