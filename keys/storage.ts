// Key pairs in the cluster: labelled TLS Secrets in the controller's namespace, as an existing installation has them.

import { base64Encode } from '../src/encoding/base64.ts';
import { utf8Bytes } from '../src/encoding/bytes.ts';
import { serializePem } from '../src/encoding/pem.ts';
import { pkcs1FromPkcs8 } from '../src/encoding/rsa-key.ts';
import type { KubeApi, WriteOptions } from '../src/kube/api.ts';
import type { Secret } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import type { KeyPair } from './key-pair.ts';

/** The label of key Secrets. Only the value `active` counts; people retire a key by any other (Sealed Secrets 0.36). */
export const keyLabel = 'sealedsecrets.bitnami.com/sealed-secrets-key';

/** Selects the key Secrets that are in use. */
export const keySelector = `${keyLabel}=active`;

/** Start of every key Secret's name, and the whole name of the one that versions before 0.7 made, without a label. */
export const keyNamePrefix = 'sealed-secrets-key';

/** Whether `secret` is a key Secret in use, by label or by its legacy name. */
export function isKeySecret({ metadata }: Pick<Secret, 'metadata'>): boolean {
  const label = metadata.labels?.[keyLabel];
  return label === 'active' || (label === undefined && metadata.name === keyNamePrefix);
}

/** What is stored, and where. */
export interface SaveOptions extends Pick<WriteOptions, 'fieldManager' | 'signal'> {
  namespace: string;
  pair: KeyPair & { certificate: Certificate };
  /** The Secret's name, so that of two who store at once only one succeeds. Default: the cluster makes one up. */
  name?: string | undefined;
}

/**
 * Stores a key pair as a new Secret and returns it with the name and time that the cluster gave. Never writes over a Secret:
 * throws `ApiError` (`AlreadyExists`) where the name is taken.
 */
export async function saveKeyPair(
  api: Pick<KubeApi, 'create'>,
  { namespace, pair, name, ...options }: SaveOptions,
): Promise<KeyPair & { certificate: Certificate }> {
  const { metadata } = await api.create(resources.secret, keySecret(namespace, pair, name), options);
  const createdAt = metadata.creationTimestamp ? new Date(metadata.creationTimestamp) : pair.createdAt;
  return { ...pair, createdAt, secretName: metadata.name };
}

/** The Secret that keeps a key pair, in the reference's form: PKCS#1 in `tls.key`. What it returns is secret. */
export function keySecret(
  namespace: string,
  { pkcs8, certificate }: KeyPair & { certificate: Certificate },
  name?: string,
): Secret {
  const key = serializePem('RSA PRIVATE KEY', pkcs1FromPkcs8(pkcs8.reveal()));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...(name === undefined ? { generateName: keyNamePrefix } : { name }),
      namespace,
      labels: { [keyLabel]: 'active' },
    },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64Encode(utf8Bytes(certificate.pem)), 'tls.key': base64Encode(utf8Bytes(key)) },
  };
}
