// What memory keeps of a SealedSecret, and how its ciphertext comes back.

import { describe, expect, it } from 'vitest';
import {
  ciphertextDigest,
  keptSealedSecret,
  withCiphertext,
} from '../../../controller/reconcilers/kept-sealed-secret.ts';
import type { SealedSecret } from '../../../src/kube/objects.ts';

const signal = new AbortController().signal;
const nobody = {
  get: async () => {
    throw new Error('nobody was to be asked');
  },
};

function sealedSecret(change: Partial<SealedSecret> = {}): SealedSecret {
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { namespace: 'shop', name: 'db', uid: 'u', resourceVersion: '7', generation: 2 },
    spec: {
      encryptedData: { user: 'AgBuser', password: 'AgBpassword' },
      template: { type: 'Opaque', data: { url: 'db://{{ .user }}' } },
    },
    status: { observedGeneration: 2, conditions: [{ type: 'Ready', status: 'True' }] },
    ...change,
  };
}

const kept = (object: SealedSecret) => keptSealedSecret(object).object;

/** An API server that has `object`. */
const having = (object: SealedSecret) => ({ get: async <T>() => object as T });

describe('a SealedSecret in memory', () => {
  it('has no ciphertext once its Secret is made, and everything else', () => {
    const { spec, metadata, status } = kept(sealedSecret());
    expect(spec.encryptedData).toEqual({ user: '', password: '' });
    expect(spec.template).toEqual(sealedSecret().spec.template);
    expect({ metadata: { ...metadata, annotations: undefined }, status }).toEqual({
      metadata: sealedSecret().metadata,
      status: sealedSecret().status,
    });
    expect(JSON.stringify(kept(sealedSecret()))).not.toContain('AgB');
  });

  it.each([
    ['whose status is missing', { status: undefined }],
    [
      'whose status tells of an earlier generation',
      { status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] } },
    ],
    ['that is not ready', { status: { observedGeneration: 2, conditions: [{ type: 'Ready', status: 'False' }] } }],
    ['whose definition counts no generations', { metadata: { namespace: 'shop', name: 'db', uid: 'u' }, status: {} }],
  ] as [string, Partial<SealedSecret>][])('%s has its ciphertext', async (_, change) => {
    const object = kept(sealedSecret(change));
    expect(object.spec).toEqual(sealedSecret().spec);
    expect(await withCiphertext(object, nobody, signal)).toBe(object);
  });

  it('is known by its ciphertext as before, in whatever order its items come', () => {
    const { encryptedData } = sealedSecret().spec;
    const turned = { spec: { encryptedData: Object.fromEntries(Object.entries(encryptedData ?? {}).reverse()) } };
    const digest = ciphertextDigest(sealedSecret());
    expect(ciphertextDigest(kept(sealedSecret()))).toBe(digest);
    expect(ciphertextDigest(kept(sealedSecret(turned)))).toBe(digest);
    for (const other of [{ user: 'AgBuser' }, { user: 'AgBpassword', password: 'AgBuser' }, {}]) {
      expect(ciphertextDigest(kept(sealedSecret({ spec: { encryptedData: other } })))).not.toBe(digest);
    }
  });

  it('is known by ciphertext that is empty, and not by that nothing was kept', () => {
    const empty = sealedSecret({ spec: { encryptedData: { user: '', password: '' } } });
    expect(ciphertextDigest(empty)).not.toBe(ciphertextDigest(kept(sealedSecret())));
  });

  it('gets its ciphertext back from the API server', async () => {
    const object = kept(sealedSecret());
    const whole = await withCiphertext(object, having(sealedSecret()), signal);
    expect(whole).toEqual({ ...object, spec: sealedSecret().spec });
    expect(ciphertextDigest(whole)).toBe(ciphertextDigest(object));
    expect(await withCiphertext(whole, nobody, signal)).toBe(whole);
  });

  it('waits for its change where it has another ciphertext by now', async () => {
    const changed = sealedSecret({ spec: { encryptedData: { user: 'AgBother', password: 'AgBpassword' } } });
    const asking = withCiphertext(kept(sealedSecret()), having(changed), signal);
    await expect(asking).rejects.toMatchObject({ code: 'WAITING', reason: 'Conflict' });
  });

  it('keeps a whole Secret in one value, and what is no map of items, as it is', () => {
    for (const spec of [{ data: 'AgBlegacy' }, { encryptedData: null }, { encryptedData: ['AgB'] }]) {
      expect(kept(sealedSecret({ spec: spec as SealedSecret['spec'] })).spec).toEqual(spec);
    }
  });
});
