// The public halves of the keys that a cluster has.

import { certificateConfigMap, certificateItem } from '../../keys/cluster-certificate.ts';
import { isKeySecret, keySelector } from '../../keys/storage.ts';
import { base64Decode } from '../../src/encoding/base64.ts';
import { utf8Text } from '../../src/encoding/bytes.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { isForbidden } from '../../src/kube/errors.ts';
import type { ConfigMap, Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { type Certificate, parseCertificates } from '../../src/seal/certificate.ts';
import type { KeyFacts } from './facts.ts';

/**
 * From the key Secrets where they may be read: of these only the certificate is looked at. Else the certificate that the
 * controller publishes, which is one of them. Throws `ApiError`.
 */
export async function clusterKeys(api: KubeApi, namespace: string): Promise<KeyFacts> {
  try {
    const { items } = await api.list<Secret>(resources.secret, { namespace, labelSelector: keySelector });
    const found = await Promise.all(
      items.filter(isKeySecret).map(({ data }) => certificatesIn(decoded(data?.['tls.crt']))),
    );
    // Without any the keys are somewhere else.
    if (found.length > 0)
      return { known: found.flat().map(keyOf), isComplete: found.every(({ length }) => length > 0) };
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  const { data } = await api.get<ConfigMap>(resources.configMap, { namespace, name: certificateConfigMap });
  return { known: (await certificatesIn(data?.[certificateItem] ?? '')).map(keyOf), isComplete: false };
}

const keyOf = ({ keyId, bits }: Certificate) => ({ id: keyId, bits });

function decoded(text: string | undefined): string {
  try {
    return utf8Text(base64Decode(text ?? ''));
  } catch {
    return '';
  }
}

async function certificatesIn(pem: string): Promise<Certificate[]> {
  try {
    return await parseCertificates(pem);
  } catch {
    return [];
  }
}
