// The marks of External Secrets Operator, against values that its own tests and its documentation show; more in stores/data/go-vectors.test.ts.

import { describe, expect, it } from 'vitest';
import {
  createdBy,
  dataHash,
  esoFieldManager,
  isEsoFieldManager,
  objectHash,
  syncedResourceVersion,
} from '../../../controller/secret/eso.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

describe('hashes', () => {
  it('are those of the reference', () => {
    expect(objectHash('<nil>')).toMatch(/^c461202a.*a6fc$/);
    expect(objectHash('hello there')).toMatch(/^f78681ec.*c999$/);
    const data = new Map([
      ['foo', bytes('value1')],
      ['bar', bytes('value2')],
    ]);
    expect(dataHash(data)).toMatch(/^1bed8bcb.*2d64$/);
  });

  it('do not depend on the order of items, and see every byte', () => {
    const hash = dataHash(
      new Map([
        ['b', bytes('2')],
        ['a', bytes('1')],
      ]),
    );
    expect(
      dataHash(
        new Map([
          ['a', bytes('1')],
          ['b', bytes('2')],
        ]),
      ),
    ).toBe(hash);
    expect(hash).toBe(objectHash('map[a:[49] b:[50]]'));
    expect(dataHash(new Map([['a', bytes('')]]))).toBe(objectHash('map[a:[]]'));
    expect(dataHash(new Map())).toBe(objectHash('map[]'));
  });

  it('name the ExternalSecret in created-by', () => {
    expect(createdBy({ namespace: 'shop', name: 'db' })).toBe(objectHash('shop/db'));
  });

  it('tell a change of spec, labels or annotations', () => {
    const metadata = { generation: 3, labels: { app: 'db' }, annotations: { 'force-sync': '1' } };
    const version = syncedResourceVersion(metadata);
    expect(version).toBe(`3-${objectHash('{annotations:map[force-sync:1] labels:map[app:db]}')}`);
    expect(syncedResourceVersion({ ...metadata, generation: 4 })).not.toBe(version);
    expect(syncedResourceVersion({ ...metadata, annotations: { 'force-sync': '2' } })).not.toBe(version);
    expect(syncedResourceVersion({})).toBe(`0-${objectHash('{annotations:map[] labels:map[]}')}`);
  });
});

describe('the field manager', () => {
  it('has the name of the ExternalSecret up to 63 characters, and a hash of it beyond', () => {
    const longest = 'x'.repeat(27);
    expect(esoFieldManager(longest)).toBe(`externalsecrets.external-secrets.io/${longest}`);
    expect(esoFieldManager(longest)).toHaveLength(63);
    const longer = `${longest}x`;
    expect(esoFieldManager(longer)).toBe(`externalsecrets.external-secrets.io/sha3/${objectHash(longer)}`);
  });

  it('is told from others', () => {
    expect(isEsoFieldManager(esoFieldManager('db'))).toBe(true);
    expect(isEsoFieldManager('sealwright')).toBe(false);
  });
});
