// When a call has session keys made ahead, and for what.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { KeysAhead } from '../../cli/keys-ahead.ts';
import { type DocumentPlan, planDocument } from '../../cli/sealing-plan.ts';
import { SessionKeysAhead } from '../../keys/session-keys-ahead.ts';
import { utf8Bytes } from '../../src/encoding/bytes.ts';
import { parseManifest } from '../../src/manifest/documents.ts';
import { sealingCertificate } from '../../src/seal/certificate.ts';
import { today } from './harness.ts';

const start = SessionKeysAhead.start;
const restrainCompiler = vi.fn();
afterEach(() => {
  vi.restoreAllMocks();
  restrainCompiler.mockClear();
});

const certificate = await sealingCertificate(
  readFileSync(join(import.meta.dirname, '../vectors/certs/rsa2048.crt'), 'utf8'),
  { now: today },
);

/** A List of Secrets, each with so many items. */
async function planOf(...itemCounts: number[]): Promise<DocumentPlan> {
  const items = itemCounts.map((count, index) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: `db-${index}`, namespace: 'shop' } },
    data: Object.fromEntries(Array.from({ length: count }, (_, item) => [`item-${item}`, ''])),
  }));
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const [document] = parseManifest(text, { file: 'all.json' }).documents;
  if (!document) throw new Error('there is a document');
  const input = { name: 'all.json', relative: '', found: false, isStdin: false, read: async () => new Uint8Array() };
  return planDocument(document, input, {
    ...{ certificate, now: today, allowEmptyData: true, record: true, templateData: {} },
    defaultNamespace: () => Promise.reject(new Error('never asked')),
  });
}

test('a short stream has no thread, and neither has a long one without Secrets', async () => {
  const started = vi.spyOn(SessionKeysAhead, 'start');
  for (const [length, plan] of [
    [1000, await planOf(1)],
    [1_000_000, await planOf()],
  ] as const) {
    const keys = new KeysAhead(length, { restrainCompiler });
    expect(await keys.order(plan)).toEqual([]);
    await keys.stop();
  }
  expect(started).not.toHaveBeenCalled();
});

test('a long one has one thread, and keys for each Secret that has values', async () => {
  const started = vi.spyOn(SessionKeysAhead, 'start').mockImplementation(() => start({ cores: 2 }));
  const keys = new KeysAhead(1_000_000, { restrainCompiler });
  for (let document = 0; document < 3; document++) {
    const ciphers = await keys.order(await planOf(2, 0, 1));
    expect(ciphers?.map((cipher) => cipher !== undefined)).toEqual([true, false, true]);
  }
  expect([started.mock.calls.length, restrainCompiler.mock.calls.length]).toEqual([1, 1]);
  await keys.stop();
});

test('where other keys have taken the room, it asks to come again', async () => {
  vi.spyOn(SessionKeysAhead, 'start').mockImplementation(() => start({ cores: 2 }));
  const keys = new KeysAhead(1_000_000, { restrainCompiler });
  const plan = await planOf(1000);
  const ordered = [await keys.order(plan), await keys.order(plan)];
  expect(ordered.flat().filter((cipher) => cipher === undefined)).toEqual([]);
  expect(await keys.order(plan)).toBeUndefined();
  for (let item = 0; item < 1000; item++) ordered[0]?.[0]?.sessionKey(certificate.spki, utf8Bytes('shop/db-0'));
  expect(await keys.order(plan)).toHaveLength(1);
  await keys.stop();
});

test('where no thread can be had, nothing is ordered, and the compiler goes on as it was', async () => {
  vi.spyOn(SessionKeysAhead, 'start').mockReturnValue(undefined);
  const keys = new KeysAhead(1_000_000, { restrainCompiler });
  expect(await keys.order(await planOf(2))).toEqual([]);
  expect(restrainCompiler).not.toHaveBeenCalled();
  await keys.stop();
});
