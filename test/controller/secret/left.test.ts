// Whether a Secret still is as it was left, told from the watch alone.

import { describe, expect, it } from 'vitest';
import type { SecretShape } from '../../../controller/secret/desired.ts';
import { isAsLeft, leftOf, type SecretRecord, stands } from '../../../controller/secret/left.ts';
import type { Claim } from '../../../controller/secret/ownership.ts';
import { seenSecret } from '../../../controller/secret/seen.ts';
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference, Secret } from '../../../src/kube/objects.ts';

const owner: OwnerReference = {
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  name: 'db',
  uid: 'now',
  controller: true,
};
const claim: Claim = { owner, mayAdopt: false };
const shape: SecretShape = {
  namespace: 'app',
  name: 'db',
  items: ['a'],
  type: '',
  immutable: false,
  labels: { team: 'blue' },
  annotations: {},
  ownerReferences: [owner],
  finalizers: [],
};

const written = '2026-11-21T00:00:00Z';
const entry = (manager: string, fieldsV1: Record<string, unknown>): ManagedFieldsEntry => ({
  manager,
  operation: 'Apply',
  time: written,
  fieldsV1,
});
const labelled = { 'f:team': {} };
const owned = { 'k:{"uid":"now"}': {} };
const whole = entry('sealwright', {
  'f:data': { 'f:a': {} },
  'f:metadata': { 'f:labels': labelled, 'f:ownerReferences': owned },
});

const secretWith = (metadata: Partial<ObjectMeta> = {}): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    namespace: 'app',
    name: 'db',
    uid: 's',
    resourceVersion: '7',
    labels: { team: 'blue' },
    ownerReferences: [owner],
    managedFields: [whole],
    ...metadata,
  },
  data: { a: 'MQ==' },
});

const foreignItem = entry('kubectl', { 'f:data': { 'f:b': {} } });
const foreignLabel = entry('kubectl', { 'f:metadata': { 'f:labels': { 'f:x': {} } } });
const patch = { 'sealedsecrets.bitnami.com/patch': 'true' };
const merged = entry('sealwright-merge', { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:labels': labelled } });
const other = { ...owner, kind: 'Keeper', apiVersion: 'example.com/v1', uid: 'other' };

/** What became of the Secret; whether it still is as it was left. */
const table: [string, Partial<ObjectMeta> | undefined, boolean][] = [
  ['nothing', {}, true],
  ['it went', undefined, false],
  ['somebody put a label on it', { resourceVersion: '8', managedFields: [whole, foreignLabel] }, true],
  ['somebody put an item into it', { resourceVersion: '8', managedFields: [whole, foreignItem] }, false],
  [
    'somebody took an item of ours over',
    {
      resourceVersion: '8',
      managedFields: [
        entry('sealwright', { 'f:metadata': { 'f:labels': labelled, 'f:ownerReferences': owned } }),
        entry('kubectl', { 'f:data': { 'f:a': {} } }),
      ],
    },
    false,
  ],
  [
    'somebody wrote under our name',
    { resourceVersion: '8', managedFields: [{ ...whole, time: '2026-11-21T00:00:01Z' }] },
    false,
  ],
  ['it was made anew', { uid: 't', resourceVersion: '8' }, false],
  ['it was made anew, at the same version', { uid: 't' }, false],
  ['it is going', { deletionTimestamp: written }, false],
  ['it belongs to another', { ownerReferences: [other] }, false],
];

describe('a Secret that was left by us', () => {
  const left = leftOf(secretWith());
  const record: SecretRecord = { fingerprint: 'f', secret: left };
  const seenOf = (change: Partial<ObjectMeta> | undefined) => change && seenSecret(secretWith(change));

  it.each(table)('when %s', (_, change, isSame) => {
    expect(stands(seenOf(change), claim, left)).toBe(isSame);
    expect(isAsLeft(seenOf(change), { shape, claim, record, fingerprint: 'f' })).toBe(isSame);
  });

  it('is not known where nothing is remembered', () => {
    expect(stands(seenOf({}), claim, undefined)).toBe(false);
    expect(isAsLeft(seenOf({}), { shape, claim, record: undefined, fingerprint: 'f' })).toBe(false);
  });

  it('is another where something else is asked for', () => {
    expect(isAsLeft(seenOf({}), { shape, claim, record, fingerprint: 'g' })).toBe(false);
  });

  it('is as asked for where only the fingerprint is known, and our parts are those that are asked for', () => {
    const known = { claim, record: { fingerprint: 'f', secret: undefined }, fingerprint: 'f' };
    expect(isAsLeft(seenOf({}), { ...known, shape })).toBe(true);
    expect(isAsLeft(seenOf({}), { ...known, shape: { ...shape, items: ['a', 'b'] } })).toBe(false);
    expect(isAsLeft(seenOf({}), { ...known, shape: { ...shape, labels: {} } })).toBe(false);
    expect(isAsLeft(seenOf({}), { ...known, shape: { ...shape, ownerReferences: [] } })).toBe(false);
  });

  it('is looked at when the brake or a person said something about it', () => {
    const change = { annotations: { 'sealwright.dev/deletion': 'held' } };
    expect(isAsLeft(seenOf(change), { shape, claim, record, fingerprint: 'f' })).toBe(false);
  });
});

describe('a Secret of somebody else that we merged into', () => {
  const theirs = { ownerReferences: [other], annotations: patch };
  const secret = secretWith({ ...theirs, managedFields: [merged, foreignItem] });
  const left = leftOf(secret);
  const moved = seenSecret(secretWith({ ...theirs, resourceVersion: '8', managedFields: [merged, foreignItem] }));

  it('stands whatever items others have in it, and without our ownerReference', () => {
    expect(stands(moved, claim, left)).toBe(true);
    const record = { fingerprint: 'f', secret: left };
    expect(isAsLeft(moved, { shape, claim, record, fingerprint: 'f' })).toBe(true);
  });
});

it('how a Secret is left is told by the answer, with the digest and the time of our parts where there are any', () => {
  expect(leftOf(secretWith())).toEqual({ uid: 's', resourceVersion: '7', time: written, ours: expect.any(String) });
  expect(leftOf(secretWith({ managedFields: [foreignItem] }))).toEqual({ uid: 's', resourceVersion: '7' });
});
