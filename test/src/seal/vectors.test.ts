// Every vector of test/vectors: sealed by the reference tool or by hand, opened or refused exactly as the index says.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { importKeyPairs } from '../../../keys/import.ts';
import { KeyRegistry } from '../../../keys/registry.ts';
import { base64Encode } from '../../../src/encoding/base64.ts';
import type { SealedSecret, Secret } from '../../../src/kube/objects.ts';
import type { SecretBytes } from '../../../src/redact.ts';
import { parseCertificates, sealingCertificate } from '../../../src/seal/certificate.ts';
import { annotationsOfScope, type Scope } from '../../../src/seal/scope.ts';
import { sealSecret } from '../../../src/seal/seal.ts';
import { type OpenedItems, openItems, secretFrom } from '../../../src/seal/unseal.ts';
import { render } from '../../../src/template/render.ts';

interface ExpectedSecret {
  name: string;
  namespace?: string;
  type?: string;
  immutable?: boolean;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  data: Record<string, string>;
}

interface Vector {
  name: string;
  file: string;
  kind: 'manifest' | 'raw';
  madeBy: 'kubeseal' | 'hand';
  key: string;
  expect: 'opens' | 'fails';
  why?: string;
  optional?: boolean;
  secret?: ExpectedSecret;
  secrets?: ExpectedSecret[];
  raw?: { namespace?: string; name?: string; scope: Scope };
  input?: string;
  command?: string[];
}

interface Index {
  certificates: { file: string; keyId?: string; bits?: number; expect: 'accepted' | 'refused'; note?: string }[];
  keys: { file: string; holds: string[]; expect: 'accepted' | 'refused'; note?: string }[];
  vectors: Vector[];
}

const root = new URL('../../vectors/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const index = JSON.parse(read('index.json')) as Index;
const now = new Date('2026-11-22T00:00:00Z');

function documents(text: string): unknown[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((object) => object !== null);
}

function manifestsOf({ kind, file, secret, raw }: Vector): unknown[] {
  if (kind === 'manifest') return documents(read(file));
  const annotations = annotationsOfScope(raw?.scope ?? 'strict');
  const metadata = { name: secret?.name, namespace: secret?.namespace, annotations };
  const spec = { encryptedData: { value: read(file) } };
  return [{ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata, spec }];
}

function rendered({ templates, values }: OpenedItems): Map<string, SecretBytes> {
  return new Map([...templates].map(([name, source]) => [name, render(source, { name, data: values })]));
}

async function unsealAll(vector: Vector): Promise<Secret[]> {
  const opener = new KeyRegistry(await importKeyPairs(read(vector.key)));
  const secrets: Secret[] = [];
  for (const object of manifestsOf(vector)) {
    const opened = await openItems(object as SealedSecret, { opener });
    secrets.push(secretFrom(object as SealedSecret, opened, rendered(opened)));
  }
  return secrets;
}

function facts({ metadata, type = 'Opaque', immutable, data }: Secret) {
  const { name, namespace, labels, annotations } = metadata;
  return { name, namespace, type, immutable, labels, annotations, data };
}

function expectedFacts(secret: ExpectedSecret) {
  const { name, namespace, type = 'Opaque', immutable, labels, annotations, data } = secret;
  return { name, namespace, type, immutable, labels, annotations, data };
}

describe('certificates', () => {
  test.each(index.certificates)('$file is $expect', async ({ file, keyId, bits, expect: outcome }) => {
    const chosen = sealingCertificate(read(file), { now });
    if (outcome === 'refused') return expect(chosen).rejects.toMatchObject({ name: 'CertificateError' });
    expect(await chosen).toMatchObject({ keyId, bits });
  });
});

describe('private keys', () => {
  test.each(index.keys)('$file is $expect', async ({ file, holds, expect: outcome }) => {
    const imported = importKeyPairs(read(file));
    if (outcome === 'refused') return expect(imported).rejects.toMatchObject({ name: 'FormatError' });
    expect((await imported).map(({ id }) => id).sort()).toEqual([...holds].sort());
  });
});

describe('sealed values', () => {
  const opening = index.vectors.filter((vector) => vector.expect === 'opens');
  const failing = index.vectors.filter((vector) => vector.expect === 'fails');

  test.each(opening)('$name opens', async (vector) => {
    const secrets = await unsealAll(vector);
    const expected = vector.secrets ?? (vector.secret ? [vector.secret] : []);
    expect(expected.length).toBeGreaterThan(0);
    expect(secrets.map(facts)).toEqual(expected.map(expectedFacts));
  });

  test.each(failing)('$name does not open', async (vector) => {
    await expect(unsealAll(vector)).rejects.toMatchObject({
      name: expect.stringMatching(/^(?:OpenError|FormatError)$/),
    });
  });

  test('nothing is left out', () => {
    expect(opening.length + failing.length).toBe(index.vectors.length);
    expect(index.vectors.length).toBeGreaterThan(100);
  });
});

describe('plain Secrets that the reference tool sealed', () => {
  // A last word in brackets says that the result was edited by hand, so no plain Secret leads to it.
  const sealable = index.vectors.filter(({ madeBy, kind, secret, name, command }) => {
    const edited = command?.at(-1)?.startsWith('(') ?? false;
    return madeBy === 'kubeseal' && kind === 'manifest' && secret !== undefined && !edited && !/flag/.test(name);
  });

  test.each(sealable)('$name becomes the same SealedSecret here, but for its ciphertext', async (vector) => {
    const [certificate] = await parseCertificates(read('certs/rsa2048.crt'));
    const [theirs] = documents(read(vector.file)) as [SealedSecret];
    const [plain] = documents(read(vector.input ?? '')) as [Secret];
    const scope = vector.name === 'scope-cluster-no-namespace' ? 'cluster-wide' : undefined;
    const options = { certificate: certificate!, now, record: false, allowEmptyData: true, scope } as const;
    const ours = await sealSecret(plain, options);
    expect(withoutCiphertext(ours)).toEqual(withoutCiphertext(theirs));
    const opener = new KeyRegistry(await importKeyPairs(read('keys/rsa2048-pkcs1.key')));
    const opened = await openItems(ours, { opener });
    const data = vector.secret?.data ?? {};
    for (const [item, value] of opened.values) expect(base64Encode(value.reveal())).toBe(data[item]);
  });
});

function withoutCiphertext({ spec, metadata }: SealedSecret) {
  const { creationTimestamp: _, ...outer } = metadata;
  const { creationTimestamp: __, ...inner } = spec.template?.metadata ?? {};
  return {
    outer,
    template: { ...spec.template, metadata: inner },
    items: Object.keys(spec.encryptedData ?? {}).sort(),
  };
}
