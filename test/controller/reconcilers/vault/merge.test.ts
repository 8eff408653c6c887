// A VaultAuth with what its VaultAuthGlobal says where it says nothing itself.

import { describe, expect, it } from 'vitest';
import { mergedAuth } from '../../../../controller/reconcilers/vault/merge.ts';
import type { MergeStrategy, VaultAuthGlobalSpec, VaultAuthSpec } from '../../../../src/kube/vault-secrets.ts';

const role = { kubernetes: { role: 'own' } };

describe('method, mount, Vault namespace and connection', () => {
  const full: VaultAuthGlobalSpec = {
    vaultConnectionRef: 'global',
    defaultAuthMethod: 'kubernetes',
    defaultMount: 'default-mount',
    defaultVaultNamespace: 'default-ns',
    kubernetes: { mount: 'block-mount', namespace: 'block-ns', role: 'block' },
  };

  it('are the VaultAuth’s where it names them', () => {
    const own = { method: 'jwt', mount: 'm', namespace: 'n', vaultConnectionRef: 'c' } as const;
    expect(mergedAuth(own, full)).toMatchObject(own);
  });

  it('else those of the block of the method, else the defaults', () => {
    expect(mergedAuth({}, full)).toMatchObject({
      method: 'kubernetes',
      mount: 'block-mount',
      namespace: 'block-ns',
      vaultConnectionRef: 'global',
      kubernetes: { role: 'block' },
    });
    expect(mergedAuth({ method: 'jwt' }, full)).toMatchObject({ mount: 'default-mount', namespace: 'default-ns' });
  });

  it('count as not named when they are empty', () => {
    const empty = { method: undefined, mount: '', namespace: '', vaultConnectionRef: '' } as unknown as VaultAuthSpec;
    expect(mergedAuth(empty, full)).toMatchObject({
      method: 'kubernetes',
      mount: 'block-mount',
      namespace: 'block-ns',
    });
  });

  it('may be missing in both, and without a VaultAuthGlobal', () => {
    expect(mergedAuth({}, {})).toMatchObject({ method: undefined, mount: undefined, headers: {} });
    expect(mergedAuth({ method: 'kubernetes', mount: 'k', ...role })).toMatchObject({ mount: 'k', ...role });
  });
});

describe('the settings of the method', () => {
  it('are taken field by field', () => {
    const auth: VaultAuthSpec = { method: 'kubernetes', kubernetes: { role: 'own', audiences: [] } };
    const global: VaultAuthGlobalSpec = {
      kubernetes: { role: 'global', serviceAccount: 'sa', audiences: ['vault'], tokenExpirationSeconds: 900 },
    };
    expect(mergedAuth(auth, global).kubernetes).toEqual({
      role: 'own',
      serviceAccount: 'sa',
      audiences: ['vault'],
      tokenExpirationSeconds: 900,
    });
  });

  it('are those of the method alone, without what the block says beside them', () => {
    const global: VaultAuthGlobalSpec = {
      jwt: { role: 'j', mount: 'm', namespace: 'n', headers: { a: '1' }, params: { b: '2' } },
      kubernetes: { role: 'k' },
    };
    const merged = mergedAuth({ method: 'jwt', ...role }, global);
    expect(merged.jwt).toEqual({ role: 'j' });
    expect(merged.kubernetes).toBeUndefined();
  });

  it('never mix two ways to a secret id', () => {
    const global: VaultAuthGlobalSpec = { appRole: { roleId: 'r', secretRef: 'global' } };
    const of = (appRole: VaultAuthSpec['appRole']) =>
      mergedAuth({ method: 'appRole', ...(appRole && { appRole }) }, global);
    expect(of(undefined).appRole).toEqual({ roleId: 'r', secretRef: 'global' });
    expect(of({ secretIDPath: '/run/id' }).appRole).toEqual({ roleId: 'r', secretIDPath: '/run/id' });
    expect(of({ secretRef: 'own' }).appRole).toEqual({ roleId: 'r', secretRef: 'own' });
  });

  it('do not change what was merged', () => {
    const auth: VaultAuthSpec = { method: 'appRole', appRole: { secretIDPath: '/run/id' } };
    const global: VaultAuthGlobalSpec = { appRole: { roleId: 'r', secretRef: 'g', mount: 'm' }, headers: { a: '1' } };
    const before = structuredClone([auth, global]);
    mergedAuth(auth, global);
    expect([auth, global]).toEqual(before);
  });
});

describe('headers', () => {
  const global: VaultAuthGlobalSpec = {
    headers: { all: 'global', common: 'global' },
    kubernetes: { headers: { common: 'block', block: 'block' } },
  };
  const merged = (headers: MergeStrategy | undefined, own?: Record<string, string>, from = global) =>
    mergedAuth(
      {
        method: 'kubernetes',
        vaultAuthGlobalRef: { name: 'g', ...(headers && { mergeStrategy: { headers } }) },
        ...(own && { headers: own }),
      },
      from,
    ).headers;

  it.each([undefined, 'none'] as const)('with %s are the VaultAuth’s alone', (strategy) => {
    expect(merged(strategy, { own: '1' })).toEqual({ own: '1' });
    expect(merged(strategy)).toEqual({});
  });

  it('with union are all, and what is nearer goes before', () => {
    expect(merged('union', { common: 'own', own: '1' })).toEqual({
      all: 'global',
      block: 'block',
      common: 'own',
      own: '1',
    });
    expect(merged('union')).toEqual({ all: 'global', block: 'block', common: 'block' });
  });

  it('with replace are the nearest that are any', () => {
    expect(merged('replace', { own: '1' })).toEqual({ own: '1' });
    expect(merged('replace', {})).toEqual({ common: 'block', block: 'block' });
    expect(merged('replace', undefined, { headers: { all: '1' }, kubernetes: { headers: {} } })).toEqual({ all: '1' });
    expect(merged('replace', undefined, {})).toEqual({});
  });
});
