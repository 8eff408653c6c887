// No value, credential or word of a provider is shown anywhere: the controller on a real API server, with a real OpenBao and a real moto.

import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { ExternalSecretSpec, StoreProvider, VaultAuth } from '../../src/kube/external-secrets.ts';
import { resources } from '../../src/kube/resources.ts';
import { readyOf } from '../controller/support/external.ts';
import { shownBy } from '../controller/support/shown.ts';
import { leaksIn } from '../support/leaks.ts';
import { onStage } from './support/external.ts';
import { trustServiceAccounts } from './support/kubernetes-auth.ts';
import { describeOnMoto } from './support/moto.ts';
import { describeOnOpenBao } from './support/openbao.ts';
import { describeOnCluster } from './support/real.ts';

const value = 'mkValue7f3a9c';
const remote = (key: string, property?: string) => ({ remoteRef: { key, ...(property && { property }) } });
const from = (store: string, key: string, property?: string): ExternalSecretSpec => ({
  refreshInterval: '1s',
  secretStoreRef: { name: store },
  data: [{ secretKey: 'x', ...remote(key, property) }],
});
const templated = (template: object): ExternalSecretSpec => ({
  dataFrom: [{ extract: { key: 'app/db' } }],
  target: { template },
});
// Tokens that are made on the way, which a test cannot know: JSON Web Tokens, and those of the server.
const tokens = /eyJ[\w-]{10,}\.|\bhv[sb]\.\w{8}|\b[sb]\.\w{24}\b/;

