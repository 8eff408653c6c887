// How a Secret differs from what is asked for, field by field.

import { describe, expect, it } from 'vitest';
import { differencesOf, guardedPatch } from '../../../controller/secret/differences.ts';
import type { ManagedFieldsEntry, Secret } from '../../../src/kube/objects.ts';

const owner = (uid: string, name = 'db') => ({
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  name,
  uid,
  controller: true,
});
const secret = (data: Record<string, string>, rest: Partial<Secret> = {}): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  data,
  ...rest,
  metadata: { name: 'db', namespace: 'a', resourceVersion: '7', ...rest.metadata },
});
const fields = (manager: string, names: string[], operation: 'Apply' | 'Update' = 'Apply'): ManagedFieldsEntry => ({
  manager,
  operation,
  fieldsV1: { 'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) },
});

describe('differences of a Secret', () => {
  it('are none when it is as asked for, whatever labels others put on it', () => {
    const live = secret({ a: 'MQ==' }, { type: 'Opaque', metadata: { labels: { team: 'blue' } } });
    const none = { words: [], changesValues: false, hasToSet: false, patch: [], recreate: undefined };
    expect(differencesOf(live, { secret: secret({ a: 'MQ==' }), mode: 'whole' })).toEqual(none);
  });

  it('include items of others where the whole data map is ours, and not where we merge', () => {
    const live = secret({ a: 'MQ==', extra: 'eA==' });
    const wanted = secret({ a: 'MQ==' });
    expect(differencesOf(live, { secret: wanted, mode: 'whole' }).patch).toEqual([
      { op: 'remove', path: '/data/extra' },
    ]);
    expect(differencesOf(live, { secret: wanted, mode: 'merge' }).words).toEqual([]);
  });

  it('take away in a merge what we wrote and do not want any more', () => {
    const live = secret(
      { a: 'MQ==', b: 'Mg==' },
      { metadata: { managedFields: [fields('sealwright-merge', ['a', 'b'])] } },
    );
    expect(differencesOf(live, { secret: secret({ a: 'MQ==' }), mode: 'merge' }).patch).toEqual([
      { op: 'remove', path: '/data/b' },
    ]);
  });

  it('exchange the owner of before in one operation', () => {
    const live = secret({}, { metadata: { ownerReferences: [owner('old')] } });
    const wanted = secret({}, { metadata: { ownerReferences: [owner('new')] } });
    const { patch, hasToSet } = differencesOf(live, { secret: wanted, mode: 'whole' });
    expect(patch).toEqual([{ op: 'replace', path: '/metadata/ownerReferences/0', value: owner('new') }]);
    expect(hasToSet).toBe(false);
  });

  it('leave owners alone that do not control it', () => {
    const friend = { ...owner('friend', 'x'), controller: false };
    const live = secret({}, { metadata: { ownerReferences: [friend, owner('now')] } });
    const wanted = secret({}, { metadata: { ownerReferences: [owner('now')] } });
    expect(differencesOf(live, { secret: wanted, mode: 'whole' }).words).toEqual([]);
  });

  it.each([
    ['another type', secret({}, { type: 'kubernetes.io/tls' }), secret({}), 'type'],
    ['no type is Opaque', secret({}, { type: 'Opaque' }), secret({}), undefined],
    [
      'immutable with another value',
      secret({ a: 'MQ==' }, { immutable: true }),
      secret({ a: 'Mg==' }, { immutable: true }),
      'immutable',
    ],
    [
      'immutable and equal',
      secret({ a: 'MQ==' }, { immutable: true }),
      secret({ a: 'MQ==' }, { immutable: true }),
      undefined,
    ],
    ['mutable again', secret({}, { immutable: true }), secret({}), 'immutable'],
  ])('need a new Secret or not: %s', (_, live, wanted, recreate) => {
    expect(differencesOf(live, { secret: wanted, mode: 'whole' }).recreate).toBe(recreate);
  });

  it('escape what JSON pointers mean something by', () => {
    const metadata = {
      annotations: { 'a/b~c': 'x' },
      managedFields: [
        {
          manager: 'sealwright',
          operation: 'Apply' as const,
          fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:a/b~c': {} } } },
        },
      ],
    };
    expect(differencesOf(secret({}, { metadata }), { secret: secret({}), mode: 'whole' }).patch).toEqual([
      { op: 'remove', path: '/metadata/annotations/a~1b~0c' },
    ]);
  });
});

describe('the patch before an apply', () => {
  it('is none where there is nothing to remove or to move', () => {
    const live = secret({}, { metadata: { managedFields: [fields('sealwright', ['a'])] } });
    expect(guardedPatch(live, [], { mode: 'whole' })).toEqual([]);
  });

  it('is refused at another version, and moves what was written by Update under our apply', () => {
    const managedFields = [
      fields('sealwright', ['a'], 'Update'),
      fields('controller', ['b'], 'Update'),
      fields('kubectl-edit', ['c'], 'Update'),
      fields('sealwright', ['d']),
    ];
    const [guard, moved] = guardedPatch(secret({}, { metadata: { managedFields } }), [], { mode: 'whole' });
    expect(guard).toEqual({ op: 'replace', path: '/metadata/resourceVersion', value: '7' });
    expect(moved).toMatchObject({ op: 'replace', path: '/metadata/managedFields' });
    const entries = (moved as unknown as { value: ManagedFieldsEntry[] }).value;
    expect(entries.map(({ manager, operation }) => `${manager} ${operation}`)).toEqual([
      'sealwright Apply',
      'kubectl-edit Update',
    ]);
    expect(entries[0]?.fieldsV1).toEqual({ 'f:data': { 'f:a': {}, 'f:b': {}, 'f:d': {} } });
  });
});
