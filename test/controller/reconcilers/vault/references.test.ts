// What references of secrets.hashicorp.com mean, and who may use what they lead to.

import { describe, expect, it } from 'vitest';
import { checkAllowed, found, globalKeys, refKey } from '../../../../controller/reconcilers/vault/references.ts';
import { isSealError } from '../../../../src/errors.ts';
import type { VaultAuth } from '../../../../src/kube/vault-secrets.ts';

const context = { field: 'spec.vaultAuthRef', namespace: 'shop', home: 'operator' };

const thrownBy = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (isSealError(error) && 'reason' in error) return [error.reason, `${error.message}; ${error.hints.join('; ')}`];
    throw error;
  }
  return undefined;
};

describe('a reference', () => {
  it.each([
    [undefined, 'operator/default'],
    ['', 'operator/default'],
    ['auth', 'shop/auth'],
    ['default', 'shop/default'],
    ['other/auth', 'other/auth'],
  ])('%j is %s', (text, key) => {
    expect(refKey(text, context)).toBe(key);
  });

  it.each(['a/b/c', '/auth', 'shop/', '/', ' ', 'shop/ '])('%j is none', (text) => {
    expect(thrownBy(() => refKey(text, context))?.[0]).toBe('InvalidReference');
  });
});

describe('a reference to a VaultAuthGlobal', () => {
  it.each([
    [{ name: 'g' }, ['shop/g']],
    [{ name: 'g', namespace: 'other' }, ['other/g']],
    [{ name: 'g', allowDefault: true }, ['shop/g']],
    [{ allowDefault: true }, ['shop/default', 'operator/default']],
    [{ allowDefault: true, namespace: 'other' }, ['other/default']],
  ])('%j is looked for at %j', (ref, keys) => {
    expect(globalKeys(ref, context)).toEqual(keys);
  });

  it.each([{}, { allowDefault: false }, { namespace: 'other' }])('%j is none', (ref) => {
    expect(thrownBy(() => globalKeys(ref, context))?.[0]).toBe('InvalidReference');
  });

  it('that is nowhere is told with every place', () => {
    const [reason, message] =
      thrownBy(() => found('VaultAuthGlobal', ['a/default', 'b/default'], () => undefined)) ?? [];
    expect(reason).toBe('ReferenceMissing');
    expect(message).toContain('there is no VaultAuthGlobal a/default and no b/default');
  });
});

describe('a VaultAuth', () => {
  const at = (name: string, namespace: string, allowedNamespaces?: string[]): VaultAuth => ({
    apiVersion: 'secrets.hashicorp.com/v1beta1',
    kind: 'VaultAuth',
    metadata: { name, namespace },
    spec: allowedNamespaces ? { allowedNamespaces } : {},
  });

  it.each([
    ['of the same namespace', at('auth', 'shop'), true],
    ['of the same namespace, whatever it says', at('auth', 'shop', ['nobody']), true],
    ['called default in the namespace of the controller', at('default', 'operator'), true],
    ['called default in the namespace of the controller, whatever it says', at('default', 'operator', ['x']), true],
    ['called default in another namespace', at('default', 'other'), false],
    ['of another name in the namespace of the controller', at('auth', 'operator'), false],
    ['of another namespace that says nothing', at('auth', 'other'), false],
    ['of another namespace that names nobody', at('auth', 'other', []), false],
    ['of another namespace that names this one', at('auth', 'other', ['a', 'shop']), true],
    ['of another namespace that names everybody', at('auth', 'other', ['*']), true],
    ['of another namespace that names everybody and somebody', at('auth', 'other', ['*', 'a']), false],
    ['of another namespace that names a pattern', at('auth', 'other', ['sho*']), false],
  ])('%s may be used: %j', (_, auth, may) => {
    expect(thrownBy(() => checkAllowed(auth, 'shop', 'operator'))?.[0]).toBe(may ? undefined : 'ReferenceNotAllowed');
  });

  it('that may not be used is told with namespace, kind, name and list', () => {
    const [, message] = thrownBy(() => checkAllowed(at('auth', 'other', ['a', 'b']), 'shop', 'operator')) ?? [];
    expect(message).toBe(
      'VaultAuth other/auth is not for namespace shop: its allowedNamespaces is [a, b]; add shop to its spec.allowedNamespaces',
    );
  });
});
