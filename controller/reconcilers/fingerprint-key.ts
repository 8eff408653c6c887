// The keys of digests that stand in statuses: of fingerprints, and of VaultStaticSecrets' `secretMAC`.

import type { KubeApi } from '../../src/kube/api.ts';
import { macKeyLength } from '../stores/data/static/mac.ts';
import { loadStoredKey, type StoredKey } from './stored-key.ts';

const fingerprintKey: StoredKey = { secret: 'sealwright-fingerprint-key', item: 'key', length: 32 };

// As Vault Secrets Operator 1.4 keeps it: where it ran in the controller's namespace, digests that it wrote stay what they were.
const macKey: StoredKey = { secret: 'vso-cc-storage-hmac-key', item: 'key', length: macKeyLength, immutable: true };

/** The key of fingerprints. When it is lost, everything is opened once. Throws `ApiError`. */
export function loadFingerprintKey(kube: KubeApi, namespace: string, signal?: AbortSignal): Promise<Uint8Array> {
  return loadStoredKey(kube, namespace, fingerprintKey, signal);
}

/** The key of `secretMAC`. When it is lost, each status is written once with another digest, and no Secret. Throws `ApiError`. */
export function loadMacKey(kube: KubeApi, namespace: string, signal?: AbortSignal): Promise<Uint8Array> {
  return loadStoredKey(kube, namespace, macKey, signal);
}
