// Values sealed for the items of a SealedSecret that is there: ciphertext, record lines, and what is probably a mistake.

import { sealingCipher } from '../keys/sealing-cipher.ts';
import { base64Encode } from '../src/encoding/base64.ts';
import { lintSecret } from '../src/repository/lints.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { type RecordLine, recordLine } from '../src/seal/record.ts';
import type { SealedFor } from '../src/seal/scope.ts';
import { sealRaw } from '../src/seal/seal.ts';
import type { Context } from './context.ts';
import { text } from './options.ts';
import { sealingOptions } from './shared-options.ts';
import { warn } from './ui.ts';

/** How values for a SealedSecret that is there are sealed. */
export const itemSealingOptions = {
  namespace: text('-n, --namespace <name>', 'namespace of a SealedSecret that names none'),
  ...sealingOptions,
} as const;

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
