// Who may use which store, in tables.

import { describe, expect, it } from 'vitest';
import { mayUse, storeFor, storeKeyFor } from '../../../../controller/reconcilers/external/directory.ts';
import { matchesLabels } from '../../../../controller/reconcilers/external/labels.ts';
import type { SecretStore, StoreCondition } from '../../../../src/kube/external-secrets.ts';

const store = (conditions?: StoreCondition[]): SecretStore => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ClusterSecretStore',
  metadata: { name: 'vault' },
  spec: { provider: { vault: { server: 'https://vault' } }, ...(conditions && { conditions }) },
});

describe('a ClusterSecretStore', () => {
  it.each<[string, StoreCondition[] | undefined, boolean]>([
    ['without conditions', undefined, true],
    ['with no conditions', [], true],
    ['that names the namespace', [{ namespaces: ['other', 'team-a'] }], true],
    ['that names another', [{ namespaces: ['team-b'] }], false],
    ['that matches its labels', [{ namespaceSelector: { matchLabels: { team: 'a' } } }], true],
    ['that matches other labels', [{ namespaceSelector: { matchLabels: { team: 'b' } } }], false],
    ['with an empty selector', [{ namespaceSelector: {} }], true],
    ['with an expression anywhere in the name', [{ namespaceRegexes: ['eam-'] }], true],
    ['with an anchored expression', [{ namespaceRegexes: ['^eam-'] }], false],
    ['with what is no expression', [{ namespaceRegexes: ['('] }], false],
    ['of which the second entry matches', [{ namespaces: ['x'] }, { namespaces: ['team-a'] }], true],
    ['with an empty entry', [{}], false],
  ])('%s', async (_, conditions, expected) => {
    expect(await mayUse(store(conditions), 'team-a', { team: 'a' })).toBe(expected);
  });

  it('is for nobody by the labels of a namespace that no watch has shown yet', async () => {
    const matchExpressions = [{ key: 'restricted', operator: 'DoesNotExist' }];
    const conditions = [{ namespaceSelector: { matchExpressions } }];
    const directory = {
      secretStore: () => undefined,
      clusterStore: () => store(conditions),
      namespaceLabels: () => undefined,
    };
    const attempt = storeFor({ name: 'vault', kind: 'ClusterSecretStore' }, 'team-a', directory);
    await expect(attempt).rejects.toThrow(expect.objectContaining({ code: 'WAITING', reason: 'StoreNotAllowed' }));
    expect(await mayUse(store([...conditions, { namespaces: ['team-a'] }]), 'team-a', undefined)).toBe(true);
  });

  it('is refused where cluster-scoped kinds are not served', async () => {
    const directory = { secretStore: () => undefined, clusterStore: undefined, namespaceLabels: () => ({}) };
    const attempt = storeFor({ name: 'vault', kind: 'ClusterSecretStore' }, 'team-a', directory);
    await expect(attempt).rejects.toThrow(expect.objectContaining({ code: 'STALLED', reason: 'StoreNotAllowed' }));
    expect(storeKeyFor({ name: 'vault', kind: 'ClusterSecretStore' }, 'team-a')).toBe('ClusterSecretStore vault');
    expect(storeKeyFor({ name: 'vault' }, 'team-a')).toBe('SecretStore team-a/vault');
  });
});

describe('label expressions', () => {
  it.each([
    ['In', ['a', 'b'], true],
    ['In', ['b'], false],
    ['NotIn', ['a'], false],
    ['NotIn', ['b'], true],
    ['Exists', undefined, true],
    ['DoesNotExist', undefined, false],
    ['Like', ['a'], false],
  ])('%s %j', (operator, values, expected) => {
    const expression = { key: 'team', operator, ...(values && { values }) };
    expect(matchesLabels({ team: 'a' }, { matchExpressions: [expression] })).toBe(expected);
  });

  it('NotIn holds for a label that is not there', () => {
    expect(matchesLabels({}, { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a'] }] })).toBe(true);
  });
});
