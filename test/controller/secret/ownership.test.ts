// Whose a Secret is, in every way in which the cluster can say so.

import { describe, expect, it } from 'vitest';
import { ownershipOf } from '../../../controller/secret/ownership.ts';
import { seenSecret } from '../../../controller/secret/seen.ts';
import type { ObjectMeta, OwnerReference } from '../../../src/kube/objects.ts';

const owner: OwnerReference = {
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  name: 'db',
  uid: 'now',
  controller: true,
};
const other = { ...owner, apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret' };
const managed = { 'sealedsecrets.bitnami.com/managed': 'true' };
const patch = { 'sealedsecrets.bitnami.com/patch': 'true' };
const skip = { 'sealedsecrets.bitnami.com/skip-set-owner-references': 'true' };
const key = { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' };
const writtenBy = (manager: string) => [
  { manager, operation: 'Update' as const, fieldsV1: { 'f:data': { 'f:a': {} } } },
];

const table: [string, ObjectMeta | undefined, boolean, string][] = [
  ['nothing there', undefined, false, 'absent'],
  ['owned by this object', { ownerReferences: [owner] }, false, 'whole'],
  ['owned by this object before it was made again', { ownerReferences: [{ ...owner, uid: 'old' }] }, false, 'whole'],
  ['owned by an object of another name', { ownerReferences: [{ ...owner, name: 'x' }] }, false, 'foreign SealedSecret'],
  ['owned by another controller', { ownerReferences: [other] }, false, 'foreign ExternalSecret'],
  ['owned by another controller, adopt', { ownerReferences: [other] }, true, 'foreign ExternalSecret'],
  ['owned by another controller, managed', { ownerReferences: [other], annotations: managed }, false, 'whole'],
  ['owned, but not controlled, by another', { ownerReferences: [{ ...other, controller: false }] }, false, 'foreign'],
  ['of nobody', {}, false, 'foreign'],
  ['of nobody, adopt', {}, true, 'whole'],
  ['of nobody, managed', { annotations: managed }, false, 'whole'],
  [
    'of nobody, managed in other words',
    { annotations: { ...managed, [Object.keys(managed)[0] ?? '']: 'True' } },
    false,
    'foreign',
  ],
  ['of nobody, patch', { annotations: patch }, false, 'merge'],
  ['of nobody, patch and managed', { annotations: { ...patch, ...managed } }, false, 'merge owned'],
  ['of another controller, patch', { ownerReferences: [other], annotations: patch }, false, 'merge'],
  ['of this object, patch', { ownerReferences: [owner], annotations: patch }, false, 'merge owned'],
  [
    'merged into by us, with leave that was taken back',
    { managedFields: writtenBy('sealwright-merge') },
    false,
    'foreign',
  ],
  ['written by us without owner', { managedFields: writtenBy('sealwright') }, false, 'whole'],
  [
    'written by the reference without owner',
    { managedFields: writtenBy('controller'), annotations: skip },
    false,
    'whole',
  ],
  ['written by some program called controller', { managedFields: writtenBy('controller') }, false, 'foreign'],
  ['a sealing key, adopt', { labels: key }, true, 'foreign'],
  ['a sealing key that we wrote', { labels: key, managedFields: writtenBy('sealwright') }, false, 'foreign'],
  ['being deleted', { ownerReferences: [owner], deletionTimestamp: '2026-01-01T00:00:00Z' }, false, 'leaving'],
];

describe('whose Secret it is', () => {
  it.each(table)('%s', (_, metadata, mayAdopt, expected) => {
    const ownership = ownershipOf(metadata && seenSecret({ metadata }), { owner, mayAdopt });
    const detail =
      ownership.kind === 'foreign'
        ? (ownership.by?.kind ?? '')
        : ownership.kind === 'merge' && ownership.isOwned
          ? 'owned'
          : '';
    expect(`${ownership.kind} ${detail}`.trim()).toBe(expected);
  });
});

describe('a Secret without an ownerReference', () => {
  const vaultOwner = { ...owner, apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret', uid: 'again' };
  const vault = (create: boolean, more: object = {}) => ({
    owner: vaultOwner,
    mayAdopt: false,
    vault: { create, overwrite: true },
    ...more,
  });
  const external = (merges: boolean) => ({ owner: other, mayAdopt: false, external: { merges, createdBy: 'digest' } });
  const left = (marks: { ownedBy?: string; madeFor?: string; uid?: string; createdBy?: string }): ObjectMeta => {
    const labels = {
      ...(marks.ownedBy && { 'sealwright.dev/owned-by': marks.ownedBy }),
      ...(marks.uid && { 'secrets.hashicorp.com/vso-ownerRefUID': marks.uid }),
      ...(marks.createdBy && {
        'reconcile.external-secrets.io/managed': 'true',
        'reconcile.external-secrets.io/created-by': marks.createdBy,
      }),
    };
    const annotations = { ...(marks.madeFor && { 'sealwright.dev/made-for': marks.madeFor }) };
    const held = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [`f:${name}`, {}]));
    const fieldsV1 = {
      'f:data': { 'f:a': {} },
      'f:metadata': { 'f:labels': held(labels), 'f:annotations': held(annotations) },
    };
    return { labels, annotations, managedFields: [{ manager: 'sealwright', operation: 'Apply', fieldsV1 }] };
  };
  const sealed = { owner, mayAdopt: false };
  const graced = { ownedBy: 'VaultStaticSecret', madeFor: 'db', uid: 'before' };

  it.each([
    ['graced, for the VaultStaticSecret made anew', graced, vault(true), 'whole'],
    ['graced, for one made anew that only fills', graced, vault(false), 'whole'],
    ['kept for good, for the one made anew', { madeFor: 'db', uid: 'before' }, vault(true), 'whole'],
    ['graced, of another VaultStaticSecret', { ...graced, madeFor: 'x' }, vault(true), 'foreign VaultStaticSecret'],
    ['graced, to be filled by another', { ...graced, madeFor: 'x' }, vault(false), 'foreign VaultStaticSecret'],
    ['kept for good, of another', { madeFor: 'x', uid: 'before' }, vault(true), 'foreign'],
    ['kept for good, of another, adopt', { madeFor: 'x', uid: 'y' }, vault(true, { mayAdopt: true }), 'whole'],
    ['graced, of a SealedSecret, overwrite', { ownedBy: 'SealedSecret' }, vault(true), 'foreign SealedSecret'],
    ['graced, of a SealedSecret, to be filled', { ownedBy: 'SealedSecret' }, vault(false), 'foreign SealedSecret'],
    [
      'graced, of an ExternalSecret',
      { ownedBy: 'ExternalSecret', createdBy: 'x' },
      vault(false),
      'foreign ExternalSecret',
    ],
    ['graced, of a VaultStaticSecret, for a SealedSecret', graced, sealed, 'foreign VaultStaticSecret'],
    ['kept by a VaultStaticSecret, for a SealedSecret', { madeFor: 'db' }, sealed, 'foreign VaultStaticSecret'],
    [
      'graced, of an ExternalSecret, for a SealedSecret',
      { ownedBy: 'ExternalSecret' },
      sealed,
      'foreign ExternalSecret',
    ],
    ['graced, of the SealedSecret of its name', { ownedBy: 'SealedSecret' }, sealed, 'whole'],
    ['graced, of a VaultStaticSecret, to be merged into', graced, external(true), 'foreign VaultStaticSecret'],
    ['graced, of a SealedSecret, to be merged into', { ownedBy: 'SealedSecret' }, external(true), 'merge'],
    [
      'graced, of the ExternalSecret itself',
      { ownedBy: 'ExternalSecret', createdBy: 'digest' },
      external(false),
      'whole',
    ],
    [
      'graced, of another ExternalSecret, to be merged into',
      { ownedBy: 'ExternalSecret', createdBy: 'x' },
      external(true),
      'foreign ExternalSecret',
    ],
  ])('%s', (_, marks, claim, expected) => {
    const ownership = ownershipOf(seenSecret({ metadata: left(marks) }), claim);
    expect(`${ownership.kind} ${ownership.kind === 'foreign' ? (ownership.by?.kind ?? '') : ''}`.trim()).toBe(expected);
  });
});

describe('a Secret that ExternalSecrets merge into', () => {
  const fills = { ...owner, apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret' };
  const metadata = { managedFields: writtenBy('sealwright-merge/es') };
  const claim = (create: boolean, mayAdopt = false) => ({ owner: fills, mayAdopt, vault: { create, overwrite: true } });

  it.each([true, false])('is not emptied by a VaultStaticSecret (create: %s)', (create) => {
    const by = { kind: 'ExternalSecret' };
    expect(ownershipOf(seenSecret({ metadata }), claim(create))).toEqual({ kind: 'foreign', by });
  });

  it('is taken with leave', () => {
    expect(ownershipOf(seenSecret({ metadata }), claim(false, true))).toEqual({ kind: 'whole' });
  });
});
