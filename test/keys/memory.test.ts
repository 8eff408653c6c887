// Values that are remembered under a limit, and never given out under another label.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importKeyPairs } from '../../keys/import.ts';
import { OpenedMemory } from '../../keys/memory.ts';
import { KeyRegistry } from '../../keys/registry.ts';
import { utf8Bytes, utf8Text } from '../../src/encoding/bytes.ts';
import { parseCertificates } from '../../src/seal/certificate.ts';
import { encrypt } from '../../src/seal/hybrid.ts';
import type { Opener, OpenRequest } from '../../src/seal/opener.ts';

const read = (file: string) => readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8');
const registry = new KeyRegistry(await importKeyPairs(read('keys/rsa2048-pkcs8.key')));
const publicKey = (await parseCertificates(read('certs/rsa2048.crt')))[0]!.spki;
const label = utf8Bytes('shop/db');
const sealed = async (text: string) => ({ envelope: await encrypt(publicKey, utf8Bytes(text), label), label });

function counted() {
  const requests: OpenRequest[] = [];
  const opener: Opener = {
    open(request) {
      requests.push(request);
      return registry.open(request);
    },
  };
  return { requests, opener };
}

describe('the memory of opened values', () => {
  test('opens an unchanged value with a private key once', async () => {
    const { requests, opener } = counted();
    const memory = new OpenedMemory(10_000);
    const request = await sealed('hunter2');
    const first = await memory.over(opener).open(request);
    const second = await memory.over(opener).open({ ...request, envelope: { ...request.envelope } });
    expect([first, second].map(({ plaintext }) => utf8Text(plaintext))).toEqual(['hunter2', 'hunter2']);
    expect(second.keyId).toBe(first.keyId);
    expect(requests).toHaveLength(1);
  });

  test('leaves no second copy of what it opened behind', async () => {
    const plaintext = utf8Bytes('hunter2');
    const opener = { open: async () => ({ plaintext, keyId: 'k' }) };
    const opened = await new OpenedMemory(10_000).over(opener).open(await sealed('anything'));
    expect(utf8Text(opened.plaintext)).toBe('hunter2');
    expect([...plaintext]).toEqual(new Array(7).fill(0));
  });

  test('never gives a value out under another label', async () => {
    const { opener } = counted();
    const remembering = new OpenedMemory(10_000).over(opener);
    const { envelope } = await sealed('hunter2');
    await remembering.open({ envelope, label });
    for (const other of ['shop/cache', 'shop', '']) {
      const opening = remembering.open({ envelope, label: utf8Bytes(other) });
      await expect(opening).rejects.toMatchObject({ code: 'NO_KEY_OPENS' });
    }
  });

  test('does not take a byte of one part for a byte of the next', async () => {
    const { requests, opener } = counted();
    const remembering = new OpenedMemory(10_000).over(opener);
    const { envelope } = await sealed('hunter2');
    await remembering.open({ envelope, label });
    const joined = Buffer.concat([envelope.wrappedKey, envelope.ciphertext]);
    const shifted = { wrappedKey: joined.subarray(0, 255), ciphertext: joined.subarray(255) };
    await expect(remembering.open({ envelope: shifted, label })).rejects.toMatchObject({ code: 'NO_KEY_OPENS' });
    expect(requests).toHaveLength(2);
  });

  test('does not remember what did not open', async () => {
    const { requests, opener } = counted();
    const remembering = new OpenedMemory(10_000).over(opener);
    const { envelope } = await sealed('hunter2');
    const damaged = { envelope: { ...envelope, ciphertext: envelope.ciphertext.map((byte) => byte ^ 1) }, label };
    for (let i = 0; i < 2; i++) await expect(remembering.open(damaged)).rejects.toMatchObject({ code: 'NO_KEY_OPENS' });
    expect(requests).toHaveLength(2);
  });

  test('forgets what was not asked for longest, and never holds more than it may', async () => {
    const { requests, opener } = counted();
    const remembering = new OpenedMemory(1_000).over(opener);
    const all = await Promise.all(['one', 'two', 'three', 'four'].map(sealed));
    for (const request of all) await remembering.open(request);
    await remembering.open(all[3]!);
    expect(requests).toHaveLength(4);
    await remembering.open(all[0]!);
    expect(requests).toHaveLength(5);
  });
});
