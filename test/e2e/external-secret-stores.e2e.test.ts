// Stores of every kind used by ExternalSecrets through the controller, under its own rights: whose credentials, from where, for whom.

import { createPublicKey } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AwsProvider, SecretStoreSpec, VaultAuth, VaultProvider } from '../../src/kube/external-secrets.ts';
import type { KubeObject, ObjectMeta } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { type Words, wordsIn } from '../controller/support/external.ts';
import { onStage } from './support/external.ts';
import { trustServiceAccounts } from './support/kubernetes-auth.mjs';
import { describeOnMoto } from './support/moto.ts';
import { describeOnOpenBao } from './support/openbao.ts';
import { describeOnCluster } from './support/real.ts';

const password = { secretKey: 'password', remoteRef: { key: 'app/db', property: 'password' } };
const clusterStore = { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' as const } };

describeOnCluster('stores on a real API server', (cluster) => {
  /** What both suites do with cluster stores and second namespaces; everything goes after each test. */
  function clusterWords(scene: ReturnType<typeof onStage>) {
    const others: Words[] = [];
    afterEach(async () => {
      for (const { namespace } of others.splice(0)) {
        await cluster.kubectlOk(['delete', 'es', '--all', '-n', namespace, '--wait=false']);
      }
      await scene.house.kube.delete(resources.clusterSecretStore, { name: 'shared' }).catch(() => undefined);
    });
    return {
      /** The store `shared`. */
      share: (spec: SecretStoreSpec) => scene.words.create(resources.clusterSecretStore, 'shared', { spec }),
      async neighbour(): Promise<Words> {
        const words = wordsIn(scene.house.kube, (await scene.house.scene()).namespace);
        others.push(words);
        return words;
      },
      account: (words: Words, name: string, metadata: ObjectMeta = {}) =>
        words.create<KubeObject>(resources.serviceAccount, name, {}, metadata),
    };
  }

  describeOnOpenBao('with a real OpenBao', (bao) => {
    const scene = onStage(cluster);
    const { share, neighbour, account } = clusterWords(scene);
    const vault = (auth: VaultAuth, more: Partial<VaultProvider> = {}) => ({
      vault: {
        server: bao().url,
        caBundle: Buffer.from(bao().authority).toString('base64'),
        path: 'secret',
        auth,
        ...more,
      },
    });
    const bound = (names: string[], namespaces: string[]) => ({
      bound_service_account_names: names,
      bound_service_account_namespaces: namespaces,
      token_policies: ['app'],
    });
    let roleId = '';
    const secretId = async (): Promise<string> =>
      (await bao().ok('POST', 'auth/approle/role/app/secret-id')).data.secret_id;

    beforeAll(async () => {
      await bao().mountKv('secret', 2);
      await bao().mountKv('old', 1);
      await bao().ok('POST', 'old/app/db', { password: 's3cret' });
      await bao().policy(
        'app',
        'path "+/data/app/*" { capabilities = ["read"] }\npath "old/app/*" { capabilities = ["read"] }',
      );
      await trustServiceAccounts(cluster, bao());
      await bao().enableAuth('approle');
      await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app'] });
      roleId = (await bao().ok('GET', 'auth/approle/role/app/role-id')).data.role_id;
      await bao().enableAuth('userpass');
      await bao().ok('POST', 'auth/userpass/users/app', { password: 'hunter2', token_policies: ['app'] });
      await bao().enableAuth('cert');
      await bao().ok('POST', 'auth/cert/certs/app', { certificate: bao().authority, token_policies: ['app'] });
      const { keys } = JSON.parse(await cluster.kubectlOk(['get', '--raw', '/openid/v1/jwks']));
      const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      await bao().enableAuth('jwt');
      await bao().ok('POST', 'auth/jwt/config', { jwt_validation_pubkeys: [pem] });
    });
    beforeEach(() => bao().ok('POST', 'secret/data/app/db', { data: { password: 's3cret' } }));

    describe('a SecretStore', () => {
      const at = (key: string) => ({ name: 'login', key });

      it.each<[string, () => Promise<[auth: VaultAuth, items: Record<string, string>, more?: Partial<VaultProvider>]>]>(
        [
          [
            'token',
            async () => [{ tokenSecretRef: at('token') }, { token: `${await bao().token({ policies: ['app'] })}\n` }],
          ],
          [
            'appRole',
            async () => [
              { appRole: { roleRef: at('role'), secretRef: at('secret') } },
              { role: roleId, secret: await secretId() },
            ],
          ],
          ['userPass', async () => [{ userPass: { username: 'app', secretRef: at('word') } }, { word: 'hunter2' }]],
          [
            'cert',
            async () => [
              { cert: { clientCert: at('tls.crt'), secretRef: at('tls.key') } },
              { 'tls.crt': bao().client.cert, 'tls.key': bao().client.key },
            ],
          ],
          [
            'KV v1 by token',
            async () => [
              { tokenSecretRef: at('token') },
              { token: await bao().token({ policies: ['app'] }) },
              { path: 'old', version: 'v1' },
            ],
          ],
        ],
      )('reads by %s', async (_, login) => {
        const { words } = scene;
        const [auth, items, more] = await login();
        await words.credentials('login', items);
        await words.store('vault', vault(auth, more));
        await words.external('db', { data: [password] });
        await words.untilValues({ password: 's3cret' });
        await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
      });

      it('reads as a service account of its namespace, by kubernetes and by jwt', async () => {
        const { words } = scene;
        const { namespace } = words;
        await account(words, 'app');
        await bao().ok('POST', `auth/kubernetes/role/${namespace}`, bound(['app'], [namespace]));
        await bao().ok('POST', `auth/jwt/role/${namespace}`, {
          role_type: 'jwt',
          user_claim: 'sub',
          bound_audiences: ['vault'],
          bound_subject: `system:serviceaccount:${namespace}:app`,
          token_policies: ['app'],
        });
        const serviceAccountRef = { name: 'app' };
        await words.store('vault', vault({ kubernetes: { role: namespace, serviceAccountRef } }));
        await words.store(
          'second',
          vault({ jwt: { role: namespace, kubernetesServiceAccountToken: { serviceAccountRef } } }),
        );
        await words.external('db', { data: [password] });
        await words.external('second', { secretStoreRef: { name: 'second' }, data: [password] });
        await words.untilValues({ password: 's3cret' });
        await words.untilValues({ password: 's3cret' }, 'second');
      });

      it('reads in a namespace of the server', async () => {
        const { words } = scene;
        await bao()
          .namespace('tenant')
          .catch(() => undefined);
        const inside = { namespace: 'tenant' };
        await bao().mountKv('secret', 2, inside);
        await bao().ok('POST', 'secret/data/app/db', { data: { password: 'rotated-marker' } }, inside);
        await words.credentials('login', { token: bao().rootToken });
        await words.store('vault', vault({ tokenSecretRef: at('token') }, inside));
        await words.external('db', { data: [password] });
        await words.untilValues({ password: 'rotated-marker' });
      });

      it('may not point at another namespace, which it and its users say', async () => {
        const { words } = scene;
        const other = await neighbour();
        await other.credentials('login', { token: bao().rootToken });
        const token = { ...at('token'), namespace: other.namespace };
        await words.store('vault', vault({ tokenSecretRef: token }));
        await words.external('db', { data: [password] });
        await words.untilReady('vault', 'False', 'InvalidProviderConfig', resources.secretStore);
        await words.untilReady('db', 'False', 'SecretSyncedError');
        const { message } = (await words.condition('Ready')) ?? {};
        expect(message).toBe(
          `Invalid: the store in namespace '${words.namespace}' refers to 'login' in namespace '${other.namespace}'; a SecretStore may only refer to its own namespace; a ClusterSecretStore may name others`,
        );
      });

      it('takes up a CA bundle that comes later, and another one in its place', async () => {
        const { words, house } = scene;
        await words.credentials('login', { token: bao().rootToken });
        const provider = vault({ tokenSecretRef: at('token') });
        const { caBundle: _, ...bare } = provider.vault;
        const caProvider = { type: 'ConfigMap' as const, name: 'trust', key: 'ca.crt' };
        await words.store('vault', { vault: { ...bare, caProvider } });
        await words.external('db', { data: [password] });
        await words.untilReady('db', 'False', 'SecretSyncedError');
        expect((await words.condition('Ready'))?.message).toContain(`ConfigMap '${words.namespace}/trust'`);
        await words.create(resources.configMap, 'trust', { data: { 'ca.crt': 'no certificate' } });
        await words.until(
          () => words.condition('Ready'),
          (ready) => ready?.message?.includes('does not exist') === false,
          'another complaint',
        );
        const data = { 'ca.crt': bao().authority };
        await house.kube.mergePatch(resources.configMap, words.at('trust'), { data });
        await words.untilValues({ password: 's3cret' });
      });
    });

    describe('a ClusterSecretStore', () => {
      it('reads with the credentials of the namespace that it names, for every namespace', async () => {
        const { words } = scene;
        const [home, other] = [await neighbour(), await neighbour()];
        await home.credentials('login', { token: await bao().token({ policies: ['app'] }) });
        const token = { name: 'login', key: 'token', namespace: home.namespace };
        await share({ provider: vault({ tokenSecretRef: token }) });
        for (const one of [words, other]) await one.external('db', { ...clusterStore, data: [password] });
        for (const one of [words, other]) await one.untilValues({ password: 's3cret' });
        await words.untilReady('shared', 'True', 'Valid', resources.clusterSecretStore);
      });

      it('reads with the credentials of whoever uses it, where it names no namespace', async () => {
        const { words, house } = scene;
        const other = await neighbour();
        await share({ provider: vault({ appRole: { roleId, secretRef: { name: 'login', key: 'secret' } } }) });
        await words.credentials('login', { secret: await secretId() });
        await other.credentials('login', { secret: 'not-a-secret-id' });
        for (const one of [words, other]) await one.external('db', { ...clusterStore, data: [password] });
        await words.untilValues({ password: 's3cret' });
        await words.untilReady('shared', 'True', 'ValidationUnknown', resources.clusterSecretStore);
        await other.untilReady('db', 'False', 'SecretSyncedError');
        expect((await other.condition('Ready'))?.message).toMatch(/^Denied: /);
        // The right one is taken up as it comes.
        const data = { secret: Buffer.from(await secretId()).toString('base64') };
        await house.kube.mergePatch(resources.secret, other.at('login'), { data });
        await other.untilValues({ password: 's3cret' });
      });

      it('reads as the service account of whoever uses it: what one namespace may read another may not', async () => {
        const { words } = scene;
        const other = await neighbour();
        for (const one of [words, other]) await account(one, 'app');
        await bao().ok('POST', 'auth/kubernetes/role/referent', bound(['app'], [words.namespace]));
        const kubernetes = { role: 'referent', serviceAccountRef: { name: 'app' } };
        await share({ provider: vault({ kubernetes }) });
        for (const one of [words, other]) await one.external('db', { ...clusterStore, data: [password] });
        await words.untilValues({ password: 's3cret' });
        await other.untilReady('db', 'False', 'SecretSyncedError');
        expect((await other.condition('Ready'))?.message).toMatch(/^Denied: vault: logging in by kubernetes/);
        expect(await other.getSecret()).toBeUndefined();
      });

      it('is only for the namespaces of its conditions, and a label let it be used at once', async () => {
        const { words } = scene;
        const other = await neighbour();
        await other.credentials('login', { token: bao().rootToken });
        const token = { name: 'login', key: 'token', namespace: other.namespace };
        const conditions = [{ namespaceSelector: { matchLabels: { 'may-read': 'yes' } } }];
        await share({ provider: vault({ tokenSecretRef: token }), conditions });
        await words.external('db', { ...clusterStore, data: [password] });
        await words.untilReady('db', 'False', 'SecretSyncedError');
        expect((await words.condition('Stalled'))?.reason).toBe('StoreNotAllowed');
        await cluster.kubectlOk(['label', 'namespace', words.namespace, 'may-read=yes']);
        await words.untilValues({ password: 's3cret' });
      });
    });
  });

  describeOnMoto('with moto', (aws) => {
    const scene = onStage(cluster, () => ({ 'aws-endpoint': [aws().url] }));
    const { share, neighbour, account } = clusterWords(scene);
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const provider = (more: Partial<AwsProvider>) => ({
      aws: { service: 'SecretsManager' as const, region: 'eu-west-1', ...more },
    });
    const keysIn = ({ namespace }: Words) => ({
      secretRef: {
        accessKeyIDSecretRef: { name: 'aws', key: 'id', namespace },
        secretAccessKeySecretRef: { name: 'aws', key: 'secret', namespace },
      },
    });
    const keys = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'administrator' };
    const calls = async (call: string) => {
      const metrics = await (await fetch(`${scene.controller.urls.metrics}/metrics`)).text();
      const counts = metrics.matchAll(
        new RegExp(`sealwright_provider_requests_total\\{[^}]*call="${call}"[^}]*\\} (\\d+)`, 'g'),
      );
      return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
    };

    beforeAll(async () => {
      const trust = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: '*' }],
      };
      for (const RoleName of ['first', 'second', 'reader', 'web']) {
        await aws().iam('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
      }
      await aws().secrets('CreateSecret', { Name: 'app/db', SecretString: '{"user":"admin","password":"s3cret"}' });
    });

    it('an ExternalSecret of v1beta1 makes its Secret, and writing it back as v1 changes nothing', async () => {
      const { words, house, controller } = scene;
      await words.credentials('aws', keys);
      await share({ provider: provider({ auth: keysIn(words) }) });
      const user = { secretKey: 'user', remoteRef: { key: 'app/db', property: 'user' } };
      const spec = { refreshInterval: '1h', ...clusterStore, data: [user, password] };
      const manifest = (version: string) =>
        JSON.stringify({
          apiVersion: `external-secrets.io/${version}`,
          kind: 'ExternalSecret',
          metadata: words.at('db'),
          spec,
        });
      const apply = (version: string, ...flags: string[]) =>
        cluster.kubectlOk(['apply', ...flags, '-f', '-'], { input: manifest(version) });
      await apply('v1beta1');
      await words.untilValues({ user: 'admin', password: 's3cret' });
      const before = await words.untilReady('db', 'True', 'SecretSynced');
      await controller.idle();
      const secret = await words.getSecret();
      const beta = { ...resources.externalSecret, version: 'v1beta1' };
      const still = async () => {
        await controller.idle();
        for (const resource of [resources.externalSecret, beta]) {
          const now = await house.kube.get<KubeObject & { spec: object }>(resource, words.at('db'));
          expect(now.apiVersion).toBe(`external-secrets.io/${resource.version}`);
          expect(now.spec).toEqual(spec);
          expect(now.metadata.generation).toBe(1);
        }
        expect(await words.getSecret()).toEqual(secret);
        expect((await words.getExternal())?.status?.conditions).toEqual(before.status?.conditions);
      };
      await still();
      // As it was read, with a mark of a deployment tool, and applied as v1 from Git, which is all that a migration does.
      const read = await house.kube.get<KubeObject>(resources.externalSecret, words.at('db'));
      const written = await house.kube.replace(resources.externalSecret, read);
      expect(written.metadata.resourceVersion).toBe(read.metadata.resourceVersion);
      await still();
      const annotations = { ...written.metadata.annotations, 'argocd.argoproj.io/tracking-id': 'apps:db' };
      await house.kube.replace(resources.externalSecret, {
        ...written,
        metadata: { ...written.metadata, annotations },
      });
      await still();
      await apply('v1');
      await still();
      await apply('v1', '--server-side', '--force-conflicts');
      await still();
      // An annotation of no tool is copied to the Secret, as the reference does, and to nothing else.
      await words.edit('db', { metadata: { annotations: { note: 'seen' } } });
      await words.until(
        () => words.getSecret(),
        (now) => now?.metadata.annotations?.note === 'seen',
        'the annotation',
      );
      expect((await words.getSecret())?.data).toEqual(secret?.data);
    });

    it('roles are assumed one after the other, once for all who read', async () => {
      const { words } = scene;
      const other = await neighbour();
      await words.credentials('aws', keys);
      const before = await calls('AssumeRole');
      await share({
        provider: provider({
          auth: keysIn(words),
          additionalRoles: [role('first'), role('second')],
          role: role('reader'),
          externalID: 'tenant',
          sessionTags: [{ key: 'team', value: 'red' }],
        }),
      });
      for (const one of [words, other]) {
        for (const name of ['db', 'db2', 'db3']) await one.external(name, { ...clusterStore, data: [password] });
      }
      for (const one of [words, other]) {
        for (const name of ['db', 'db2', 'db3']) await one.untilValues({ password: 's3cret' }, name);
      }
      expect((await calls('AssumeRole')) - before).toBe(3);
    });

    it('a service account brings its role: of the store’s namespace, or of whoever uses a ClusterSecretStore', async () => {
      const { words } = scene;
      const other = await neighbour();
      const annotations = { 'eks.amazonaws.com/role-arn': role('web') };
      await account(words, 'app', { annotations });
      await account(other, 'app');
      const auth = { jwt: { serviceAccountRef: { name: 'app' } } };
      await words.store('vault', provider({ auth }));
      await share({ provider: provider({ auth, additionalRoles: [role('first')], role: role('reader') }) });
      await words.external('own', { data: [password] });
      for (const one of [words, other]) await one.external('db', { ...clusterStore, data: [password] });
      await words.untilValues({ password: 's3cret' }, 'own');
      await words.untilValues({ password: 's3cret' });
      await words.untilReady('shared', 'True', 'ValidationUnknown', resources.clusterSecretStore);
      await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
      await other.untilReady('db', 'False', 'SecretSyncedError');
      expect((await other.condition('Ready'))?.message).toContain('eks.amazonaws.com/role-arn');
    });

    it('a service account that comes later is taken up', async () => {
      const { words } = scene;
      await words.store('vault', provider({ auth: { jwt: { serviceAccountRef: { name: 'late' } } } }));
      await words.external('db', { data: [password] });
      await words.untilReady('db', 'False', 'SecretSyncedError');
      expect((await words.condition('Ready'))?.message).toContain(`service account '${words.namespace}/late'`);
      await account(words, 'late', { annotations: { 'eks.amazonaws.com/role-arn': role('web') } });
      await words.untilValues({ password: 's3cret' });
    });
  });
});
