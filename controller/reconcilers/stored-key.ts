// A key that the controller makes once and keeps in a Secret next to itself.

import type { KubeApi } from '../../src/kube/api.ts';
import { isAlreadyExists, isNotFound } from '../../src/kube/errors.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';

/** Field manager of Secrets that are the controller's own: the one of produced Secrets would make them look produced. */
export const keyManager = 'sealwright-keys';

/** Where a key is kept, and what one is. */
export interface StoredKey {
  /** Name of the Secret. */
  secret: string;
  item: string;
  /** Bytes of a new one; what is stored has to have as many at least. */
  length: number;
  /** Default: false. */
  immutable?: boolean;
}

/** Reads the key, or makes it. Of two replicas that make one at once, both get the first. Throws `ApiError`. */
export async function loadStoredKey(
  kube: KubeApi,
  namespace: string,
  { secret, item, length, immutable = false }: StoredKey,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const at = { namespace, name: secret };
  const stored = () => read(kube, at, { item, length }, signal);
  const before = await stored();
  if (before) return before;
  const key = crypto.getRandomValues(new Uint8Array(length));
  const data = { [item]: Buffer.from(key).toString('base64') };
  try {
    await kube.create<Secret>(
      resources.secret,
      { apiVersion: 'v1', kind: 'Secret', metadata: at, ...(immutable && { immutable }), data },
      { fieldManager: keyManager, signal },
    );
    return key;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    // What is there may be no key: this process keeps its own then, and starts anew after each restart.
    return (await stored()) ?? key;
  }
}

async function read(
  kube: KubeApi,
  at: { namespace: string; name: string },
  { item, length }: Pick<StoredKey, 'item' | 'length'>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const { data } = await kube.get<Secret>(resources.secret, at, { signal });
    const key = Buffer.from(data?.[item] ?? '', 'base64');
    return key.byteLength >= length ? new Uint8Array(key) : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
