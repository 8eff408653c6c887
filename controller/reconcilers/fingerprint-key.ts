// The key of the fingerprints that stand in statuses: made once, kept in a Secret next to the controller.

import type { KubeApi } from '../../src/kube/api.ts';
import { isAlreadyExists, isNotFound } from '../../src/kube/errors.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';

/** The Secret that holds it. */
export const fingerprintSecret = 'sealwright-fingerprint-key';
/** Field manager of Secrets that are the controller's own: the one of produced Secrets would make them look produced. */
export const keyManager = 'sealwright-keys';
const item = 'key';
const keyLength = 32;

/** Reads the key, or makes it. Of two replicas that make one at once, both get the first. Throws `ApiError`. */
export async function loadFingerprintKey(kube: KubeApi, namespace: string, signal?: AbortSignal): Promise<Uint8Array> {
  const at = { namespace, name: fingerprintSecret };
  const stored = await read(kube, at, signal);
  if (stored) return stored;
  const key = crypto.getRandomValues(new Uint8Array(keyLength));
  const data = { [item]: Buffer.from(key).toString('base64') };
  try {
    await kube.create<Secret>(
      resources.secret,
      { apiVersion: 'v1', kind: 'Secret', metadata: at, data },
      { fieldManager: keyManager, signal },
    );
    return key;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    // What is there is no key of ours: this process keeps its own, and a restart opens everything once.
    return (await read(kube, at, signal)) ?? key;
  }
}

async function read(
  kube: KubeApi,
  at: { namespace: string; name: string },
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const { data } = await kube.get<Secret>(resources.secret, at, { signal });
    const key = Buffer.from(data?.[item] ?? '', 'base64');
    return key.byteLength >= keyLength ? new Uint8Array(key) : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
