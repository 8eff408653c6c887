// What a real OpenBao does to its clients when it is sealed, gone, throttling or slow, and how soon they are well again.

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { VaultProvider } from '../../src/kube/external-secrets.ts';
import { failureOf, readOne, refusalOf, textOf, vaultStage } from '../controller/stores/support/vault.ts';
import { describeOnOpenBao } from './support/openbao.ts';

const { signal } = new AbortController();

describeOnOpenBao(
  'outages of a real OpenBao',
  (bao) => {
    let stage = vaultStage();
    afterEach(() => stage.close());
    let secretId = '';
    let roleId = '';

    const store = (settings: Partial<VaultProvider> = {}, options: Parameters<typeof vaultStage>[0] = {}) => {
      stage = vaultStage({ secrets: { 'vault/token': bao().rootToken, 'vault/secret': secretId }, ...options });
      return stage.open({
        server: bao().url,
        caBundle: Buffer.from(bao().authority).toString('base64'),
        path: 'secret',
        auth: { appRole: { roleId, secretRef: { name: 'vault', key: 'secret' } } },
        ...settings,
      });
    };
    const quick = { retry: { maxRetries: 1, intervalMs: 1 } };

    beforeAll(async () => {
      await bao().mountKv('secret', 2);
      await bao().ok('POST', 'secret/data/db', { data: { password: 'hunter2' } });
      await bao().policy('app', 'path "secret/data/*" { capabilities = ["read"] }');
      await bao().enableAuth('approle');
      await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app'] });
      roleId = (await bao().ok('GET', 'auth/approle/role/app/role-id')).data.role_id;
      secretId = (await bao().ok('POST', 'auth/approle/role/app/secret-id')).data.secret_id;
    });

    it('says that the server is sealed, and goes on with the same session once it is not', async () => {
      const backend = await store({}, quick);
      await readOne(backend, 'db');
      await bao().seal();
      expect(await refusalOf(backend, 'db')).toMatchObject({
        class: 'Unavailable',
        message: `vault: reading 'db': ${bao().url} is sealed`,
      });
      expect((await failureOf(backend.validate(signal))).class).toBe('Unavailable');
      await bao().unseal();
      expect(await textOf(backend, 'db')).toContain('hunter2');
      expect(stage.counts().login).toBe(1);
    });

    it('logs in as soon as a server that was sealed at first is unsealed', async () => {
      await bao().seal();
      const backend = await store({}, quick);
      expect(await refusalOf(backend, 'db')).toMatchObject({ class: 'Unavailable' });
      await bao().unseal();
      expect(await textOf(backend, 'db')).toContain('hunter2');
    });

    it('says that nobody answers, and goes on with the same session after a restart', async () => {
      const backend = await store({}, quick);
      await readOne(backend, 'db');
      await bao().kill();
      expect(await refusalOf(backend, 'db')).toMatchObject({
        class: 'Unavailable',
        message: `vault: reading 'db': ${bao().url} refuses connections`,
      });
      await bao().restart();
      expect(await textOf(backend, 'db')).toContain('hunter2');
      expect(stage.counts().login).toBe(1);
    });

    it('closes without complaint while the server is down', async () => {
      const backend = await store({}, quick);
      await readOne(backend, 'db');
      await bao().kill();
      await expect(backend.close()).resolves.toBeUndefined();
      await bao().restart();
    });

    it('obeys a quota: the refusal says when to come again', async () => {
      await bao().mountKv('limited', 2);
      await bao().ok('POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true });
      await bao().ok('POST', 'sys/quotas/rate-limit/limited', { path: 'limited/', rate: 1, interval: '30s' });
      const backend = await store({ path: 'limited', auth: { tokenSecretRef: { name: 'vault', key: 'token' } } });
      await refusalOf(backend, 'a');
      const errors = await Promise.all(['b', 'c', 'd'].map((key) => refusalOf(backend, key)));
      const throttled = errors.find((error) => error.class === 'Throttled');
      expect(throttled?.message).toMatch(/asks for fewer requests$/);
      expect(throttled?.retryAfterMs).toBeGreaterThan(0);
      await bao().ok('DELETE', 'sys/quotas/rate-limit/limited');
    });

    it('is not harmed by a sealed namespace beside it', async () => {
      const namespace = await bao().sealableNamespace('tenant');
      await bao().mountKv('secret', 2, { namespace: 'tenant' });
      const rootAuth = { auth: { tokenSecretRef: { name: 'vault', key: 'token' } } };
      const tenant = await store({ ...rootAuth, namespace: 'tenant' }, quick);
      expect((await refusalOf(tenant, 'db')).class).toBe('NotFound');
      await namespace.seal();
      expect(await refusalOf(tenant, 'db')).toMatchObject({
        class: 'Unavailable',
        message: `vault: reading 'db': ${bao().url} is up, but the namespace is sealed`,
      });
      const other = await stage.open({
        server: bao().url,
        caBundle: Buffer.from(bao().authority).toString('base64'),
        path: 'secret',
        ...rootAuth,
      });
      expect(tenant.destination).not.toBe(other.destination);
      expect(await textOf(other, 'db')).toContain('hunter2');
      await namespace.unseal();
      expect((await refusalOf(tenant, 'db')).class).toBe('NotFound');
    });

    it('gives up waiting when the caller does', async () => {
      const silent = await proxy(() => undefined);
      const backend = await store({ server: silent.url });
      const patience = new AbortController();
      const reading = readOne(backend, 'db', patience.signal);
      await silent.reached;
      patience.abort(new Error('enough'));
      await expect(reading).rejects.toThrow('enough');
      await silent.close();
    });

    it('calls a server that never answers unavailable', async () => {
      const silent = await proxy(() => undefined);
      const backend = await store({ server: silent.url }, { ...quick, timeoutMs: 50 });
      expect(await refusalOf(backend, 'db')).toMatchObject({ class: 'Unavailable' });
      await silent.close();
    });

    it('reads on when a connection is cut under it', async () => {
      const sockets: Socket[] = [];
      const through = await proxy((socket) => {
        const port = Number(new URL(bao().url).port);
        const onward = connect(port, '127.0.0.1');
        for (const end of [socket, onward]) end.on('error', () => undefined);
        socket.pipe(onward).pipe(socket);
        sockets.push(socket);
      });
      const backend = await store({ server: through.url }, quick);
      await readOne(backend, 'db');
      for (const socket of sockets) socket.resetAndDestroy();
      expect(await textOf(backend, 'db')).toContain('hunter2');
      await stage.close();
      await through.close();
    });
  },
  { storage: 'raft' },
);

/** A TCP server that does with its connections what it is told. */
async function proxy(onConnection: (socket: Socket) => void) {
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    reach();
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    reached,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
