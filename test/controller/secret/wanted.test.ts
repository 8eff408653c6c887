// What is written into the Secret that is there, under which name.

import { describe, expect, it } from 'vitest';
import type { SecretShape } from '../../../controller/secret/desired.ts';
import { differencesOf } from '../../../controller/secret/differences.ts';
import { createdBy, dataHash } from '../../../controller/secret/eso.ts';
import type { Claim } from '../../../controller/secret/ownership.ts';
import { rehash, wantedOf } from '../../../controller/secret/wanted.ts';
import type { ObjectMeta, Secret } from '../../../src/kube/objects.ts';
import { SecretBytes } from '../../../src/redact.ts';

const owner = { apiVersion: 'example.com/v1', kind: 'Stored', name: 'db', uid: 'now', controller: true };
const plain: Claim = { owner, mayAdopt: false };
const merging: Claim = { ...plain, external: { merges: true, createdBy: createdBy({ namespace: 'app', name: 'db' }) } };
const filling: Claim = { ...plain, vault: { create: false, overwrite: false } };
const shape: SecretShape = {
  namespace: 'app',
  name: 'db',
  items: ['a'],
  type: '',
  immutable: false,
  labels: { 'sealwright.dev/owned-by': 'Stored', team: 'blue' },
  annotations: { 'reconcile.external-secrets.io/data-hash': 'of ours alone' },
  ownerReferences: [owner],
  finalizers: [],
};
const values = new Map([['a', new SecretBytes(Buffer.from('1'))]]);
const liveWith = (metadata: ObjectMeta = {}, data: Record<string, string> = {}): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'example.com/theirs',
  metadata: { namespace: 'app', name: 'db', ...metadata },
  data,
});

describe('what is wanted of a Secret', () => {
  const whole = { kind: 'whole' } as const;
  const merge = { kind: 'merge', isOwned: false } as const;

  it('that is wholly ours is all of it, under our name', () => {
    const wanted = wantedOf({ shape, claim: plain, values }, liveWith(), whole);
    expect(wanted).toMatchObject({ mode: 'whole', manager: undefined });
    expect(wanted.secret.metadata.ownerReferences).toEqual([owner]);
    expect(wanted.secret.type).toBeUndefined();
  });

  it('that is only filled does not look like one that we made, and keeps its type', () => {
    const wanted = wantedOf({ shape, claim: filling, values }, liveWith(), whole);
    expect(wanted).toMatchObject({ mode: 'whole', manager: 'sealwright-fill', secret: { type: 'example.com/theirs' } });
  });

  it('that is merged into stays when the object goes, unless its owner wants it otherwise', () => {
    const { secret } = wantedOf({ shape, claim: plain, values }, liveWith(), merge);
    expect(secret.metadata.ownerReferences).toBeUndefined();
    expect(secret.metadata.labels).toEqual({ team: 'blue' });
    const owned = wantedOf({ shape, claim: plain, values }, liveWith(), { kind: 'merge', isOwned: true });
    expect(owned.secret.metadata.ownerReferences).toEqual([owner]);
  });

  it('that an ExternalSecret merges into is its own items, and all that it wrote while the Secret was its own', () => {
    const own = ['sealwright-merge/db', 'externalsecrets.external-secrets.io/db'];
    const asked = { shape, claim: merging, values };
    expect(wantedOf(asked, liveWith(), merge)).toMatchObject({ mode: 'merge', managers: own });
    const before = liveWith({ ownerReferences: [owner] });
    expect(wantedOf(asked, before, merge).managers).toEqual([...own, 'sealwright']);
  });
});

it('the hash of a Secret that several merge into is over all that is in it afterwards', () => {
  const managedFields = [
    { manager: 'sealwright-merge/db', operation: 'Apply' as const, fieldsV1: { 'f:data': { 'f:a': {}, 'f:old': {} } } },
  ];
  const live = liveWith({ managedFields }, { a: 'MA==', old: 'eA==', theirs: 'eQ==' });
  const wanted = wantedOf({ shape, claim: merging, values }, live, { kind: 'merge', isOwned: false });
  const differences = differencesOf(live, wanted);
  expect(differences.words).toEqual(expect.arrayContaining(['item a', 'item old']));
  rehash(live, wanted, differences);
  const after = new Map([
    ['a', Buffer.from('1')],
    ['theirs', Buffer.from('y')],
  ]);
  expect(wanted.secret.metadata.annotations?.['reconcile.external-secrets.io/data-hash']).toBe(dataHash(after));
});
