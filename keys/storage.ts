// Key pairs in the cluster: labelled TLS Secrets in the controller's namespace, as an existing installation has them.

import { base64Encode } from '../src/encoding/base64.ts';
import { utf8Bytes } from '../src/encoding/bytes.ts';
import { serializePem } from '../src/encoding/pem.ts';
import { pkcs1FromPkcs8 } from '../src/encoding/rsa-key.ts';
import { isSealError, type SealError } from '../src/errors.ts';
import type { CallOptions, KubeApi } from '../src/kube/api.ts';
import { isApiError } from '../src/kube/errors.ts';
import type { Secret } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { keyPairFromSecret } from './import.ts';
import type { KeyPair } from './key-pair.ts';

/** The label of key Secrets. Only the value `active` counts; people retire a key by any other (Sealed Secrets 0.36). */
export const keyLabel = 'sealedsecrets.bitnami.com/sealed-secrets-key';

/** Selects the key Secrets that are in use. */
export const keySelector = `${keyLabel}=active`;

/** Start of every key Secret's name, and the whole name of the one that versions before 0.7 made, without a label. */
export const keyNamePrefix = 'sealed-secrets-key';

/** A key Secret that cannot be used. */
export interface KeyProblem {
  secretName: string;
  error: SealError;
}

/** What a namespace holds. */
export interface StoredKeys {
  pairs: KeyPair[];
  /** Damaged key Secrets, to be reported; the others work all the same. */
  problems: KeyProblem[];
}

/** Loads every key pair of `namespace`. Throws `ApiError` when the cluster cannot be asked. */
export async function loadKeyPairs(
  api: Pick<KubeApi, 'get' | 'pages'>,
  { namespace, signal }: { namespace: string } & CallOptions,
): Promise<StoredKeys> {
  const stored: StoredKeys = { pairs: [], problems: [] };
  const secrets = api.pages<Secret>(resources.secret, { namespace, labelSelector: keySelector, signal });
  for await (const page of secrets) {
    for (const secret of page.items) await read(secret, stored);
  }
  const legacy = await legacySecret(api, namespace, signal);
  if (legacy !== undefined) await read(legacy, stored);
  return stored;
}

/** Whether `secret` is a key Secret in use, by label or by its legacy name. */
export function isKeySecret({ metadata }: Pick<Secret, 'metadata'>): boolean {
  const label = metadata.labels?.[keyLabel];
  return label === 'active' || (label === undefined && metadata.name === keyNamePrefix);
}

/** Stores a key pair as a new Secret and returns it with the name and time that the cluster gave. */
export async function saveKeyPair(
  api: Pick<KubeApi, 'create'>,
  { namespace, pair, signal }: { namespace: string; pair: KeyPair & { certificate: Certificate } } & CallOptions,
): Promise<KeyPair & { certificate: Certificate }> {
  const { metadata } = await api.create(resources.secret, keySecret(namespace, pair), { signal });
  const createdAt = metadata.creationTimestamp ? new Date(metadata.creationTimestamp) : pair.createdAt;
  return { ...pair, createdAt, secretName: metadata.name };
}

/** The Secret that keeps a key pair, in the reference's form: PKCS#1 in `tls.key`. What it returns is secret. */
export function keySecret(namespace: string, { pkcs8, certificate }: KeyPair & { certificate: Certificate }): Secret {
  const key = serializePem('RSA PRIVATE KEY', pkcs1FromPkcs8(pkcs8.reveal()));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { generateName: keyNamePrefix, namespace, labels: { [keyLabel]: 'active' } },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64Encode(utf8Bytes(certificate.pem)), 'tls.key': base64Encode(utf8Bytes(key)) },
  };
}

async function read(secret: Secret, stored: StoredKeys): Promise<void> {
  try {
    const pair = await keyPairFromSecret(secret);
    if (!stored.pairs.some(({ id }) => id === pair.id)) stored.pairs.push(pair);
  } catch (error) {
    if (!isSealError(error)) throw error;
    stored.problems.push({ secretName: secret.metadata.name ?? '', error });
  }
}

// It carries no label, or the list has found it already; relabelled, it was retired.
async function legacySecret(
  api: Pick<KubeApi, 'get'>,
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<Secret | undefined> {
  try {
    const secret = await api.get<Secret>(resources.secret, { namespace, name: keyNamePrefix }, { signal });
    return secret.metadata.labels?.[keyLabel] === undefined ? secret : undefined;
  } catch (error) {
    if (isApiError(error) && error.status === 404) return undefined;
    throw error;
  }
}
