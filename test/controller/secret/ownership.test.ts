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
