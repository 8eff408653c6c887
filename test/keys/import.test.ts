// Private keys from files of every form, and what is said of those that are none.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importKeyPairs, keyPairFromSecret } from '../../keys/import.ts';

const root = new URL('../vectors/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const ids = async (text: string) => (await importKeyPairs(text)).map(({ id }) => id);
const rsa2048 = 'dc0a503c1f124faab5571ad3bab9d2f4';
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('importing private keys', () => {
  test('a bundle of key and certificate gives both', async () => {
    const [pair] = await importKeyPairs(read('certs/rsa2048.crt') + read('keys/rsa2048-pkcs1.key'));
    expect(pair).toMatchObject({ id: rsa2048, bits: 2048, certificate: { keyId: rsa2048 } });
  });

  test('a certificate of another key beside it does not spoil the key', async () => {
    const [pair] = await importKeyPairs(read('certs/other2048.crt') + read('keys/rsa2048-pkcs1.key'));
    expect(pair).toMatchObject({ id: rsa2048, certificate: undefined });
  });

  test('several keys in one file all count, each once', async () => {
    const text = read('keys/rsa2048-pkcs1.key') + read('keys/second2048-pkcs8.key') + read('keys/rsa2048-pkcs8.key');
    expect(await ids(text)).toEqual([rsa2048, '8c0e8b24bffe426c5d46fa38a7b78017']);
  });

  test('CRLF, a byte order mark and text around the key do not matter', async () => {
    const text = `\uFEFFBag Attributes\n  kind of: nothing\n${read('keys/rsa2048-pkcs8.key')}\nend\n`;
    expect(await ids(text.replaceAll('\n', '\r\n'))).toEqual([rsa2048]);
  });

  test('a Secret in JSON, with stringData, or inside a List inside a List is read', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'k' },
      stringData: { 'tls.key': read('keys/rsa2048-pkcs1.key') },
    };
    const list = { items: [{ kind: 'List', items: [secret] }, { kind: 'ConfigMap' }], apiVersion: 'v1', kind: 'List' };
    expect(await ids(JSON.stringify(secret))).toEqual([rsa2048]);
    expect(await ids(JSON.stringify(list))).toEqual([rsa2048]);
  });

  test('Secrets in JSON one after another, as jq prints them, are read', async () => {
    const secret = (file: string) => JSON.stringify({ kind: 'Secret', data: { 'tls.key': base64(read(file)) } });
    const text = `${secret('keys/rsa2048-pkcs1.key')}\n${secret('keys/second2048-pkcs8.key')}\n`;
    expect(await ids(text)).toEqual([rsa2048, '8c0e8b24bffe426c5d46fa38a7b78017']);
  });

  test('a stored key keeps working when its certificate comes with an authority that is not RSA', async () => {
    const chain = read('certs/rsa2048.crt') + read('certs/ec.crt');
    const data = { 'tls.key': base64(read('keys/rsa2048-pkcs8.key')), 'tls.crt': base64(chain) };
    const pair = await keyPairFromSecret({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'k' }, data });
    expect(pair.certificate?.keyId).toBe(rsa2048);
  });

  test('a Secret keeps its name and its time', async () => {
    const metadata = { name: 'sealed-secrets-keyabc', creationTimestamp: '2026-01-02T03:04:05Z' };
    const data = { 'tls.key': base64(read('keys/rsa2048-pkcs8.key')), 'tls.crt': base64(read('certs/rsa2048.crt')) };
    expect(await keyPairFromSecret({ apiVersion: 'v1', kind: 'Secret', metadata, data })).toMatchObject({
      secretName: 'sealed-secrets-keyabc',
      createdAt: new Date('2026-01-02T03:04:05Z'),
      certificate: { keyId: rsa2048 },
    });
  });

  test('a stored key whose certificate is another key’s is refused', async () => {
    const data = { 'tls.key': base64(read('keys/rsa2048-pkcs8.key')), 'tls.crt': base64(read('certs/other2048.crt')) };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'k' }, data };
    await expect(keyPairFromSecret(secret)).rejects.toMatchObject({ code: 'KEY_MISMATCH' });
    expect(await ids(JSON.stringify(secret))).toEqual([rsa2048]);
  });
});

describe('what is no usable private key', () => {
  const encrypted = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const good = read('keys/rsa2048-pkcs1.key');
  const secret = (data: unknown) => JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'k' }, data });

  test.each<[string, string, string]>([
    ['an empty file', ' \n', 'KEY_MISSING'],
    ['any other text', 'hello', 'KEY_MISSING'],
    ['a certificate', read('certs/rsa2048.crt'), 'CERTIFICATE_GIVEN'],
    ['a public key', read('certs/public-key.pem'), 'PUBLIC_KEY_GIVEN'],
    ['an EC key in SEC 1', read('keys/ec.key'), 'NOT_RSA'],
    ['an EC key in PKCS#8', ec as string, 'NOT_RSA'],
    ['an encrypted PKCS#8 key', encrypted.privateKey, 'KEY_ENCRYPTED'],
    [
      'an encrypted PKCS#1 key',
      good.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n'),
      'KEY_ENCRYPTED',
    ],
    ['a key cut in half', good.slice(0, good.length / 2), 'KEY_DAMAGED'],
    ['a key with a line missing', good.split('\n').toSpliced(5, 1).join('\n'), 'KEY_DAMAGED'],
    ['a Secret without tls.key', secret({ a: 'YQ==' }), 'KEY_MISSING'],
    ['a Secret with an empty tls.key', secret({ 'tls.key': '' }), 'KEY_MISSING'],
    ['a Secret whose tls.key is not base64', secret({ 'tls.key': 'a b' }), 'KEY_DAMAGED'],
    ['a Secret whose data is a list', secret([]), 'KEY_DAMAGED'],
    ['an empty List', '{"kind":"List","items":[]}', 'KEY_MISSING'],
    ['YAML that is none', 'kind: Secret\n\t- {', 'KEY_DAMAGED'],
    ['YAML that refers to nothing', 'kind: Secret\nmetadata: *MIIhunter2', 'KEY_DAMAGED'],
    [
      'YAML whose aliases multiply',
      `kind: Secret\na0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('')}`,
      'KEY_DAMAGED',
    ],
    ['YAML nested without end', `kind: ${'['.repeat(20_000)}`, 'KEY_DAMAGED'],
    ['a Helm template', 'kind: Secret\nmetadata: {name: {{ .x }}}\ndata: {tls.key: MIIabc}\n', 'KEY_DAMAGED'],
    [
      'a key as OpenSSH writes it',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
      'KEY_FORMAT',
    ],
    ['a SealedSecret', read('vectors/strict-2048.yaml'), 'KEY_MISSING'],
  ])('%s is refused', async (_, text, code) => {
    const error = await importKeyPairs(text).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'FormatError', code });
    expect(error.message).not.toMatch(/MII|BEGIN/);
  });
});
