// What is stale in a file, and the file with it sealed again: the values, their lines in the record, and not a byte more.

import { type Rotated, type SealedValues, valuesToAsk } from '../keys/sealing-client.ts';
import type { ManifestDocument } from '../src/manifest/documents.ts';
import { editObjects, type ObjectEdits } from '../src/manifest/edit.ts';
import { applySplices } from '../src/manifest/splice.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { recordLine } from '../src/seal/record.ts';
import { recordOf, sealedValuesOf, wholeItem } from '../src/seal/sealed-secret.ts';
import type { SealedTreeFile, TreeSealed } from './sealed-tree.ts';

/** The values of one SealedSecret that are to be looked at. */
export interface StaleSealed extends TreeSealed {
  /** Values that are not known to be under the newest key, to be sealed again if another one opens them. */
  asked: SealedValues;
  /** Items whose line in the record names another key. */
  known: readonly string[];
  /** Items that are not even text. */
  odd: readonly string[];
}

/** One file with values to look at. */
export interface StaleFile extends SealedTreeFile {
  stale: readonly StaleSealed[];
}

/**
 * What of a file may be sealed for another key than `certificate`'s: what the record says, and what it does not mention, as nobody
 * can tell by looking.
 */
export function staleIn(file: SealedTreeFile, certificate: Certificate): StaleFile {
  const stale = file.sealed.map((each) => staleOf(each, certificate));
  return { ...file, stale: stale.filter(({ asked, odd }) => asked.values.size + odd.length > 0) };
}

function staleOf(each: TreeSealed, { keyId }: Certificate): StaleSealed {
  const { sealedSecret, sealedFor } = each;
  const record = recordOf(sealedSecret);
  const { values, ...rest } = valuesToAsk(sealedSecret, sealedFor);
  const stale = [...values].filter(([item]) => record.get(item)?.keyId !== keyId);
  const items = sealedValuesOf(sealedSecret).map(([item]) => item);
  return {
    ...each,
    asked: { ...rest, values: new Map(stale) },
    known: stale.map(([item]) => item).filter((item) => record.has(item)),
    odd: items.filter((item) => !values.has(item)),
  };
}

/** A file with new values put in. */
export interface ResealedText {
  text: string;
  /** The record of some SealedSecret could not be kept. */
  recordLeftOut: boolean;
}

/** The text of a file after `rotated`, an answer for each of its `stale`. Throws `FormatError` (`CANNOT_EDIT`). */
export function resealedText(
  { manifest, stale }: StaleFile,
  rotated: readonly Rotated[],
  { certificate, record, now }: { certificate: Certificate; record: boolean; now: Date },
): ResealedText {
  const edits = new Map<number, { document: ManifestDocument; edits: ObjectEdits[] }>();
  for (const [index, { object, asked }] of stale.entries()) {
    const { values = new Map<string, string>() } = rotated[index] ?? {};
    if (values.size === 0) continue;
    const { document } = object;
    const known = edits.get(document.index) ?? { document, edits: [] };
    edits.set(document.index, known);
    const { sealedFor, isWhole } = asked;
    const lines = [...values.keys()].map((item) => recordLine({ item, keyId: certificate.keyId, sealedFor, now }));
    known.edits.push({
      object,
      set: isWhole ? new Map() : values,
      unset: [],
      // The one value of the first form has no item's name to be recorded under.
      record: record && !isWhole ? lines : [],
      whole: isWhole ? values.get(wholeItem) : undefined,
    });
  }
  const edited = [...edits.values()].map((each) => editObjects(each.document, each.edits));
  return {
    text: applySplices(
      manifest.text,
      edited.map(({ splice }) => splice),
    ),
    recordLeftOut: edited.some(({ recordLeftOut }) => recordLeftOut),
  };
}
