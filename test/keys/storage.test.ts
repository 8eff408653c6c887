// Key pairs as Secrets: what is stored, and what is taken for one.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importKeyPairs, keyPairFromSecret } from '../../keys/import.ts';
import type { KeyPair } from '../../keys/key-pair.ts';
import { isKeySecret, keyLabel, keySecret, saveKeyPair } from '../../keys/storage.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { KubeObject, Secret } from '../../src/kube/objects.ts';
import type { Resource } from '../../src/kube/resources.ts';
import { type Certificate, parseCertificates } from '../../src/seal/certificate.ts';

const root = new URL('../vectors/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

async function pair(name: string): Promise<KeyPair & { certificate: Certificate }> {
  const [key] = await importKeyPairs(read(`keys/${name}-pkcs8.key`));
  return { ...key!, certificate: (await parseCertificates(read(`certs/${name}.crt`)))[0]! };
}

/** A namespace of Secrets. */
class FakeCluster implements Pick<KubeApi, 'create'> {
  readonly secrets: Secret[] = [];

  async create<T extends KubeObject>(_: Resource, object: T): Promise<T> {
    const name = object.metadata.name ?? `${object.metadata.generateName}${this.secrets.length}`;
    const metadata = { ...object.metadata, name, creationTimestamp: `2026-01-0${this.secrets.length + 1}T00:00:00Z` };
    const stored = { ...object, metadata };
    this.secrets.push(stored as KubeObject as Secret);
    return stored;
  }
}

const namespace = 'kube-system';
const first = await pair('rsa2048');
const second = await pair('second2048');

describe('key pairs in the cluster', () => {
  test('what is saved is read back, with name and time', async () => {
    const cluster = new FakeCluster();
    const saved = [
      await saveKeyPair(cluster, { namespace, pair: first }),
      await saveKeyPair(cluster, { namespace, pair: second, name: 'sealed-secrets-keyabc' }),
    ];
    const read = await Promise.all(cluster.secrets.map(keyPairFromSecret));
    const facts = (pairs: readonly KeyPair[]) =>
      pairs.map(({ id, secretName, createdAt, certificate }) => [id, secretName, createdAt, certificate?.fingerprint]);
    expect(facts(read)).toEqual(facts(saved));
    expect(read.map(({ secretName }) => secretName)).toEqual(['sealed-secrets-key0', 'sealed-secrets-keyabc']);
  });

  test('a key Secret has the reference’s form: label, type, PKCS#1', () => {
    const secret = keySecret(namespace, first);
    expect(secret).toMatchObject({
      metadata: { generateName: 'sealed-secrets-key', namespace, labels: { [keyLabel]: 'active' } },
      type: 'kubernetes.io/tls',
    });
    const text = (item: string) => Buffer.from(secret.data?.[item] ?? '', 'base64').toString();
    expect(text('tls.key')).toBe(read('keys/rsa2048-pkcs1.key'));
    expect(text('tls.crt').trim()).toBe(read('certs/rsa2048.crt').trim());
  });

  test.each([
    ['labelled active', 'sealed-secrets-keydef', { [keyLabel]: 'active' }, true],
    ['retired', 'sealed-secrets-keyabc', { [keyLabel]: 'compromised' }, false],
    ['the unlabelled one of old installations', 'sealed-secrets-key', {}, true],
    ['the one of old installations, retired', 'sealed-secrets-key', { [keyLabel]: 'compromised' }, false],
    ['any other', 'db', {}, false],
  ])('a Secret is a key or not: %s', (_, name, labels, is) => {
    expect(isKeySecret({ metadata: { name, labels } })).toBe(is);
  });
});