describeOnCluster('nothing secret is shown on a real API server', (cluster) => {
  /** Applies them all, waits until each was looked at, and searches. Returns the reasons that were told. */
  async function searched(
    scene: ReturnType<typeof onStage>,
    specs: Record<string, ExternalSecretSpec>,
    markers: readonly string[],
  ): Promise<string[]> {
    const { words, house, controller } = scene;
    for (const [name, spec] of Object.entries(specs)) await words.external(name, spec);
    const reasons = new Set<string>();
    for (const name of Object.keys(specs)) {
      const object = await words.until(
        () => words.getExternal(name),
        (now) => readyOf(now) !== undefined,
        `a look at ${name}`,
      );
      reasons.add(object?.status?.conditions?.at(-1)?.reason ?? '');
    }
    const shown = await shownBy(house, controller);
    expect(leaksIn(shown, markers)).toEqual([]);
    expect(shown.filter(({ text }) => tokens.test(text))).toEqual([]);
    return [...reasons].toSorted();
  }

  describeOnOpenBao('with a real OpenBao', (bao) => {
    const scene = onStage(cluster);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const secretIds = { right: '', wrong: 'mkSecretId77b0' };
    let roleId = '';

    beforeAll(async () => {
      await bao().mountKv('secret', 2);
      const put = (key: string, data: object) => bao().ok('POST', `secret/data/${key}`, { data });
      await put('app/db', { password: value, text: `a ${value}\n: [`, key: pem });
      await put('app/gone', { password: value });
      await bao().ok('DELETE', 'secret/data/app/gone');
      await put('other/db', { password: value });
      await bao().policy('app', 'path "secret/data/app/*" { capabilities = ["read"] }');
      await bao().enableAuth('approle');
      await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app'] });
      roleId = (await bao().ok('GET', 'auth/approle/role/app/role-id')).data.role_id;
      secretIds.right = (await bao().ok('POST', 'auth/approle/role/app/secret-id')).data.secret_id;
      await bao().enableAuth('userpass');
      await bao().ok('POST', 'auth/userpass/users/app', { password: 'mkRightPass55', token_policies: ['app'] });
      await trustServiceAccounts(cluster, bao());
      await bao().ok('POST', 'auth/kubernetes/role/app', {
        bound_service_account_names: ['app'],
        bound_service_account_namespaces: ['*'],
        token_policies: ['app'],
      });
    });

    it('whatever succeeds or fails, before and after a success, and while the server is sealed', async () => {
      const { words } = scene;
      const at = (key: string) => ({ name: 'login', key });
      await words.credentials('login', {
        right: secretIds.right,
        wrong: secretIds.wrong,
        token: 'mkWrong90ffe2',
        password: 'mkUserPass31c8',
        'tls.crt': bao().client.cert,
        'tls.key': pem,
      });
      await words.create(resources.serviceAccount, 'app', {});
      await words.create(resources.serviceAccount, 'stranger', {});
      const kubernetes = (name: string) => ({ kubernetes: { role: 'app', serviceAccountRef: { name } } });
      const logins: Record<string, VaultAuth> = {
        vault: { appRole: { roleId, secretRef: at('right') } },
        'wrong-secret-id': { appRole: { roleId, secretRef: at('wrong') } },
        'wrong-token': { tokenSecretRef: at('token') },
        'wrong-password': { userPass: { username: 'app', secretRef: at('password') } },
        'wrong-key': { cert: { clientCert: at('tls.crt'), secretRef: at('tls.key') } },
        account: kubernetes('app'),
        stranger: kubernetes('stranger'),
      };
      for (const [name, auth] of Object.entries(logins)) {
        const caBundle = Buffer.from(bao().authority).toString('base64');
        const headers = { 'X-Gate': 'mkHeader5500d1' };
        await words.store(name, { vault: { server: bao().url, caBundle, path: 'secret', headers, auth } });
      }
      const markers = [
        value,
        ...['mkSecretId77b0', 'mkWrong90ffe2', 'mkUserPass31c8', 'mkRightPass55', 'mkHeader5500d1'],
        ...[secretIds.right, bao().rootToken],
        ...pem.split('\n').slice(1, -2),
      ];
      const reasons = await searched(
        scene,
        {
          ...Object.fromEntries(Object.keys(logins).map((name) => [name, from(name, 'app/db', 'password')])),
          whole: { dataFrom: [{ extract: { key: 'app/db' } }] },
          'no-key': from('vault', 'app/nothing'),
          gone: from('vault', 'app/gone'),
          denied: from('vault', 'other/db'),
          'no-property': from('vault', 'app/db', 'nothing'),
          modifier: from('vault', 'app/db', '@reverse'),
          failing: templated({ data: { x: '{{ fail .password }}' } }),
          'no-pkcs12': templated({ data: { x: '{{ pkcs12keyPass .password .key }}' } }),
          // What the real server says of these quotes the value.
          'a-label': templated({ metadata: { labels: { shown: '{{ .text }}' } } }),
          'a-label-name': templated({ templateFrom: [{ literal: '"{{ .password }}/a/b": "x"', target: 'Labels' }] }),
          'a-docker-login': templated({
            type: 'kubernetes.io/dockerconfigjson',
            data: { '.dockerconfigjson': '{{ .password }}' },
          }),
          'a-tls-pair': templated({ type: 'kubernetes.io/tls', data: { 'tls.crt': '{{ .password }}' } }),
        },
        markers,
      );
      expect(reasons).toEqual(
        [
          'SecretSynced',
          'Deleted',
          'Denied',
          'Invalid',
          'NotFound',
          'PropertyMissing',
          'Rejected',
          'TemplateError',
        ].toSorted(),
      );
      await bao().seal();
      await words.until(
        () => words.condition('Stale', 'vault'),
        (stale) => stale?.reason === 'Unavailable',
        'Stale',
      );
      await searched(scene, { late: from('vault', 'app/db', 'password') }, markers);
      await bao().unseal();
    });
  });

  describeOnMoto('with moto', (aws) => {
    const scene = onStage(cluster, () => ({ 'aws-endpoint': [aws().url] }));

    it('whatever succeeds or fails', async () => {
      const { words } = scene;
      const markers = [value, 'AKIAMK7ACCESS09', 'mkSecretKey6e1', 'mkSession8a02f'];
      await words.credentials('login', { id: 'AKIAMK7ACCESS09', secret: 'mkSecretKey6e1', session: 'mkSession8a02f' });
      const trust = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: '*' }],
      };
      for (const RoleName of ['reader', 'web']) {
        await aws().iam('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
      }
      const create = (Name: string, SecretString: string) => aws().secrets('CreateSecret', { Name, SecretString });
      await create('db', JSON.stringify({ password: value }));
      await create('text', `no JSON ${value}`);
      await create('going', value);
      await aws().secrets('DeleteSecret', { SecretId: 'going', RecoveryWindowInDays: 7 });
      const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
      await words.create(
        resources.serviceAccount,
        'app',
        {},
        { annotations: { 'eks.amazonaws.com/role-arn': role('web') } },
      );
      const at = (key: string) => ({ name: 'login', key });
      const auth = {
        secretRef: {
          accessKeyIDSecretRef: at('id'),
          secretAccessKeySecretRef: at('secret'),
          sessionTokenSecretRef: at('session'),
        },
      };
      const provider = { service: 'SecretsManager' as const, region: 'eu-west-1' };
      const stores: Record<string, StoreProvider> = {
        vault: { aws: { ...provider, auth } },
        role: { aws: { ...provider, auth, role: role('reader') } },
        account: { aws: { ...provider, auth: { jwt: { serviceAccountRef: { name: 'app' } } } } },
        nobody: { aws: { ...provider, auth: { jwt: { serviceAccountRef: { name: 'nobody' } } } } },
      };
      for (const [name, store] of Object.entries(stores)) await words.store(name, store);
      const reasons = await searched(
        scene,
        {
          ...Object.fromEntries(Object.keys(stores).map((name) => [name, from(name, 'db', 'password')])),
          'no-key': from('vault', 'nothing'),
          going: from('vault', 'going'),
          'no-json': from('vault', 'text', 'password'),
          'no-members': { dataFrom: [{ extract: { key: 'text' } }] },
        },
        markers,
      );
      expect(reasons).toEqual(['Deleted', 'Invalid', 'NotFound', 'PropertyMissing', 'SecretSynced']);
    });
  });
});
