// A file that the Kustomization beside it does not list is never applied: whoever makes one is told.

import { basename, dirname, join } from 'node:path';
import { manifestToJudge } from '../src/manifest/documents.ts';
import { isJsonObject } from '../src/manifest/kinds.ts';
import { problemOf } from '../src/manifest/objects.ts';
import { kustomizationNames } from '../src/repository/kustomizations.ts';
import type { Context } from './context.ts';
import type { Files } from './files.ts';
import { readTree } from './tree.ts';
import { hint } from './ui.ts';

/** Says so where a Kustomization beside the file does not list it; nothing where there is none, or where it cannot be read. */
export async function tellUnlisted(path: string, context: Context): Promise<void> {
  const { files } = context;
  const beside = kustomizationNames.map((name) => join(dirname(path), name)).find((name) => files.isThere(name));
  if (beside === undefined) return;
  const listed = await resourcesOf(beside, files);
  const isListed = (entry: unknown) => typeof entry === 'string' && entry.replace(/^\.\//, '') === basename(path);
  if (listed === undefined || listed.some(isListed)) return;
  hint(context, `${beside} does not list ${basename(path)}: add it to its resources`);
}

async function resourcesOf(path: string, files: Files): Promise<readonly unknown[] | undefined> {
  for await (const read of readTree([{ name: path, read: () => files.read(path) }], manifestToJudge)) {
    const [document] = 'error' in read ? [] : read.manifest.documents;
    const value = document && !problemOf(document) ? document.read().value : undefined;
    if (isJsonObject(value)) return Array.isArray(value.resources) ? value.resources : [];
  }
  return undefined;
}
