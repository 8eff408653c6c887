// Session keys that a second thread makes ahead: whatever becomes of it, every value can be opened.

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sealingCipher } from '../../keys/sealing-cipher.ts';
import { SessionKeysAhead } from '../../keys/session-keys-ahead.ts';
import { utf8Bytes } from '../../src/encoding/bytes.ts';
import { decrypt, encryptWith, importPrivateKey, type SealingCipher } from '../../src/seal/hybrid.ts';

async function pairOf(modulusLength: number) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  return { spki: new Uint8Array(publicKey), privateKey: await importPrivateKey(privateKey) };
}
type Pair = Awaited<ReturnType<typeof pairOf>>;

const pair = await pairOf(2048);
const other = await pairOf(3072);
const label = utf8Bytes('shop/db');
const value = utf8Bytes('s3cret');

/** What a sealed value opens as. */
function opened(cipher: SealingCipher, { spki, privateKey }: Pair = pair, under = label): Promise<Uint8Array> {
  return decrypt(privateKey, encryptWith(cipher, spki, value, under), under);
}

const running: SessionKeysAhead[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'session-keys-'));
});
afterEach(() => {
  for (const ahead of running.splice(0)) ahead.stop();
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

function started(program?: string): SessionKeysAhead {
  const ahead = SessionKeysAhead.start({ ...(program !== undefined && { program }), cores: 2 });
  if (!ahead) throw new Error('no thread may be started');
  running.push(ahead);
  return ahead;
}

/** A thread that does something else. */
function startedWith(program: string): SessionKeysAhead {
  const file = join(folder, 'thread.cjs');
  writeFileSync(file, program);
  return started(file);
}

function ordered(ahead: SessionKeysAhead, count: number, { spki }: Pair = pair, under = label): SealingCipher {
  const cipher = ahead.order(spki, under, count);
  if (!cipher) throw new Error('there is no room');
  return cipher;
}

// What a thread that was stopped in the middle of its work leaves behind.
const claimsAll = `
const { counters, states, counterAt, state } = require('node:worker_threads').workerData;
while (Atomics.load(counters, counterAt.ordered) >= 0)
  for (let slot = 0; slot < states.length; slot++)
    Atomics.compareExchange(states, slot, state.ordered, state.inWork);
`;

describe('session keys made ahead', () => {
  test('seal what opens, each order under its own public key and label', async () => {
    const ahead = started();
    const orders = Array.from({ length: 60 }, (_, index) => {
      const [owner, under] = [index % 3 === 0 ? other : pair, utf8Bytes(`shop/db-${index}`)];
      return { owner, under, cipher: ordered(ahead, 4, owner, under) };
    });
    for (const { owner, under, cipher } of orders)
      for (let item = 0; item < 4; item++) expect(await opened(cipher, owner, under)).toEqual(value);
  });

  test('come from the thread', async () => {
    const ahead = started();
    const madeHere = vi.spyOn(sealingCipher, 'sessionKey');
    await expect
      .poll(() => {
        const cipher = ordered(ahead, 100);
        madeHere.mockClear();
        for (let item = 0; item < 100; item++) cipher.sessionKey(pair.spki, label);
        return madeHere.mock.calls.length;
      })
      .toBeLessThan(100);
  });

  test('are never the same, and as many as there are values', () => {
    const ahead = started();
    const keys = new Set<string>();
    for (let order = 0; order < 50; order++) {
      const cipher = ordered(ahead, 4);
      for (let item = 0; item < 6; item++) {
        const { key, wrapped } = cipher.sessionKey(pair.spki, label);
        expect([key.byteLength, wrapped.byteLength]).toEqual([32, 256]);
        keys.add(Buffer.from(key).toString('hex'));
      }
    }
    expect(keys.size).toBe(300);
    expect(keys).not.toContain('0'.repeat(64));
  });

  test('are for what they were ordered for: under another label or public key the value opens all the same', async () => {
    const cipher = ordered(started(), 8);
    for (const under of [utf8Bytes('shop/db2'), utf8Bytes('shop/d'), utf8Bytes('')])
      expect(await opened(cipher, pair, under)).toEqual(value);
    expect(await opened(cipher, other)).toEqual(value);
    expect(await opened(cipher)).toEqual(value);
  });

  test('have room for some thousands, and again when those are used up', async () => {
    const ahead = started();
    const orders: SealingCipher[] = [];
    for (let cipher = ahead.order(pair.spki, label, 100); cipher; cipher = ahead.order(pair.spki, label, 100))
      orders.push(cipher);
    expect(orders).toHaveLength(20);
    for (const cipher of orders) for (let item = 0; item < 100; item++) cipher.sessionKey(pair.spki, label);
    for (let round = 0; round < 40; round++) {
      const cipher = ordered(ahead, 100);
      for (let item = 0; item < 99; item++) cipher.sessionKey(pair.spki, label);
      expect(await opened(cipher)).toEqual(value);
    }
  });

  test('are not made for what has no place: a long label, a long public key', async () => {
    const ahead = started();
    const long = { kty: 'RSA', n: Buffer.alloc(640, 0xff).toString('base64url'), e: 'AQAB' };
    const spki = createPublicKey({ key: long, format: 'jwk' }).export({ type: 'spki', format: 'der' });
    expect(ahead.order(spki, label, 1)).toBeUndefined();
    expect(ahead.order(pair.spki, new Uint8Array(400), 1)).toBeUndefined();
    expect(ahead.order(pair.spki, label, 5000)).toBeUndefined();
    expect(() => ahead.order(pair.spki.subarray(0, 40), label, 1)).toThrow();
    expect(await opened(ordered(ahead, 1))).toEqual(value);
  });

  test("are not ordered where none is needed, and then a damaged public key is nobody's trouble", () => {
    const ahead = started();
    expect(ahead.order(pair.spki, label, 0)).toBeUndefined();
    expect(ahead.order(pair.spki.subarray(0, 40), label, 0)).toBeUndefined();
  });

  test('are not made ahead on one core, or where a process may have no thread', () => {
    expect(SessionKeysAhead.start({ cores: 1 })).toBeUndefined();
    expect(SessionKeysAhead.start({ cores: 2, program: 'no-path-at-all.cjs' })).toBeUndefined();
  });
});

describe('values are sealed', () => {
  test('by a thread that never starts', async () => {
    const ahead = startedWith('for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);');
    const cipher = ordered(ahead, 4);
    for (let item = 0; item < 4; item++) expect(await opened(cipher)).toEqual(value);
  });

  test('by one that fails', async () => {
    const ahead = startedWith("throw new Error('no thread');");
    const cipher = ordered(ahead, 4);
    for (let item = 0; item < 4; item++) expect(await opened(cipher)).toEqual(value);
    await new Promise(setImmediate);
    expect(await opened(cipher)).toEqual(value);
  });

  test('by one that begins a key and never ends it, which is waited for once', async () => {
    const ahead = startedWith(claimsAll);
    // What it may still write to is no place for another key: once one was waited for in vain, nothing is ordered.
    for (let cipher = ahead.order(pair.spki, label, 1); cipher; cipher = ahead.order(pair.spki, label, 1))
      expect(await opened(cipher)).toEqual(value);
  });

  test('after it was stopped', async () => {
    const ahead = started();
    const cipher = ordered(ahead, 4);
    expect(await opened(cipher)).toEqual(value);
    ahead.stop();
    for (let item = 0; item < 3; item++) expect(await opened(cipher)).toEqual(value);
    expect(ahead.order(pair.spki, label, 1)).toBeUndefined();
  });
});

test('the cipher without a thread seals the same', async () => {
  expect(await opened(sealingCipher)).toEqual(value);
});
