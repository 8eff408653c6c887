// The door of this room: from what stores answered to the values of one ExternalSecret. Pure: who reads what, and when, is the caller's.

import type { FindRef, RemoteRef, Rewrite } from '../../../src/kube/external-secrets.ts';
import type { SecretBytes } from '../../../src/redact.ts';
import type { RemoteValue } from '../store.ts';
import { decoded, type ValuePolicies } from './decode.ts';
import { bounded, checked, converted, inOrder, type NamedValues } from './names.ts';
import { rewritten } from './rewrite.ts';
import type { Source } from './source.ts';
import { membersOf, partOf } from './value.ts';

/** What one entry of `data` gives. Throws `StoreError`: `PropertyMissing` or `Invalid`. */
export function dataValue(value: RemoteValue, ref: RemoteRef, source: Source): SecretBytes {
  return decoded(partOf(value, ref, source), ref, ref.key, source);
}

/** What `dataFrom[].extract` gives, under the names it ends up with. Throws `StoreError`, or `TemplateError` from a rewrite. */
export async function extractValues(
  value: RemoteValue,
  { extract, rewrite }: { extract: RemoteRef; rewrite?: readonly Rewrite[] | undefined },
  source: Source,
): Promise<NamedValues> {
  return await finished(membersOf(value, extract, source), rewrite, extract, source);
}

/** One key that a find came upon, with its value. */
export interface FoundValue {
  name: string;
  value: RemoteValue;
}

/**
 * What `dataFrom[].find` gives: whole values by name. Of two keys with one name the later in the list wins.
 * Throws `StoreError`, or `TemplateError` from a rewrite.
 */
export async function findValues(
  found: readonly FoundValue[],
  { find, rewrite }: { find: FindRef; rewrite?: readonly Rewrite[] | undefined },
  source: Source,
): Promise<NamedValues> {
  return await finished(new Map(found.map(({ name, value }) => [name, value.bytes])), rewrite, find, source);
}

/** What a generator made, under the names it ends up with: rewritten and checked, neither converted nor decoded. */
export async function generatedValues(
  values: NamedValues,
  rewrite: readonly Rewrite[] | undefined,
  source: Source,
): Promise<NamedValues> {
  return checked(await rewritten(values, rewrite ?? [], source), source);
}

/** All values of an ExternalSecret: `dataFrom` in its order, then `data` in its order; of one name the last wins. */
export function assembled(
  dataFrom: readonly NamedValues[],
  data: readonly (readonly [secretKey: string, value: SecretBytes])[],
): NamedValues {
  return new Map([...dataFrom.flatMap((values) => [...values]), ...data]);
}

type Finishing = Pick<RemoteRef, 'conversionStrategy'> & ValuePolicies;

// The reference's order (runtime/esutils of 2.9): rewriting takes the place of conversion, and decoding comes last.
async function finished(
  values: NamedValues,
  rewrite: readonly Rewrite[] | undefined,
  ref: Finishing,
  source: Source,
): Promise<NamedValues> {
  const named = rewrite?.length
    ? await rewritten(values, rewrite, source)
    : converted(bounded(values, source), ref.conversionStrategy, source);
  const entries = inOrder(checked(named, source));
  return new Map(entries.map(([name, value]) => [name, decoded(value, ref, name, source)]));
}
