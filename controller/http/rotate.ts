// `POST /v1/rotate`: values sealed again for the newest key. They keep their label, so that no scope is ever widened.

import { sealingCipher } from '../../keys/sealing-cipher.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { editItems } from '../../src/manifest/edit.ts';
import { applySplices } from '../../src/manifest/splice.ts';
import type { Certificate } from '../../src/seal/certificate.ts';
import { recordLine } from '../../src/seal/record.ts';
import { recordOf, sealedForOf, wholeItem } from '../../src/seal/sealed-secret.ts';
import { sealValue } from '../../src/seal/value.ts';
import { locked, nameOf, type OpenEach, type OpeningOptions, openingHandler } from './opening.ts';
import { errorResponse, type Handler, type HttpResponse, jsonResponse, textResponse } from './respond.ts';
import type { Sent } from './sent.ts';

/** What became of one SealedSecret of a batch. */
export interface RotateResult {
  namespace?: string;
  name?: string;
  /** Item → its new sealed value, of those that were sealed for another key; `spec.data` for the first form. */
  items: Record<string, string>;
  /** Items that do not open. The others are under the newest key as they are. */
  failed: string[];
}

export interface RotateOptions extends OpeningOptions {
  now: () => Date;
}

/**
 * One SealedSecret: 200 with it, YAML as YAML and JSON as JSON, equal byte for byte but for the values that were stale and their lines
 * in the record; 409 where a value does not open. A List or several documents: 200 with `{"keyId": "…", "results": [RotateResult…]}`.
 */
export function rotateHandler(options: RotateOptions): Handler {
  return openingHandler(options, async (sent, openEach) => {
    const certificate = options.keys.newest()?.certificate;
    if (!certificate)
      return errorResponse(503, 'NO_CERTIFICATE', 'there is no sealing key yet', { 'retry-after': '2' });
    const results: RotateResult[] = [];
    for (const { sealedSecret } of sent.sealed) results.push(await resultOf(sealedSecret, { openEach, certificate }));
    if (sent.isBatch) {
      const { keyId } = certificate;
      return jsonResponse({ keyId, results });
    }
    const [result] = results;
    return result && result.failed.length === 0 ? edited(sent, result, { certificate, now: options.now() }) : locked();
  });
}

async function resultOf(
  sealedSecret: SealedSecret,
  { openEach, certificate }: { openEach: OpenEach; certificate: Certificate },
): Promise<RotateResult> {
  const sealedFor = sealedForOf(sealedSecret);
  const items = new Map<string, string>();
  const failed: string[] = [];
  await openEach(sealedSecret, async (item, opened) => {
    if (!opened) failed.push(item);
    else if (opened.keyId !== certificate.keyId)
      items.set(item, await sealValue(opened.plaintext, { certificate, sealedFor, cipher: sealingCipher }));
  });
  return { ...nameOf(sealedSecret), items: Object.fromEntries(items), failed };
}

function edited(
  { manifest, sealed }: Sent,
  { items }: RotateResult,
  { certificate: { keyId }, now }: { certificate: Certificate; now: Date },
): HttpResponse {
  const [only] = sealed;
  if (!only) throw new TypeError('one SealedSecret');
  const { object, sealedSecret } = only;
  const sealedFor = sealedForOf(sealedSecret);
  const recorded = [...recordOf(sealedSecret).keys()].filter((item) => Object.hasOwn(items, item));
  const isWhole = typeof sealedSecret.spec.data === 'string';
  const { splice } = editItems(object, {
    set: new Map(isWhole ? [] : Object.entries(items)),
    unset: [],
    record: recorded.map((item) => recordLine({ item, keyId, sealedFor, now })),
    whole: isWhole ? items[wholeItem] : undefined,
  });
  const type = manifest.format === 'json' ? 'application/json' : 'application/yaml';
  return textResponse(applySplices(manifest.text, [splice]), { type });
}
