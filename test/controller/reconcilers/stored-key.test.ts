// Keys that the controller makes once and keeps in a Secret.

import { describe, expect, it } from 'vitest';
import { loadFingerprintKey, loadMacKey } from '../../../controller/reconcilers/fingerprint-key.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import type { Secret } from '../../../src/kube/objects.ts';

const refusal = (status: number, reason: string) => new ApiError('KUBE', reason, { status, reason });

/** A cluster that keeps Secrets by name. `beforeCreate` is what another replica does just then. */
function cluster(secrets: Record<string, Secret> = {}, beforeCreate: () => void = () => undefined) {
  const kube = {
    get: async (_: unknown, { namespace, name }: { namespace: string; name: string }) => {
      const found = secrets[`${namespace}/${name}`];
      if (!found) throw refusal(404, 'NotFound');
      return found;
    },
    create: async (_: unknown, secret: Secret) => {
      beforeCreate();
      const at = `${secret.metadata.namespace}/${secret.metadata.name}`;
      if (secrets[at]) throw refusal(409, 'AlreadyExists');
      secrets[at] = secret;
      return secret;
    },
  } as unknown as KubeApi;
  return { kube, secrets };
}

const secret = (data: Record<string, string>): Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: {}, data });

describe('the key of secretMAC', () => {
  const at = 'sealwright/vso-cc-storage-hmac-key';

  it('is made once: 16 bytes in an immutable Secret', async () => {
    const { kube, secrets } = cluster();
    const key = await loadMacKey(kube, 'sealwright');
    expect(key).toHaveLength(16);
    expect(secrets[at]).toMatchObject({ immutable: true, data: { key: Buffer.from(key).toString('base64') } });
    expect(await loadMacKey(kube, 'sealwright')).toEqual(key);
  });

  it('is the one that the reference operator left', async () => {
    const { kube, secrets } = cluster({ [at]: secret({ key: 'MDEyMzQ1Njc4OWFiY2RlZg==' }) });
    expect(Buffer.from(await loadMacKey(kube, 'sealwright')).toString()).toBe('0123456789abcdef');
    expect(Object.keys(secrets)).toEqual([at]);
  });

  it('is the first of two that are made at once', async () => {
    const world = cluster({}, () => {
      world.secrets[at] ??= secret({ key: 'MDEyMzQ1Njc4OWFiY2RlZg==' });
    });
    expect(Buffer.from(await loadMacKey(world.kube, 'sealwright')).toString()).toBe('0123456789abcdef');
  });

  it('is of this process alone where something else has the name', async () => {
    const { kube, secrets } = cluster({ [at]: secret({ key: 'c2hvcnQ=' }) });
    expect(await loadMacKey(kube, 'sealwright')).toHaveLength(16);
    expect(secrets[at]).toEqual(secret({ key: 'c2hvcnQ=' }));
  });
});

it('the key of fingerprints is one of its own, with 32 bytes', async () => {
  const { kube, secrets } = cluster();
  expect(await loadFingerprintKey(kube, 'sealwright')).toHaveLength(32);
  expect(Object.keys(secrets)).toEqual(['sealwright/sealwright-fingerprint-key']);
  expect(secrets['sealwright/sealwright-fingerprint-key']).not.toHaveProperty('immutable');
});
