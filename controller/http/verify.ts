// `POST /v1/verify`: whether sealed values open here. Nothing of a value is looked at, and no template is rendered.

import type { SealedSecret } from '../../src/kube/objects.ts';
import { locked, nameOf, type OpenEach, type OpeningOptions, openingHandler } from './opening.ts';
import { type Handler, jsonResponse } from './respond.ts';

/** What is said of one SealedSecret of a batch. */
export interface VerifyResult {
  namespace?: string;
  name?: string;
  /** Item → whether it opens; `spec.data` for the first form. */
  items: Record<string, boolean>;
}

/**
 * One SealedSecret: 200 without a body, or 409, as Sealed Secrets 0.36 answers. A List or several documents: 200 with
 * `{"results": [VerifyResult…]}`, in their order.
 */
export function verifyHandler(options: OpeningOptions): Handler {
  return openingHandler(options, async ({ sealed, isBatch }, openEach) => {
    const results: VerifyResult[] = [];
    for (const { sealedSecret } of sealed) results.push(await resultOf(sealedSecret, openEach));
    if (isBatch) return jsonResponse({ results });
    const opens = results.every(({ items }) => Object.values(items).every(Boolean));
    return opens ? { status: 200, headers: { 'cache-control': 'no-store' }, body: '' } : locked();
  });
}

async function resultOf(sealedSecret: SealedSecret, openEach: OpenEach): Promise<VerifyResult> {
  const items = new Map<string, boolean>();
  await openEach(sealedSecret, (item, opened) => void items.set(item, opened !== undefined));
  return { ...nameOf(sealedSecret), items: Object.fromEntries(items) };
}
