// Which items two states of a repository differ in.

import { describe, expect, it } from 'vitest';
import { itemChanges, type PlacedObject } from '../../../src/repository/item-changes.ts';

const key = '9f2c66d0e1a4b7c8d35e0f1122334455';
const sealed = (file: string, encryptedData: Record<string, string>, record = ''): PlacedObject => ({
  file,
  value: {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'db', namespace: 'shop', annotations: { 'sealwright.dev/sealed': record } },
    spec: { encryptedData },
  },
});
const line = (item: string, day: string) => `${item} ${key} shop/db ${day}\n`;

describe('changes of sealed items', () => {
  it('name what was added, removed and sealed again, with what the record says of it', () => {
    const before = [sealed('db.yaml', { a: 'A', b: 'B', c: 'C' }, line('a', '2026-01-01') + line('c', '2026-01-02'))];
    const after = [sealed('db.yaml', { a: 'A', b: 'B2', d: 'D' }, line('b', '2026-11-21') + line('d', '2026-11-22'))];
    expect(itemChanges(before, after)).toEqual([
      { file: 'db.yaml', object: 'shop/db', item: 'b', change: 'resealed', keyId: key, day: '2026-11-21' },
      { file: 'db.yaml', object: 'shop/db', item: 'c', change: 'removed', keyId: key, day: '2026-01-02' },
      { file: 'db.yaml', object: 'shop/db', item: 'd', change: 'added', keyId: key, day: '2026-11-22' },
    ]);
  });

  it('are none where a file was moved, and never show a value', () => {
    expect(itemChanges([sealed('old.yaml', { a: 'A' })], [sealed('new.yaml', { a: 'A' })])).toEqual([]);
    const changes = itemChanges([], [sealed('new.yaml', { a: 'AgSECRET' })]);
    expect(JSON.stringify(changes)).not.toContain('SECRET');
    expect(changes).toEqual([{ file: 'new.yaml', object: 'shop/db', item: 'a', change: 'added' }]);
  });

  it('pass by what is no SealedSecret, or a damaged one', () => {
    const odd = [{}, { kind: 'SealedSecret', apiVersion: 'bitnami.com/v1alpha1' }].map((value) => ({
      file: 'f',
      value,
    }));
    const damaged = { file: 'f', value: { ...odd[1]?.value, metadata: [], spec: { encryptedData: [1] } } };
    expect(itemChanges([...odd, damaged], [...odd, damaged])).toEqual([]);
  });
});
