// Logging in to a real OpenBao in every way that it has here, and what becomes of tokens, policies and namespaces.

import { createPublicKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kubeReferences } from '../../controller/stores/references.ts';
import { createClient } from '../../src/kube/client.ts';
import { fixedConfig } from '../../src/kube/cluster-config.ts';
import type { VaultAuth, VaultProvider } from '../../src/kube/external-secrets.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import {
  failureOf,
  readOne,
  refusalOf,
  type StageOptions,
  textOf,
  vaultStage,
} from '../controller/stores/support/vault.ts';
import { createCredentials } from './support/credentials.mjs';
import { trustServiceAccounts } from './support/kubernetes-auth.ts';
import { describeOnOpenBao } from './support/openbao.ts';
import { type Client, describeOnCluster, eventually } from './support/real.ts';

const { signal } = new AbortController();
const mayRead = 'path "secret/data/app/*" { capabilities = ["read"] }';

describeOnOpenBao('logging in to a real OpenBao', (bao) => {
  let stage = vaultStage();
  afterEach(() => stage.close());

  const settings = (auth: VaultAuth, more: Partial<VaultProvider> = {}): VaultProvider => ({
    server: bao().url,
    caBundle: Buffer.from(bao().authority).toString('base64'),
    path: 'secret',
    auth,
    ...more,
  });
  const open = (auth: VaultAuth, options: StageOptions = {}, more: Partial<VaultProvider> = {}) => {
    stage = vaultStage(options);
    return stage.open(settings(auth, more));
  };
  const selector = (key: string) => ({ name: 'vault', key });
  const tokenAuth: VaultAuth = { tokenSecretRef: selector('token') };
  const held = (token: string): StageOptions => ({ secrets: { 'vault/token': token } });

  beforeAll(async () => {
    await bao().mountKv('secret', 2);
    await bao().ok('POST', 'secret/data/app/db', { data: { password: 'hunter2' } });
    await bao().ok('POST', 'secret/data/other/db', { data: { password: 'not yours' } });
    await bao().policy('app', mayRead);
  });

  describe('by token', () => {
    it('reads what the policies of the token allow, and nothing else', async () => {
      const backend = await open(tokenAuth, held(await bao().token({ policies: ['app'] })));
      expect(await textOf(backend, 'app/db')).toBe('{"password":"hunter2"}');
      const denied = await refusalOf(backend, 'other/db');
      expect(denied).toMatchObject({
        class: 'Denied',
        message: "vault: reading 'other/db': permission denied on secret/data/other/db",
      });
      expect(denied.hints).toEqual(["a policy of its token has to allow 'read' on secret/data/other/db"]);
    });

    it('denies a path that does not exist just as one that does', async () => {
      const backend = await open(tokenAuth, held(await bao().token({ policies: ['app'] })));
      expect((await refusalOf(backend, 'other/none')).class).toBe('Denied');
      expect((await refusalOf(backend, 'app/none')).class).toBe('NotFound');
    });

    it('takes the line end off a token', async () => {
      const token = await bao().token({ policies: ['app'] });
      expect(await textOf(await open(tokenAuth, held(`${token}\n`)), 'app/db')).toContain('hunter2');
    });

    it('says that a token was revoked, and does not call the path denied', async () => {
      const token = await bao().token({ policies: ['app'] });
      const backend = await open(tokenAuth, held(token));
      await bao().ok('POST', 'auth/token/revoke', { token });
      expect(await refusalOf(backend, 'app/db')).toMatchObject({
        class: 'Denied',
        message: `vault: the token is not, or no longer, known to ${bao().url}`,
      });
      expect(await failureOf(backend.validate(signal))).toMatchObject({ class: 'Denied' });
    });

    it('never revokes or renews a token that was given to it', async () => {
      const token = await bao().token({ policies: ['app'], ttl: '10m' });
      await readOne(await open(tokenAuth, held(token)), 'app/db');
      await stage.close();
      expect((await bao().api('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(200);
      expect(stage.counts()).toEqual({ 'kv-read': 1 });
    });

    it('finds only where listing is allowed', async () => {
      await bao().policy('lists', `${mayRead}\npath "secret/metadata/app/*" { capabilities = ["list"] }`);
      const lists = await open(tokenAuth, held(await bao().token({ policies: ['lists'] })));
      expect((await lists.list({ path: 'app' }, signal)).map(({ name }) => name)).toEqual(['app/db']);
      const reads = await open(tokenAuth, held(await bao().token({ policies: ['app'] })));
      expect((await failureOf(reads.list({ path: 'app' }, signal))).class).toBe('Denied');
    });
  });

  describe('by appRole', () => {
    let ids = { role: '', secret: '' };
    const auth: VaultAuth = { appRole: { roleRef: selector('role'), secretRef: selector('secret') } };
    const secrets = () => ({ secrets: { 'vault/role': ids.role, 'vault/secret': ids.secret } });

    beforeAll(async () => {
      await bao().enableAuth('approle');
      await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app'], token_ttl: '20m' });
      const { role_id: role } = (await bao().ok('GET', 'auth/approle/role/app/role-id')).data;
      const { secret_id: secret } = (await bao().ok('POST', 'auth/approle/role/app/secret-id')).data;
      ids = { role, secret };
    });

    it('logs in once for many reads at once', async () => {
      const backend = await open(auth, secrets());
      await Promise.all(Array.from({ length: 50 }, () => readOne(backend, 'app/db')));
      expect(stage.counts()).toEqual({ login: 1, 'kv-read': 50 });
    });

    it('takes the role id from the settings', async () => {
      const backend = await open({ appRole: { roleId: ids.role, secretRef: selector('secret') } }, secrets());
      expect(await textOf(backend, 'app/db')).toContain('hunter2');
    });

    it('shares its login with every store of the same identity, and revokes it with the last', async () => {
      await bao().mountKv('second', 2);
      const first = await open(auth, secrets());
      const second = await stage.open(settings(auth, { path: 'second' }), secrets());
      await readOne(first, 'app/db');
      expect((await refusalOf(second, 'app/db')).class).toBe('Denied');
      expect(stage.counts().login).toBe(1);
      expect(first.identity).not.toBe(second.identity);
      await first.close();
      expect(stage.counts().revoke).toBeUndefined();
      await second.close();
      expect(stage.counts().revoke).toBe(1);
    });

    it('has no session left on the server after it was closed', async () => {
      const accessors = async () => (await bao().ok('GET', 'auth/token/accessors?list=true')).data.keys.length;
      const before = await accessors();
      await readOne(await open(auth, secrets()), 'app/db');
      expect(await accessors()).toBe(before + 1);
      await stage.close();
      expect(await accessors()).toBe(before);
    });

    it('logs in again when its token was revoked under it, and the reader notices nothing', async () => {
      const clock = new AheadClock();
      const backend = await open(auth, { ...secrets(), clock });
      await readOne(backend, 'app/db');
      await revokeAll('auth/approle');
      clock.aheadMs += 3_000;
      expect(await textOf(backend, 'app/db')).toContain('hunter2');
      expect(stage.counts()).toEqual({ login: 2, 'kv-read': 3, 'lookup-self': 1 });
    });

    it('gets the policies that its role was given since, by a new login', async () => {
      const clock = new AheadClock();
      await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['default'] });
      const backend = await open(auth, { ...secrets(), clock });
      clock.aheadMs += 3_000;
      expect((await refusalOf(backend, 'app/db')).class).toBe('Denied');
      await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app'] });
      clock.aheadMs += 61_000;
      expect(await textOf(backend, 'app/db')).toContain('hunter2');
    });

    it('is refused with a wrong secret id, once for all who wait', async () => {
      const backend = await open(auth, { secrets: { 'vault/role': ids.role, 'vault/secret': 'wrong' } });
      const errors = await Promise.all(Array.from({ length: 20 }, () => refusalOf(backend, 'app/db')));
      expect(new Set(errors.map(({ message }) => message))).toEqual(
        new Set(['vault: logging in by appRole: the server refuses the credentials or the role']),
      );
      expect(errors[0]).toMatchObject({ class: 'Denied' });
      expect(stage.counts()).toEqual({ login: 1 });
    });

    it('renews its token before it ends', async () => {
      await bao().ok('POST', 'auth/approle/role/short', {
        token_policies: ['app'],
        token_ttl: '2s',
        token_max_ttl: '1m',
      });
      const backend = await open(auth, { secrets: await shortIds() });
      await readOne(backend, 'app/db');
      await eventually(() => (stage.counts().renew ?? 0) >= 3, { what: 'three renewals' });
      expect(await textOf(backend, 'app/db')).toContain('hunter2');
      expect(stage.counts().login).toBe(1);
    });

    it('logs in anew when renewing has come to its end', async () => {
      await bao().ok('POST', 'auth/approle/role/short', {
        token_policies: ['app'],
        token_ttl: '2s',
        token_max_ttl: '3s',
      });
      const backend = await open(auth, { secrets: await shortIds() });
      const reads = async () => {
        expect(await textOf(backend, 'app/db')).toContain('hunter2');
        return (stage.counts().login ?? 0) >= 3;
      };
      await eventually(reads, { what: 'three logins', everyMs: 50 });
      expect(stage.calls.filter(({ call, code }) => call === 'kv-read' && code !== '200')).toEqual([]);
    });

    it('does not renew or revoke batch tokens', async () => {
      const batch = { token_policies: ['app'], token_type: 'batch', token_ttl: '2s' };
      await bao().ok('POST', 'auth/approle/role/short', { ...batch, token_max_ttl: '2s' });
      const backend = await open(auth, { secrets: await shortIds() });
      const reads = async () => {
        expect(await textOf(backend, 'app/db')).toContain('hunter2');
        return (stage.counts().login ?? 0) >= 2;
      };
      await eventually(reads, { what: 'a second login', everyMs: 50 });
      await stage.close();
      expect(Object.keys(stage.counts()).sort()).toEqual(['kv-read', 'login']);
    });

    async function shortIds() {
      const { role_id: role } = (await bao().ok('GET', 'auth/approle/role/short/role-id')).data;
      const { secret_id: secret } = (await bao().ok('POST', 'auth/approle/role/short/secret-id')).data;
      return { 'vault/role': role, 'vault/secret': secret };
    }
  });

  describe('by password', () => {
    beforeAll(async () => {
      await bao().enableAuth('userpass');
      await bao().ok('POST', 'auth/userpass/users/joe', { password: ' p w ', token_policies: ['app'] });
    });
    const auth: VaultAuth = { userPass: { username: 'joe', secretRef: selector('password') } };

    it('logs in by userPass, with the password as it stands', async () => {
      const backend = await open(auth, { secrets: { 'vault/password': ' p w ' } });
      expect(await textOf(backend, 'app/db')).toContain('hunter2');
      expect(await backend.validate(signal)).toBe('valid');
    });

    it('is refused with another', async () => {
      const backend = await open(auth, { secrets: { 'vault/password': 'p w' } });
      expect(await failureOf(backend.validate(signal))).toMatchObject({ class: 'Denied' });
    });

    it('says so when the method is not mounted where the store says', async () => {
      const elsewhere: VaultAuth = { userPass: { path: 'people', username: 'joe', secretRef: selector('password') } };
      const error = await refusalOf(await open(elsewhere, { secrets: { 'vault/password': ' p w ' } }), 'app/db');
      expect(error.class).toBe('Denied');
      expect(error.hints[0]).toContain('auth/people/login/joe');
    });
  });

  describe('by certificate', () => {
    beforeAll(async () => {
      await bao().enableAuth('cert');
      await bao().ok('POST', 'auth/cert/certs/app', { certificate: bao().authority, token_policies: ['app'] });
    });
    const auth: VaultAuth = { cert: { clientCert: selector('tls.crt'), secretRef: selector('tls.key') } };
    const secrets = ({ cert, key }: { cert: string; key: string }) => ({
      secrets: { 'vault/tls.crt': cert, 'vault/tls.key': key },
    });

    it('logs in with a certificate that the role trusts', async () => {
      expect(await textOf(await open(auth, secrets(bao().client)), 'app/db')).toContain('hunter2');
    });

    it('logs in by the role that is named', async () => {
      const named: VaultAuth = { cert: { ...auth.cert, vaultRole: 'app' } };
      expect(await textOf(await open(named, secrets(bao().client)), 'app/db')).toContain('hunter2');
      const other: VaultAuth = { cert: { ...auth.cert, vaultRole: 'nobody' } };
      expect((await refusalOf(await open(other, secrets(bao().client)), 'app/db')).class).toBe('Denied');
    });

    it('is refused with a certificate of another authority', async () => {
      const stranger = await createCredentials();
      const pair = { cert: stranger.adminCertificate, key: stranger.clientKey };
      expect((await refusalOf(await open(auth, secrets(pair)), 'app/db')).class).toBe('Denied');
    });
  });

  describe('and namespaces', () => {
    beforeAll(async () => {
      await bao().namespace('team');
      await bao().mountKv('secret', 2, { namespace: 'team' });
      await bao().ok('POST', 'secret/data/app/db', { data: { password: 'of the team' } }, { namespace: 'team' });
      await bao().policy('app', mayRead, { namespace: 'team' });
      await bao().policy('into-team', 'path "team/secret/data/app/*" { capabilities = ["read"] }');
      await bao().enableAuth('userpass', 'userpass', { namespace: 'team' });
      const joe = { password: 'team', token_policies: ['app'] };
      await bao().ok('POST', 'auth/userpass/users/joe', joe, { namespace: 'team' });
    });
    const auth: VaultAuth = { userPass: { username: 'joe', secretRef: selector('password') } };

    it('logs in and reads in the namespace of the store', async () => {
      const backend = await open(auth, { secrets: { 'vault/password': 'team' } }, { namespace: 'team' });
      expect(await textOf(backend, 'app/db')).toBe('{"password":"of the team"}');
      expect(await backend.validate(signal)).toBe('valid');
    });

    it('logs in in one namespace and reads in another', async () => {
      const token = await bao().token({ policies: ['into-team'] });
      const backend = await open({ ...tokenAuth, namespace: '' }, held(token), { namespace: 'team' });
      expect(await textOf(backend, 'app/db')).toBe('{"password":"of the team"}');

      await bao().ok('POST', 'auth/userpass/users/root-joe', { password: 'root', token_policies: ['into-team'] });
      const user: VaultAuth = { namespace: '/', userPass: { username: 'root-joe', secretRef: selector('password') } };
      const across = await open(user, { secrets: { 'vault/password': 'root' } }, { namespace: 'team' });
      expect(await textOf(across, 'app/db')).toBe('{"password":"of the team"}');
      await stage.close();
      expect(stage.calls.find(({ call }) => call === 'revoke')?.code).toBe('204');
    });

    it('does not read the same path of another namespace', async () => {
      const backend = await open(auth, { secrets: { 'vault/password': 'team' } }, { namespace: 'team/below' });
      expect(['Denied', 'Invalid']).toContain((await refusalOf(backend, 'app/db')).class);
    });

    it('keeps stores of two namespaces apart, for coalescing and for outages', async () => {
      const [one, two] = [
        await open(tokenAuth, held(bao().rootToken)),
        await open(tokenAuth, held(bao().rootToken), { namespace: 'team' }),
      ];
      expect(one.identity).not.toBe(two.identity);
      expect(one.destination).not.toBe(two.destination);
    });
  });

  describe('and the connection', () => {
    it('refuses a server whose authority it does not know, and says what to do', async () => {
      stage = vaultStage(held(bao().rootToken));
      const { caBundle: _, ...unknown } = settings(tokenAuth);
      const error = await refusalOf(await stage.open(unknown), 'app/db');
      expect(error.class).toBe('Unavailable');
      expect(error.message).toContain('failed the TLS handshake');
      expect(error.hints[0]).toContain('caBundle or caProvider');
    });

    it('takes the authority from a ConfigMap or a Secret', async () => {
      const { caBundle: _, ...bare } = settings(tokenAuth);
      stage = vaultStage({
        secrets: { 'vault/token': bao().rootToken, 'trust/ca.crt': bao().authority },
        configMaps: { 'trust/ca.crt': bao().authority },
      });
      for (const type of ['ConfigMap', 'Secret'] as const) {
        const backend = await stage.open({ ...bare, caProvider: { type, name: 'trust', key: 'ca.crt' } });
        expect(await textOf(backend, 'app/db')).toContain('hunter2');
      }
    });

    it('talks to a server without TLS where the store says http', async () => {
      const backend = await open(tokenAuth, held(bao().rootToken), { server: bao().plainUrl });
      expect(await textOf(backend, 'app/db')).toContain('hunter2');
    });

    it('sends the headers of the store, and reads with read-your-writes asked for', async () => {
      const backend = await open(tokenAuth, held(bao().rootToken), {
        headers: { 'X-Tenant': 'a' },
        readYourWrites: true,
        forwardInconsistent: true,
      });
      expect(await textOf(backend, 'app/db')).toContain('hunter2');
    });
  });

  describeOnCluster('with service accounts of a real cluster', (cluster: Client) => {
    let namespace = '';
    const kube = createClient({
      config: fixedConfig({ server: cluster.url, tls: cluster.tls }),
      clock: systemClock,
      random: Math.random,
    });
    afterAll(() => kube.close());
    const references = () => kubeReferences({ kube, provider: 'vault', storeNamespace: namespace });
    const serviceAccount = (name: string) =>
      cluster.api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { body: { metadata: { name } } });
    const tokenFor = async (name: string, spec: object = { expirationSeconds: 3600 }) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      return (await cluster.api('POST', path, { body: { spec } })).body.status.token as string;
    };

    beforeAll(async () => {
      namespace = await cluster.freshNamespace('vault');
      for (const name of ['app', 'stranger']) await serviceAccount(name);
      await trustServiceAccounts(cluster, bao());
      const bound = { bound_service_account_names: ['app'], bound_service_account_namespaces: [namespace] };
      await bao().ok('POST', 'auth/kubernetes/role/app', { ...bound, token_policies: ['app'] });
      await bao().ok('POST', 'auth/kubernetes/role/narrow', { ...bound, audience: 'bao', token_policies: ['app'] });

      const { keys } = JSON.parse((await cluster.kubectlOk(['get', '--raw', '/openid/v1/jwks'])) as string);
      const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      await bao().enableAuth('jwt');
      await bao().ok('POST', 'auth/jwt/config', { jwt_validation_pubkeys: [pem] });
      await bao().ok('POST', 'auth/jwt/role/app', {
        role_type: 'jwt',
        user_claim: 'sub',
        bound_audiences: ['vault'],
        bound_subject: `system:serviceaccount:${namespace}:app`,
        token_policies: ['app'],
      });
    });

    it('logs in by kubernetes with a token made for the service account', async () => {
      const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'app' } } };
      expect(await textOf(await open(auth, { references: references() }), 'app/db')).toContain('hunter2');
    });

    it('asks for the audiences that the role wants', async () => {
      const narrow = (audiences?: string[]) => ({
        kubernetes: { role: 'narrow', serviceAccountRef: { name: 'app', ...(audiences && { audiences }) } },
      });
      const right = await open(narrow(['bao']), { references: references() });
      expect(await textOf(right, 'app/db')).toContain('hunter2');
      const wrong = await open(narrow(), { references: references() });
      expect((await refusalOf(wrong, 'app/db')).class).toBe('Denied');
    });

    it('is refused as another service account', async () => {
      const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'stranger' } } };
      expect((await refusalOf(await open(auth, { references: references() }), 'app/db')).class).toBe('Denied');
    });

    it('names a service account that does not exist', async () => {
      const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'ghost' } } };
      await expect(open(auth, { references: references() })).rejects.toMatchObject({
        class: 'Invalid',
        message: `service account '${namespace}/ghost' that the store refers to does not exist`,
      });
    });

    it('logs in by kubernetes with a token from a Secret, under the key token by default', async () => {
      const data = { token: Buffer.from(await tokenFor('app')).toString('base64') };
      const path = `/api/v1/namespaces/${namespace}/secrets`;
      await cluster.api('POST', path, { body: { metadata: { name: 'jwt' }, data } });
      const auth = { kubernetes: { role: 'app', secretRef: { name: 'jwt' } } };
      expect(await textOf(await open(auth, { references: references() }), 'app/db')).toContain('hunter2');
    });

    it("logs in by kubernetes with the controller's own token", async () => {
      const ownToken = () => tokenFor('app');
      const auth = { kubernetes: { role: 'app' } };
      expect(await textOf(await open(auth, { references: references(), ownToken }), 'app/db')).toContain('hunter2');
    });

    it('logs in by jwt with a token made for the audience vault', async () => {
      const kubernetesServiceAccountToken = { serviceAccountRef: { name: 'app' } };
      const auth = { jwt: { role: 'app', kubernetesServiceAccountToken } };
      expect(await textOf(await open(auth, { references: references() }), 'app/db')).toContain('hunter2');
    });

    it('logs in by jwt with a token from a Secret', async () => {
      const jwt = await tokenFor('app', { audiences: ['vault'], expirationSeconds: 3600 });
      const auth = { jwt: { role: 'app', secretRef: selector('jwt') } };
      expect(await textOf(await open(auth, { secrets: { 'vault/jwt': jwt } }), 'app/db')).toContain('hunter2');
    });

    it('is refused by jwt for another audience', async () => {
      const kubernetesServiceAccountToken = { serviceAccountRef: { name: 'app' }, audiences: ['elsewhere'] };
      const auth = { jwt: { role: 'app', kubernetesServiceAccountToken } };
      expect((await refusalOf(await open(auth, { references: references() }), 'app/db')).class).toBe('Denied');
    });

    it('reads credentials and authorities from the real API server, and names what is missing', async () => {
      const path = `/api/v1/namespaces/${namespace}`;
      const data = { token: Buffer.from(bao().rootToken).toString('base64') };
      await cluster.api('POST', `${path}/secrets`, { body: { metadata: { name: 'vault' }, data } });
      const trust = { metadata: { name: 'trust' }, data: { 'ca.crt': bao().authority } };
      await cluster.api('POST', `${path}/configmaps`, { body: trust });
      const { caBundle: _, ...bare } = settings(tokenAuth);
      const caProvider = { type: 'ConfigMap', name: 'trust', key: 'ca.crt' } as const;
      stage = vaultStage({ references: references() });
      expect(await textOf(await stage.open({ ...bare, caProvider }), 'app/db')).toContain('hunter2');
      const missing = stage.open({ ...bare, caProvider: { ...caProvider, key: 'none' } });
      expect((await failureOf(missing)).message).toBe(
        `ConfigMap '${namespace}/trust' that the store refers to has no key 'none'`,
      );
    });

    it('may not refer to another namespace as a namespaced store, and does as a cluster store', async () => {
      const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'app', namespace } } };
      const elsewhere = kubeReferences({ kube, provider: 'vault', storeNamespace: 'default' });
      stage = vaultStage();
      expect((await failureOf(stage.open(settings(auth), { references: elsewhere }))).class).toBe('Invalid');
      const cluster = kubeReferences({ kube, provider: 'vault' });
      expect(await textOf(await stage.open(settings(auth), { references: cluster }), 'app/db')).toContain('hunter2');
    });

    it('takes the service account of whoever uses a cluster store that names no namespace', async () => {
      const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'app' } } };
      stage = vaultStage();
      const nobody = await stage.open(settings(auth), { references: kubeReferences({ kube, provider: 'vault' }) });
      expect(await nobody.validate(signal)).toBe('unknown');
      const consumer = kubeReferences({ kube, provider: 'vault', consumerNamespace: namespace });
      expect(await textOf(await stage.open(settings(auth), { references: consumer }), 'app/db')).toContain('hunter2');
    });
  });

  async function revokeAll(prefix: string): Promise<void> {
    await bao().ok('PUT', `sys/leases/revoke-prefix/${prefix}`, {});
  }
});

/** The real clock, which a test may set forward. */
class AheadClock {
  aheadMs = 0;
  now = () => systemClock.now();
  monotonicMs = () => systemClock.monotonicMs() + this.aheadMs;
  sleep = systemClock.sleep;
  timer = systemClock.timer;
}
