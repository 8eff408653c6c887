// The fetch layer in front of a real OpenBao: few calls for many readers, and well again soon after an outage.

import { afterEach, beforeAll, expect, it } from 'vitest';
import { createFetcher } from '../../controller/stores/fetch/fetcher.ts';
import { type Backend, isStoreError } from '../../controller/stores/store.ts';
import type { VaultProvider } from '../../src/kube/external-secrets.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { vaultStage } from '../controller/stores/support/vault.ts';
import { describeOnOpenBao } from './support/openbao.ts';
import { eventually } from './support/wait.mjs';

const { signal } = new AbortController();

describeOnOpenBao('many readers of a real OpenBao', (bao) => {
  let stage = vaultStage();
  let fetcher = newFetcher();
  let ids = { role: '', secret: '' };
  afterEach(async () => {
    fetcher.close();
    await stage.close();
  });

  function newFetcher() {
    return createFetcher({ clock: systemClock, random: Math.random });
  }

  const store = (settings: Partial<VaultProvider> = {}): Promise<Backend> =>
    stage.open({
      server: bao().url,
      caBundle: Buffer.from(bao().authority).toString('base64'),
      path: 'secret',
      auth: { appRole: { roleId: ids.role, secretRef: { name: 'vault', key: 'secret' } } },
      ...settings,
    });
  const begin = () => {
    stage = vaultStage({ secrets: { 'vault/secret': ids.secret }, retry: { maxRetries: 0 } });
    fetcher = newFetcher();
  };

  beforeAll(async () => {
    await bao().mountKv('secret', 2);
    for (let at = 0; at < 10; at++) await bao().ok('POST', `secret/data/app/${at}`, { data: { at: `${at}` } });
    await bao().policy('app', 'path "secret/data/app/*" { capabilities = ["read"] }');
    await bao().enableAuth('approle');
    await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app'] });
    const { role_id: role } = (await bao().ok('GET', 'auth/approle/role/app/role-id')).data;
    const { secret_id: secret } = (await bao().ok('POST', 'auth/approle/role/app/secret-id')).data;
    ids = { role, secret };
  });

  it('two thousand reads of ten secrets by ten stores of one identity are ten reads and one login', async () => {
    begin();
    const stores = await Promise.all(Array.from({ length: 10 }, () => store()));
    const reads = Array.from({ length: 2_000 }, (_, at) =>
      fetcher.read(stores[at % 10] as Backend, { key: `app/${((at / 10) % 10) | 0}` }, { signal, maxAgeMs: 60_000 }),
    );
    const values = await Promise.all(reads);
    expect(values).toHaveLength(2_000);
    expect(stage.counts()).toEqual({ login: 1, 'kv-read': 10 });
  });

  it('readers of a sealed server fail with few calls, and are served as soon as it is unsealed', async () => {
    begin();
    const backend = await store();
    await fetcher.read(backend, { key: 'app/0' }, { signal });
    const before = stage.calls.length;
    await bao().seal();
    const failures = await Promise.allSettled(
      Array.from({ length: 200 }, (_, at) => fetcher.read(backend, { key: `app/${at % 10}` }, { signal })),
    );
    for (const failure of failures) {
      expect(failure.status === 'rejected' && isStoreError(failure.reason) && failure.reason.class).toBe('Unavailable');
    }
    expect(stage.calls.length - before).toBeLessThanOrEqual(20);
    await bao().unseal();
    await eventually(() => fetcher.read(backend, { key: 'app/1' }, { signal }), { what: 'a read after the outage' });
    expect(stage.counts().login).toBe(1);
  });

  it('a server that is gone does not slow one beside it', async () => {
    begin();
    const [well, gone] = [await store(), await store({ server: 'https://127.0.0.1:1' })];
    const failing = Array.from({ length: 100 }, (_, at) =>
      fetcher.read(gone, { key: `app/${at}` }, { signal }).catch((error: unknown) => error),
    );
    const values = await Promise.all(
      Array.from({ length: 10 }, (_, at) => fetcher.read(well, { key: `app/${at}` }, { signal })),
    );
    expect(values).toHaveLength(10);
    for (const error of await Promise.all(failing)) expect(isStoreError(error) && error.class).toBe('Unavailable');
  });

  it('finding is shared as reading is', async () => {
    begin();
    await bao().policy('finder', 'path "secret/metadata/*" { capabilities = ["list"] }');
    await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app', 'finder'] });
    const backend = await store();
    const found = await Promise.all(
      Array.from({ length: 20 }, () => fetcher.list(backend, { path: 'app' }, { signal, maxAgeMs: 60_000 })),
    );
    expect(new Set(found.map((list) => list.length))).toEqual(new Set([10]));
    expect(stage.counts()).toEqual({ login: 1, 'kv-list': 1 });
  });
});
