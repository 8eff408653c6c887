import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importKeyPairs } from '../../keys/import.ts';
import type { KeyPair } from '../../keys/key-pair.ts';
import { isKeySecret, keyLabel, keySecret, loadKeyPairs, saveKeyPair } from '../../keys/storage.ts';
import type { KubeApi, ListOptions, ObjectName } from '../../src/kube/api.ts';
import { ApiError } from '../../src/kube/errors.ts';
import type { KubeList, KubeObject, Secret } from '../../src/kube/objects.ts';
import type { Resource } from '../../src/kube/resources.ts';
import { type Certificate, parseCertificates } from '../../src/seal/certificate.ts';

const root = new URL('../vectors/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

async function pair(name: string): Promise<KeyPair & { certificate: Certificate }> {
  const [key] = await importKeyPairs(read(`keys/${name}-pkcs8.key`));
  return { ...key!, certificate: (await parseCertificates(read(`certs/${name}.crt`)))[0]! };
}

/** A namespace of Secrets, served two a page. */
class FakeCluster implements Pick<KubeApi, 'get' | 'pages' | 'create'> {
  readonly secrets: Secret[] = [];

  async get<T extends KubeObject>(_: Resource, { name }: ObjectName): Promise<T> {
    const found = this.secrets.find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new ApiError('NOT_FOUND', `no Secret ${name}`, { status: 404, reason: 'NotFound' });
    return found as KubeObject as T;
  }

  async *pages<T extends KubeObject>(_: Resource, options: ListOptions = {}): AsyncIterable<KubeList<T>> {
    const [key = '', value] = options.labelSelector?.split('=') ?? [];
    const matching = this.secrets.filter(({ metadata }) => metadata.labels?.[key] === value);
    for (let start = 0; start < matching.length; start += 2) {
      const items = matching.slice(start, start + 2) as KubeObject[] as T[];
      yield { apiVersion: 'v1', kind: 'SecretList', metadata: {}, items };
    }
  }

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
const third = await pair('other2048');

describe('key pairs in the cluster', () => {
  test('what is saved is loaded, with name and time, over several pages', async () => {
    const cluster = new FakeCluster();
    for (const key of [first, second, third]) await saveKeyPair(cluster, { namespace, pair: key });
    const { pairs, problems } = await loadKeyPairs(cluster, { namespace });
    expect(problems).toEqual([]);
    expect(pairs.map(({ id }) => id)).toEqual([first.id, second.id, third.id]);
    expect(pairs[1]).toMatchObject({ secretName: 'sealed-secrets-key1', createdAt: new Date('2026-01-02T00:00:00Z') });
    expect(pairs.every(({ certificate }) => certificate !== undefined)).toBe(true);
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

  test('a damaged one is reported by name, and the others work', async () => {
    const cluster = new FakeCluster();
    await saveKeyPair(cluster, { namespace, pair: first });
    const broken = keySecret(namespace, second);
    await cluster.create({} as Resource, { ...broken, data: { ...broken.data, 'tls.key': 'bm8ga2V5' } } as Secret);
    await cluster.create({} as Resource, { ...broken, data: { ...broken.data, 'tls.crt': 'bm8gY2VydA==' } } as Secret);
    const { pairs, problems } = await loadKeyPairs(cluster, { namespace });
    expect(pairs.map(({ id }) => id)).toEqual([first.id]);
    expect(problems.map(({ secretName, error }) => [secretName, error.code])).toEqual([
      ['sealed-secrets-key1', 'KEY_MISSING'],
      ['sealed-secrets-key2', 'NO_CERTIFICATE'],
    ]);
  });

  test('retired keys are left out, the unlabelled one of old installations is not', async () => {
    const cluster = new FakeCluster();
    const labelled = (key: typeof first, name: string, labels: Record<string, string>) =>
      cluster.create({} as Resource, { ...keySecret(namespace, key), metadata: { name, namespace, labels } });
    await labelled(first, 'sealed-secrets-key', {});
    await labelled(second, 'sealed-secrets-keyabc', { [keyLabel]: 'compromised' });
    await labelled(third, 'sealed-secrets-keydef', { [keyLabel]: 'active' });
    const { pairs } = await loadKeyPairs(cluster, { namespace });
    expect(pairs.map(({ id }) => id).sort()).toEqual([first.id, third.id].sort());
    expect(cluster.secrets.map(isKeySecret)).toEqual([true, false, true]);
    cluster.secrets[0]!.metadata.labels = { [keyLabel]: 'compromised' };
    expect((await loadKeyPairs(cluster, { namespace })).pairs.map(({ id }) => id)).toEqual([third.id]);
  });

  test('a cluster that cannot be asked is an error, not an empty set', async () => {
    const cluster = new FakeCluster();
    cluster.get = () => Promise.reject(new ApiError('FORBIDDEN', 'may not get', { status: 403, reason: 'Forbidden' }));
    await expect(loadKeyPairs(cluster, { namespace })).rejects.toMatchObject({ status: 403 });
  });
});
