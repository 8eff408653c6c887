// ExternalSecrets on a real API server with real stores, the controller under exactly the rights that we ship.

import { beforeAll, beforeEach, expect, it } from 'vitest';
import { resources } from '../../src/kube/resources.ts';
import { readyOf } from '../controller/support/external.ts';
import { onStage } from './support/external.ts';
import { describeOnMoto } from './support/moto.ts';
import { describeOnOpenBao } from './support/openbao.ts';
import { describeOnCluster } from './support/real.ts';

const password = { secretKey: 'password', remoteRef: { key: 'db', property: 'password' } };

describeOnCluster('on a real API server', (cluster) => {
  describeOnOpenBao('ExternalSecrets from a real OpenBao', (bao) => {
    const scene = onStage(cluster);
    let roleId = '';
    let secretId = '';
    beforeAll(async () => {
      await bao().mountKv('secret', 2);
      await bao().policy('app', 'path "secret/data/*" { capabilities = ["read"] }');
      await bao().enableAuth('approle');
      await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app'] });
      roleId = (await bao().ok('GET', 'auth/approle/role/app/role-id')).data.role_id;
      secretId = (await bao().ok('POST', 'auth/approle/role/app/secret-id')).data.secret_id;
    });
    beforeEach(() => bao().ok('POST', 'secret/data/db', { data: { user: 'admin', password: 's3cret' } }));

    const store = async () => {
      await scene.words.credentials('approle', { id: secretId });
      const auth = { appRole: { roleId, secretRef: { name: 'approle', key: 'id' } } };
      const caBundle = Buffer.from(bao().authority).toString('base64');
      await scene.words.store('vault', { vault: { server: bao().url, caBundle, path: 'secret', auth } });
    };

    it('are made, put right and refreshed', async () => {
      const { words, house } = scene;
      await store();
      await words.external('db', { refreshInterval: '2s', data: [password] });
      await words.untilValues({ password: 's3cret' });
      await words.untilReady('db', 'True', 'SecretSynced');
      await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
      await house.kube.mergePatch(resources.secret, words.at('db'), { data: { password: 'eA==' } });
      await words.untilValues({ password: 's3cret' });
      await house.kube.delete(resources.secret, words.at('db'));
      await words.untilValues({ password: 's3cret' });
      await bao().ok('POST', 'secret/data/db', { data: { password: 'rotated-marker' } });
      await words.untilValues({ password: 'rotated-marker' });
    });

    it('keep the last good values while the server is sealed, and are Ready again when it is not', async () => {
      const { words } = scene;
      await store();
      await words.external('db', { refreshInterval: '1s', data: [password] });
      const before = await words.untilReady('db', 'True', 'SecretSynced');
      await bao().seal();
      await words.until(
        () => words.condition('Stale'),
        (stale) => stale?.reason === 'Unavailable',
        'Stale',
      );
      expect(await words.condition('Ready')).toEqual(readyOf(before));
      expect(await words.values()).toEqual({ password: 's3cret' });
      await bao().unseal();
      await words.until(
        () => words.condition('Stale'),
        (stale) => stale === undefined,
        'the end of Stale',
      );
    });

    it('whose value is soft-deleted stay, or go with deletionPolicy Delete', async () => {
      const { words } = scene;
      await store();
      await bao().ok('POST', 'secret/data/gone', { data: { password: 's3cret' } });
      const data = [{ ...password, remoteRef: { key: 'gone', property: 'password' } }];
      await words.external('keep', { refreshInterval: '1s', data });
      await words.external('drop', { refreshInterval: '1s', target: { deletionPolicy: 'Delete' }, data });
      await words.untilValues({ password: 's3cret' }, 'keep');
      await words.untilValues({ password: 's3cret' }, 'drop');
      await bao().ok('DELETE', 'secret/data/gone');
      await words.untilReady('drop', 'True', 'SecretDeleted');
      expect(await words.getSecret('drop')).toBeUndefined();
      await words.until(
        () => words.condition('Stale', 'keep'),
        (stale) => stale?.reason === 'Deleted',
        'Stale',
      );
      expect(await words.values('keep')).toEqual({ password: 's3cret' });
      await bao().ok('POST', 'secret/undelete/gone', { versions: [1] });
      await words.untilValues({ password: 's3cret' }, 'drop');
    });

    it('of a hundred objects cost the server one login and few reads', async () => {
      const { words, controller } = scene;
      await store();
      await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
      const names = Array.from({ length: 100 }, (_, index) => `many-${index}`);
      controller.reset();
      await Promise.all(names.map((name) => words.external(name, { data: [password] })));
      await Promise.all(names.map((name) => words.untilReady(name, 'True', 'SecretSynced')));
      const count = (call: string) => controller.calls.filter((one) => one === call).length;
      expect(count('create secrets')).toBe(100);
      expect(count('patch externalsecrets/status') + count('patch externalsecrets')).toBeLessThanOrEqual(110);
      const metrics = await (await fetch(`${controller.urls.metrics}/metrics`)).text();
      const reads = /sealwright_provider_requests_total\{[^}]*call="kv-read"[^}]*\} (\d+)/.exec(metrics)?.[1];
      expect(Number(reads)).toBeGreaterThan(0);
    });

    it('refused by the API server say why in words', async () => {
      const { words } = scene;
      const refusal = (spec: object) =>
        words.external('bad', spec as never).then(
          () => 'taken',
          (error: { message: string }) => error.message,
        );
      expect(await refusal({})).not.toBe('taken');
      expect(
        await refusal({ target: { deletionPolicy: 'Delete', creationPolicy: 'Merge' }, data: [password] }),
      ).not.toBe('taken');
      expect(await refusal({ refreshInterval: 'soon', data: [password] })).not.toBe('taken');
    });

    it('in the namespaces that a ClusterExternalSecret names, and go with it', async () => {
      const { words, house } = scene;
      await store();
      const name = `ces-${words.namespace}`;
      await words.create(resources.clusterExternalSecret, name, {
        spec: {
          externalSecretName: 'db',
          namespaceSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': words.namespace } }],
          externalSecretSpec: { secretStoreRef: { name: 'vault' }, data: [password] },
        },
      });
      await words.untilValues({ password: 's3cret' });
      await words.untilReady(name, 'True', 'Provisioned', resources.clusterExternalSecret);
      await house.kube.delete(resources.clusterExternalSecret, { name });
      // The garbage collector learns of new kinds twice a minute.
      await words.until(
        () => words.getSecret(),
        (secret) => secret === undefined,
        'the Secret to go',
        75_000,
      );
    });

    it('restart without a read or a write', async () => {
      const { words, house } = scene;
      await store();
      await words.external('db', { data: [password] });
      await words.untilReady('db', 'True', 'SecretSynced');
      await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
      await scene.controller.idle();
      await scene.controller.stop();
      scene.controller = await house.start();
      await scene.controller.idle();
      expect(scene.controller.calls.filter((call) => !/^(get|list) /.test(call))).toEqual([]);
      const metrics = await (await fetch(`${scene.controller.urls.metrics}/metrics`)).text();
      expect(metrics).not.toMatch(/sealwright_provider_requests_total\{[^}]*call="kv-read"/);
    });
  });

  describeOnMoto('ExternalSecrets from a real moto', (aws) => {
    const scene = onStage(cluster, () => ({ 'aws-endpoint': [aws().url] }));
    const store = async (service: 'SecretsManager' | 'ParameterStore') => {
      await scene.words
        .credentials('aws', { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'administrator' })
        .catch(() => undefined);
      const auth = {
        secretRef: {
          accessKeyIDSecretRef: { name: 'aws', key: 'id' },
          secretAccessKeySecretRef: { name: 'aws', key: 'secret' },
        },
      };
      await scene.words.store('vault', { aws: { service, region: 'eu-west-1', auth } });
    };

    it('come from Secrets Manager, as v1beta1 with two properties, and survive a v1 read-modify-write', async () => {
      const { words, house } = scene;
      await store('SecretsManager');
      await aws().secrets('CreateSecret', { Name: 'db', SecretString: '{"user":"admin","password":"s3cret"}' });
      const beta = { ...resources.externalSecret, version: 'v1beta1' };
      const user = { secretKey: 'user', remoteRef: { key: 'db', property: 'user' } };
      await words.create(beta, 'db', {
        spec: { refreshInterval: '1h', secretStoreRef: { name: 'vault' }, data: [user, password] },
      });
      await words.untilValues({ user: 'admin', password: 's3cret' });
      const before = await words.untilReady('db', 'True', 'SecretSynced');
      const secret = await words.getSecret();
      const after = await house.kube.replace(resources.externalSecret, before);
      expect(after.metadata.generation).toBe(before.metadata.generation);
      await scene.controller.idle();
      expect((await words.getSecret())?.metadata.resourceVersion).toBe(secret?.metadata.resourceVersion);
    });

    it('are read in batches', async () => {
      const { words } = scene;
      await store('SecretsManager');
      const names = Array.from({ length: 40 }, (_, index) => `many-${index}`);
      await Promise.all(names.map((Name) => aws().secrets('CreateSecret', { Name, SecretString: 'hunter2' })));
      const data = names.map((key) => ({ secretKey: key, remoteRef: { key } }));
      await words.external('db', { data });
      await words.untilReady('db', 'True', 'SecretSynced');
      expect(Object.keys((await words.values()) ?? {})).toHaveLength(40);
      const metrics = await (await fetch(`${scene.controller.urls.metrics}/metrics`)).text();
      expect(metrics).toMatch(/sealwright_provider_requests_total\{[^}]*call="BatchGetSecretValue",code="200"\} 2/);
    });

    it('come from the Parameter Store', async () => {
      const { words } = scene;
      await store('ParameterStore');
      await aws().parameters('PutParameter', { Name: '/db/password', Value: 's3cret', Type: 'SecureString' });
      await words.external('db', { data: [{ secretKey: 'password', remoteRef: { key: '/db/password' } }] });
      await words.untilValues({ password: 's3cret' });
    });

    it('that are marked for deletion stay', async () => {
      const { words } = scene;
      await store('SecretsManager');
      await aws().secrets('CreateSecret', { Name: 'leaving', SecretString: 's3cret' });
      await words.external('db', { refreshInterval: '1s', data: [{ secretKey: 'a', remoteRef: { key: 'leaving' } }] });
      await words.untilValues({ a: 's3cret' });
      await aws().secrets('DeleteSecret', { SecretId: 'leaving', RecoveryWindowInDays: 7 });
      await words.until(
        () => words.condition('Stale'),
        (stale) => stale?.reason === 'Deleted',
        'Stale',
      );
      expect(await words.values()).toEqual({ a: 's3cret' });
    });
  });
});
