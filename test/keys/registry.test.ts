// Many keys: which seals, which opens, and which is tried first.

import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { importKeyPairs } from '../../keys/import.ts';
import type { KeyPair } from '../../keys/key-pair.ts';
import { KeyRegistry } from '../../keys/registry.ts';
import { utf8Bytes, utf8Text } from '../../src/encoding/bytes.ts';
import { type Certificate, parseCertificates } from '../../src/seal/certificate.ts';
import { parseEnvelope } from '../../src/seal/envelope.ts';
import { encrypt } from '../../src/seal/hybrid.ts';

const root = new URL('../vectors/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const label = utf8Bytes('shop/db');

async function pair(name: string): Promise<KeyPair & { certificate: Certificate }> {
  const [key] = await importKeyPairs(read(`keys/${name}-pkcs8.key`));
  const [certificate] = await parseCertificates(read(`certs/${name}.crt`));
  return { ...key!, certificate: certificate! };
}

const first = await pair('rsa2048');
const second = await pair('second2048');
const other = await pair('other2048');
const large = await pair('rsa4096');

async function sealedFor({ certificate }: { certificate: Certificate }) {
  return encrypt(certificate.spki, utf8Bytes('secret'), label);
}

const storedAt = (key: KeyPair, day: string): KeyPair => ({ ...key, createdAt: new Date(day) });

describe('the registry of keys', () => {
  test('every key opens what was sealed for it', async () => {
    const registry = new KeyRegistry([first, second, large]);
    for (const key of [first, second, large]) {
      const opened = await registry.open({ envelope: await sealedFor(key), label });
      expect(utf8Text(opened.plaintext)).toBe('secret');
      expect(opened.keyId).toBe(key.id);
    }
  });

  test('a value of a key that is not here does not open, whatever is hinted', async () => {
    const registry = new KeyRegistry([first, second, large]);
    for (const keyIdHint of [undefined, first.id, other.id, 'nonsense']) {
      const opening = registry.open({ envelope: await sealedFor(other), label, keyIdHint });
      await expect(opening).rejects.toMatchObject({ name: 'OpenError', code: 'NO_KEY_OPENS' });
    }
  });

  test('without keys nothing opens', async () => {
    const opening = new KeyRegistry().open({ envelope: await sealedFor(first), label });
    await expect(opening).rejects.toMatchObject({ code: 'NO_KEY_OPENS' });
  });

  test('a damaged value looks exactly like a foreign one', async () => {
    const registry = new KeyRegistry([first]);
    const envelope = await sealedFor(first);
    const damaged = { ...envelope, ciphertext: envelope.ciphertext.map((byte) => byte ^ 1) };
    const errors = await Promise.all(
      [damaged, await sealedFor(other), parseEnvelope(new Uint8Array(2 + 256 + 16).fill(1, 0, 1).fill(0, 1))].map(
        (one) =>
          registry
            .open({ envelope: one, label })
            .catch(({ code, message, hints, cause }) => ({ code, message, hints, cause })),
      ),
    );
    expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
  });

  test('a false hint costs a try and nothing else', async () => {
    const registry = new KeyRegistry([first, second]);
    const opened = await registry.open({ envelope: await sealedFor(first), label, keyIdHint: second.id });
    expect(opened.keyId).toBe(first.id);
  });

  test('many values open at once', async () => {
    const registry = new KeyRegistry([first, second]);
    const envelopes = await Promise.all(Array.from({ length: 30 }, (_, i) => sealedFor(i % 2 ? first : second)));
    const opened = await Promise.all(envelopes.map((envelope) => registry.open({ envelope, label })));
    expect(opened.map(({ keyId }) => keyId)).toEqual(envelopes.map((_, i) => (i % 2 ? first : second).id));
  });
});

describe('values without a hint that come at once', () => {
  async function triesOf(work: () => Promise<unknown>): Promise<number> {
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt');
    await work();
    const tries = decrypt.mock.calls.filter(([algorithm]) => (algorithm as { name: string }).name === 'RSA-OAEP');
    decrypt.mockRestore();
    return tries.length;
  }

  test('only the first tries key after key, and the others begin with the key it found', async () => {
    const registry = new KeyRegistry([first, second, other]);
    const oldest = registry.list().at(-1) as KeyPair & { certificate: Certificate };
    const envelopes = await Promise.all(Array.from({ length: 20 }, () => sealedFor(oldest)));
    const open = () => Promise.all(envelopes.map((envelope) => registry.open({ envelope, label })));
    expect(await triesOf(open)).toBe(3 + 19);
  });

  test('a first one that no key opens keeps none of the others from opening', async () => {
    const registry = new KeyRegistry([first, second]);
    const envelopes = [await sealedFor(other), await sealedFor(first), await sealedFor(second)];
    const results = await Promise.allSettled(envelopes.map((envelope) => registry.open({ envelope, label })));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });
});

describe('which key seals', () => {
  test('the certificate with the latest notBefore', () => {
    const older = { ...first, certificate: { ...first.certificate, notBefore: new Date('2020-01-01') } };
    const newer = { ...second, certificate: { ...second.certificate, notBefore: new Date('2021-01-01') } };
    expect(new KeyRegistry([older, newer]).newest()?.id).toBe(second.id);
    expect(new KeyRegistry([newer, older]).list().map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  test('at a tie the one stored last', () => {
    const a = storedAt(first, '2026-01-01');
    const b = storedAt(second, '2026-01-02');
    expect(new KeyRegistry([a, b]).newest()?.id).toBe(second.id);
    expect(new KeyRegistry([storedAt(first, '2026-01-03'), b]).newest()?.id).toBe(first.id);
  });

  test('never a bare private key, though it opens', async () => {
    const bare = { ...second, certificate: undefined };
    const registry = new KeyRegistry([bare]);
    expect(registry.newest()).toBeUndefined();
    expect((await registry.open({ envelope: await sealedFor(second), label })).keyId).toBe(second.id);
    expect(new KeyRegistry([bare, first]).newest()?.id).toBe(first.id);
  });
});

describe('keys that come and go', () => {
  test('a key added later opens, a removed one no longer does', async () => {
    const registry = new KeyRegistry([first]);
    const envelope = await sealedFor(second);
    await expect(registry.open({ envelope, label })).rejects.toMatchObject({ code: 'NO_KEY_OPENS' });
    expect(registry.add(second)).toBe(true);
    expect(registry.add(second)).toBe(false);
    expect((await registry.open({ envelope, label })).keyId).toBe(second.id);
    expect(registry.remove(second.id)).toBe(true);
    expect(registry.remove(second.id)).toBe(false);
    await expect(registry.open({ envelope, label })).rejects.toMatchObject({ code: 'NO_KEY_OPENS' });
  });

  test('replacing the whole set says whether it changed', () => {
    const registry = new KeyRegistry([first, second]);
    expect(registry.replace([second, first])).toBe(false);
    expect(registry.replace([first, large])).toBe(true);
    const renewed = { ...large, certificate: { ...large.certificate, fingerprint: 'another' } };
    expect(registry.replace([first, renewed])).toBe(true);
    expect(registry.replace([first, renewed])).toBe(false);
    expect(registry.size).toBe(2);
    expect(registry.get(second.id)).toBeUndefined();
    expect(registry.get(large.id)?.bits).toBe(4096);
  });

  test('an opening that has begun ends with the keys it began with', async () => {
    const registry = new KeyRegistry([first]);
    const opening = registry.open({ envelope: await sealedFor(first), label });
    registry.remove(first.id);
    expect((await opening).keyId).toBe(first.id);
  });

  test('nothing of a private key is printed with it', () => {
    const text = JSON.stringify(new KeyRegistry([first]).list());
    expect(text).toContain('"pkcs8":"[redacted]"');
  });
});
