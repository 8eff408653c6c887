// Values sealed for the items of a SealedSecret that is there: ciphertext, record lines, and what is probably a mistake.

import { sealingCipher } from '../keys/sealing-cipher.ts';
import { base64Encode } from '../src/encoding/base64.ts';
import { lintSecret } from '../src/repository/lints.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { type RecordLine, recordLabel, recordLine } from '../src/seal/record.ts';
import type { SealedFor } from '../src/seal/scope.ts';
import { sealRaw } from '../src/seal/seal.ts';
import type { Context } from './context.ts';
import { text } from './options.ts';
import { checkPolicy, keyTold, type Ruling } from './ruling.ts';
import { readSealedFile, type SealedFile, sealedForFile, type Wanted } from './sealed-file.ts';
import { sealingOptions } from './shared-options.ts';
import type { Target } from './targets.ts';
import { warn } from './ui.ts';

/** How values for a SealedSecret that is there are sealed. */
export const itemSealingOptions = {
  namespace: text('-n, --namespace <name>', 'namespace of a SealedSecret that names none'),
  ...sealingOptions,
} as const;

/** A file whose items are sealed, and for whom. */
export interface SealingPlace {
  file: SealedFile;
  sealedFor: SealedFor;
  certificate: Certificate;
  /** Name of the cluster, where one is known. */
  cluster: string | undefined;
}

/** Finds all that is needed before anybody is asked for a value. Throws `SealError` for what stands in the way. */
export async function sealingPlace(
  target: Target,
  { ruling, options }: { ruling: Ruling; options: Wanted & { namespace: string | undefined; record: boolean } },
  context: Context,
): Promise<SealingPlace> {
  const file = await readSealedFile(target.path, options, context);
  const ruled = await ruling.about(target.path);
  const sealedFor = sealedForFile(file, { namespace: options.namespace, ruled });
  checkPolicy(ruled, { scope: sealedFor.scope, record: options.record, isFixed: true });
  const certificate = await ruling.certificate(ruled, target.cluster);
  return { file, sealedFor, certificate, cluster: ruling.cluster(ruled, target.cluster) };
}

/** `sealed user, password for shop/db under key 9f2c66d0 of production`. */
export function sealedTold(
  items: Iterable<string>,
  { sealedFor, certificate, cluster }: Omit<SealingPlace, 'file'>,
): string {
  return `sealed ${[...items].join(', ')} for ${recordLabel(sealedFor)} under ${keyTold(certificate, cluster)}`;
}

/** Sealed values by item, and their record lines. */
export interface SealedItems {
  set: Map<string, string>;
  record: RecordLine[];
}

/** Seals each value. `record` false: without lines. */
export async function sealItems(
  values: ReadonlyMap<string, Uint8Array>,
  {
    certificate,
    sealedFor,
    record,
    now,
  }: { certificate: Certificate; sealedFor: SealedFor; record: boolean; now: Date },
): Promise<SealedItems> {
  const entries = [...values].map(async ([item, value]) => {
    return [item, await sealRaw(value, { certificate, sealedFor, cipher: sealingCipher })] as const;
  });
  const set = new Map(await Promise.all(entries));
  const lines = [...values.keys()].map((item) => recordLine({ item, keyId: certificate.keyId, sealedFor, now }));
  return { set, record: record ? lines : [] };
}

/** Warns of values that are probably a mistake. */
export function warnOfValues(path: string, values: ReadonlyMap<string, Uint8Array>, context: Context): void {
  const data = Object.fromEntries([...values].map(([item, value]) => [item, base64Encode(value)]));
  // The type of the Secret asks for items that are sealed already, so nothing is said of it.
  const lints = lintSecret({ apiVersion: 'v1', kind: 'Secret', metadata: {}, data }, { scope: 'cluster-wide' });
  for (const { message } of lints) warn(context, `${path}: ${message}`);
}
