// What a line of `seal status` says of an object, whichever controller wrote its status.

import { describe, expect, it } from 'vitest';
import { rowOf } from '../../../cli/status/row.ts';
import { sourceOf } from '../../../cli/status/source.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';

const now = new Date('2026-12-01T08:00:00Z');
const ready = { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'm', observedGeneration: 1 };
const object = (kind: string, rest: object, metadata: object = {}) =>
  ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'db', namespace: 'shop', generation: 1, ...metadata },
    ...rest,
  }) as KubeObject;
const row = (kind: string, rest: object, metadata: object = {}) => rowOf(object(kind, rest, metadata), undefined, now);
const externalSecret = (spec: object, refreshTime?: string) =>
  row('ExternalSecret', { spec, status: { conditions: [ready], refreshTime } });

describe('when values are read', () => {
  it('is known of an ExternalSecret by its last refresh and its interval', () => {
    expect(externalSecret({ refreshInterval: '30m' }, '2026-12-01T07:50:00Z')).toMatchObject({
      lastRefresh: '2026-12-01T07:50:00.000Z',
      nextRefresh: '2026-12-01T08:20:00.000Z',
    });
  });

  it('is only told by the interval where the time that the status has is over', () => {
    const told = externalSecret({ refreshInterval: '1m' }, '2026-12-01T07:50:00Z');
    expect(told).toMatchObject({ refreshSeconds: 60 });
    expect(told).not.toHaveProperty('nextRefresh');
  });

  it.each([{ refreshPolicy: 'CreatedOnce' }, { refreshPolicy: 'OnChange' }, { refreshInterval: '0' }])(
    'has no next time with %o',
    (spec) => {
      const told = externalSecret(spec, '2026-12-01T07:50:00Z');
      expect(told).not.toHaveProperty('nextRefresh');
      expect(told).not.toHaveProperty('refreshSeconds');
    },
  );

  it('is the interval of a VaultStaticSecret, a minute where it says none', () => {
    expect(row('VaultStaticSecret', { spec: { refreshAfter: '30s' } })).toMatchObject({ refreshSeconds: 30 });
    expect(row('VaultStaticSecret', { spec: {} })).toMatchObject({ refreshSeconds: 60 });
    expect(row('VaultStaticSecret', { spec: { hmacSecretData: false } })).not.toHaveProperty('refreshSeconds');
  });
});

describe('how an object stands', () => {
  it('is the reason of Stalled where that says more than the one of Ready', () => {
    const conditions = [
      { type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'm' },
      { type: 'Stalled', status: 'True', reason: 'Unsupported', message: 'm' },
    ];
    expect(row('ExternalSecret', { status: { conditions } })).toMatchObject({ ready: 'False', reason: 'Unsupported' });
  });

  it('is unknown while nobody has looked at this generation', () => {
    const told = row('SealedSecret', { status: { observedGeneration: 1, conditions: [ready] } }, { generation: 2 });
    expect(told).toMatchObject({ ready: 'Unknown', reason: 'NotObserved' });
  });

  it('of a SealedSecret names each key of the record once, and none of an item that is gone', () => {
    const record = `a ${'1'.repeat(32)} shop/db 2026-01-01\nb ${'2'.repeat(32)} shop/db 2026-01-01\nc ${'1'.repeat(32)} shop/db 2026-01-01\n`;
    const told = row(
      'SealedSecret',
      { spec: { encryptedData: { a: '', c: '' } } },
      { annotations: { 'sealwright.dev/sealed': record } },
    );
    expect(told.keyIds).toEqual(['1'.repeat(32)]);
  });

  it('says nothing of repairs where events cannot be read, and 0 where there is none', () => {
    expect(row('SealedSecret', {})).not.toHaveProperty('repaired');
    expect(rowOf(object('SealedSecret', {}), { count: 0, last: undefined }, now)).toMatchObject({ repaired: 0 });
  });
});

describe('where values come from', () => {
  it.each<[string, string, object]>([
    ['2 sealed items', 'SealedSecret', { encryptedData: { a: '', b: '' } }],
    ['sealed as a whole', 'SealedSecret', { data: 'x' }],
    ['ClusterSecretStore/vault', 'ExternalSecret', { secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' } }],
    [
      'SecretStore/vault and 1 more',
      'ExternalSecret',
      {
        secretStoreRef: { name: 'vault' },
        data: [{ secretKey: 'a', sourceRef: { storeRef: { name: 'aws' } } }, { secretKey: 'b' }],
        dataFrom: [{ sourceRef: { storeRef: { name: 'aws' } } }],
      },
    ],
    [
      'Password/admin',
      'ExternalSecret',
      { dataFrom: [{ sourceRef: { generatorRef: { kind: 'Password', name: 'admin' } } }] },
    ],
    ['kv/shop/db', 'VaultStaticSecret', { mount: 'kv', path: 'shop/db' }],
    ['vault https://vault.example', 'SecretStore', { provider: { vault: { server: 'https://u:p@vault.example' } } }],
    [
      'aws SecretsManager eu-west-1',
      'ClusterSecretStore',
      { provider: { aws: { service: 'SecretsManager', region: 'eu-west-1' } } },
    ],
    ['gcpsm', 'SecretStore', { provider: { gcpsm: {} } }],
    ['kubernetes at k8s', 'VaultAuth', { method: 'kubernetes', mount: 'k8s' }],
    ['https://vault.example/', 'VaultConnection', { address: 'https://user:pass@vault.example/' }],
  ])('is %s for a %s', (expected, kind, spec) => {
    expect(sourceOf(object(kind, { spec }))).toBe(expected);
  });

  it.each(['SealedSecret', 'ExternalSecret', 'SecretStore', 'VaultAuth', 'VaultConnection', 'constructor'])(
    'is told without failing of a %s of any shape',
    (kind) => {
      for (const spec of [undefined, null, 1, 'x', [], { provider: null, data: [null, 1, 'x'], dataFrom: {} }])
        expect(typeof sourceOf(object(kind, { spec }))).toBe('string');
    },
  );
});
