// VaultStaticSecrets on a real API server from a real OpenBao: made, refreshed, put right, kept and given back.

import { describe, expect, it } from 'vitest';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { wordsIn } from '../controller/support/external.ts';
import { deployment } from '../controller/support/house.ts';
import { messageOf, vaultWordsIn } from '../controller/support/vault-words.ts';
import { createCredentials } from './support/credentials.mjs';
import { describeOnOpenBao } from './support/openbao.ts';
import { describeOnCluster } from './support/real.ts';
import { kubernetes, onVaultStage, policies } from './support/vault-stage.ts';

const plain = { user: 'admin', password: 's3cret' };

describeOnCluster('on a real API server', (cluster) => {
  describeOnOpenBao('VaultStaticSecrets from a real OpenBao', (bao) => {
    const scene = onVaultStage(cluster, bao);
    const put = (path: string, data: object) => bao().ok('POST', `kv/data/${path}`, { data });
    let made = 0;
    /** A secret that no other test has read. */
    const own = async (data: object = plain) => {
      const path = `own-${++made}`;
      await put(path, data);
      return path;
    };

    describe('are made', () => {
      it('from KV v2, by a login of kubernetes with a service account of their namespace', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static();
        await words.untilValues(plain);
        const { status } = await words.untilReady('True', 'SecretSynced');
        expect(status?.secretMAC).toMatch(/^[\w+/]{43}=$/);
        await words.untilReady('True', 'Valid', 'vault', resources.vaultConnection);
        await words.untilReady('True', 'Valid', 'auth', resources.vaultAuth);
      });

      it('from KV v1', async () => {
        const { words } = scene;
        await bao().ok('POST', 'old/db', { a: '1' });
        await scene.settled();
        await words.static({ mount: 'old', type: 'kv-v1' });
        await words.untilValues({ a: '1' });
        expect((await words.values())?._raw).toBe('{"a":"1"}');
      });

      it('from the version that is named, whatever comes after it', async () => {
        const { words } = scene;
        const path = await own();
        await put(path, { password: 'rotated-marker' });
        await scene.settled();
        await words.static({ path, version: 1 });
        await words.untilValues(plain);
      });

      it('from a path that begins with the name of its mount', async () => {
        const { words } = scene;
        await put('kv/inner', { deep: 'yes' });
        await put('inner', { deep: 'no' });
        await scene.settled();
        await words.static({ path: 'kv/inner' });
        await words.untilValues({ deep: 'yes' });
      });

      it('from a mount with slashes in its name', async () => {
        const { words } = scene;
        await bao().mountKv('deep/kv', 2);
        await bao().policy('app', `${policies.whole}\npath "deep/kv/data/*" { capabilities = ["read"] }`);
        await bao().ok('POST', 'deep/kv/data/db', { data: { a: 'b' } });
        await scene.settled();
        await words.static({ mount: 'deep/kv' });
        await words.untilValues({ a: 'b' });
      });

      it('with labels, annotations and a type, and with the owner in the form of the reference', async () => {
        const { words } = scene;
        await scene.settled();
        const labels = { team: 'a' };
        const object = await words.static({
          destination: { labels, annotations: { note: 'n' }, type: 'example.com/t' },
        });
        await words.untilValues(plain);
        const { metadata, type } = (await words.getSecret()) ?? {};
        expect(type).toBe('example.com/t');
        expect(metadata?.labels).toMatchObject({
          team: 'a',
          'secrets.hashicorp.com/vso-ownerRefUID': object.metadata.uid,
        });
        expect(metadata?.annotations).toMatchObject({ note: 'n' });
        const { uid } = object.metadata;
        const owner = { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret', name: 'db', uid };
        expect(metadata?.ownerReferences).toEqual([owner]);
      });

      it('by the transformation of another namespace', async () => {
        const { words, house } = scene;
        const shared = vaultWordsIn(house.kube, (await house.scene()).namespace);
        await shared.transformation({
          sourceTemplates: [
            { name: 'helpers', text: '{{- define "line" -}}{{ .Secrets.user }}:{{ .Secrets.password }}{{- end -}}' },
          ],
          templates: { dsn: { text: '{{ template "line" . }}@db' } },
          excludes: ['.*'],
        });
        await scene.settled();
        const transformationRefs = [{ namespace: shared.namespace, name: 'shared' }];
        await words.static({ destination: { transformation: { transformationRefs, excludeRaw: true } } });
        await words.untilValues({ dsn: 'admin:s3cret@db' });
        await shared.untilReady('True', 'Valid', 'shared', resources.secretTransformation);
      });
    });

    describe('log in', () => {
      const by = async (spec: object) => {
        await scene.connected();
        await scene.words.auth({ vaultConnectionRef: 'vault', ...spec } as never);
        await scene.words.static();
      };

      it('by kubernetes, for the audience that the role asks for', async () => {
        const { words } = scene;
        const bound = { bound_service_account_names: ['app'], bound_service_account_namespaces: ['*'] };
        await bao().ok('POST', 'auth/kubernetes/role/narrow', { ...bound, audience: 'bao', token_policies: ['app'] });
        await words.serviceAccount();
        const narrow = { role: 'narrow', serviceAccount: 'app', tokenExpirationSeconds: 900 };
        await by({ method: 'kubernetes', mount: 'kubernetes', kubernetes: narrow });
        await words.untilReady('False', 'LoginRefused');
        await words.edit('auth', { spec: { kubernetes: { audiences: ['bao'] } } }, resources.vaultAuth);
        await words.untilReady('True', 'SecretSynced');
      });

      it('by appRole with the secret id of their namespace, and with another one when that is exchanged', async () => {
        const { words, roleId } = scene;
        const issue = async () => (await bao().ok('POST', 'auth/approle/role/app/secret-id')).data.secret_id as string;
        await words.secret('approle', { id: 'wrong' });
        await by({ method: 'appRole', mount: 'approle', appRole: { roleId, secretRef: 'approle' } });
        const refused = await words.untilReady('False', 'LoginRefused');
        expect(messageOf(refused)).toContain('spec.appRole of the VaultAuth');
        const data = { id: Buffer.from(await issue()).toString('base64') };
        await words.edit('approle', { data }, resources.secret);
        await words.untilReady('True', 'SecretSynced');
      });

      it('by jwt, with the token of a service account or with one from a Secret', async () => {
        const { words } = scene;
        const { keys } = JSON.parse((await cluster.kubectlOk(['get', '--raw', '/openid/v1/jwks'])) as string);
        const { createPublicKey } = await import('node:crypto');
        const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
        await bao().enableAuth('jwt');
        await bao().ok('POST', 'auth/jwt/config', { jwt_validation_pubkeys: [pem] });
        await bao().ok('POST', 'auth/jwt/role/app', {
          role_type: 'jwt',
          user_claim: 'sub',
          bound_audiences: ['vault'],
          token_policies: ['app'],
        });
        await words.serviceAccount();
        await by({ method: 'jwt', mount: 'jwt', jwt: { role: 'app', serviceAccount: 'app', audiences: ['vault'] } });
        await words.untilReady('True', 'SecretSynced');
        const spec = { audiences: ['vault'], expirationSeconds: 3600 };
        const accounts = `/api/v1/namespaces/${words.namespace}/serviceaccounts`;
        const { body } = await cluster.api('POST', `${accounts}/app/token`, { body: { spec } });
        await words.secret('jwt', { jwt: body.status.token });
        await words.auth(
          { vaultConnectionRef: 'vault', method: 'jwt', mount: 'jwt', jwt: { role: 'app', secretRef: 'jwt' } },
          'given',
        );
        await words.static({ vaultAuthRef: 'given', path: await own() }, 'given');
        await words.untilReady('True', 'SecretSynced', 'given');
      });

      it('by gcp not at all, and say so', async () => {
        const { words } = scene;
        await by({ method: 'gcp', mount: 'gcp' });
        expect(messageOf(await words.untilReady('False', 'Unsupported'))).toContain('gcp is not supported');
        await words.untilReady('False', 'Unsupported', 'auth', resources.vaultAuth);
      });

      it('with a role that does not exist not, and say which', async () => {
        const { words } = scene;
        await words.serviceAccount();
        await by({ method: 'kubernetes', mount: 'kubernetes', kubernetes: { ...kubernetes, role: 'ghost' } });
        expect(messageOf(await words.untilReady('False', 'LoginRefused'))).toContain('auth/kubernetes/login');
      });

      it('at a mount that is none not, and say so', async () => {
        const { words } = scene;
        await words.serviceAccount();
        await by({ method: 'kubernetes', mount: 'nowhere', kubernetes });
        expect(messageOf(await words.untilReady('False', 'LoginRefused'))).toContain('auth/nowhere/login');
      });

      it('as a service account that the role does not know not', async () => {
        const { words } = scene;
        await words.serviceAccount('stranger');
        await by({
          method: 'kubernetes',
          mount: 'kubernetes',
          kubernetes: { role: 'app', serviceAccount: 'stranger' },
        });
        await words.untilReady('False', 'LoginRefused');
      });

      it('once for all objects of an identity, which share their reads with an ExternalSecret', async () => {
        const { words, house } = scene;
        const path = await own();
        await scene.settled();
        const before = { logins: await scene.calls('login'), reads: await scene.calls('kv-read') };
        const others = wordsIn(house.kube, words.namespace);
        const caProvider = { type: 'Secret', name: 'ca', key: 'ca.crt' } as const;
        const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'app' } } };
        await others.store('vault', { vault: { server: bao().url, caProvider, path: 'kv', auth } });
        await others.untilReady('vault', 'True', 'Valid', resources.secretStore);
        const data = [{ secretKey: 'password', remoteRef: { key: path, property: 'password' } }];
        const names = ['one', 'two', 'three'];
        await Promise.all([others.external('es', { data }), ...names.map((name) => words.static({ path }, name))]);
        await others.untilReady('es', 'True', 'SecretSynced');
        await Promise.all(names.map((name) => words.untilReady('True', 'SecretSynced', name)));
        expect((await scene.calls('login')) - before.logins).toBe(1);
        expect((await scene.calls('kv-read')) - before.reads).toBe(1);
        await house.kube.delete(resources.externalSecret, words.at('es'));
        await house.kube.delete(resources.secretStore, words.at('vault'));
      });
    });

    describe('find', () => {
      it('a VaultAuth of another namespace that allows theirs, with their own service account', async () => {
        const { words, house } = scene;
        await scene.settled();
        await words.edit('auth', { spec: { allowedNamespaces: ['nobody'] } }, resources.vaultAuth);
        const other = vaultWordsIn(house.kube, (await house.scene()).namespace);
        await other.serviceAccount();
        await other.static({ vaultAuthRef: `${words.namespace}/auth` });
        const denied = await other.untilReady('False', 'ReferenceNotAllowed');
        expect(messageOf(denied)).toContain('allowedNamespaces is [nobody]');
        await words.edit('auth', { spec: { allowedNamespaces: [other.namespace] } }, resources.vaultAuth);
        await other.untilReady('True', 'SecretSynced');
        await words.edit('auth', { spec: { allowedNamespaces: ['*'] } }, resources.vaultAuth);
        await other.static({ vaultAuthRef: `${words.namespace}/auth`, path: await own() }, 'star');
        await other.untilReady('True', 'SecretSynced', 'star');
        for (const name of ['db', 'star']) await other.remove(name);
      });

      it('no VaultAuth that says nothing of other namespaces', async () => {
        const { words, house } = scene;
        await scene.settled();
        const other = vaultWordsIn(house.kube, (await house.scene()).namespace);
        await other.static({ vaultAuthRef: `${words.namespace}/auth` });
        expect(messageOf(await other.untilReady('False', 'ReferenceNotAllowed'))).toContain(
          'allowedNamespaces is not set',
        );
        await other.remove();
      });

      it('the VaultAuth and VaultConnection called default in the namespace of the controller', async () => {
        const { words } = scene;
        const home = { namespace: 'kube-system' };
        await words.serviceAccount();
        await words.secret('vault-ca', { 'ca.crt': bao().authority }, home);
        await words.connection({ address: bao().url, caCertSecretRef: 'vault-ca' }, 'default', home);
        await words.auth({ method: 'kubernetes', mount: 'kubernetes', kubernetes }, 'default', home);
        await words.static({ vaultAuthRef: '' });
        await words.untilReady('True', 'SecretSynced');
        await words.kube.delete(resources.secret, { namespace: 'kube-system', name: 'vault-ca' });
      });

      it('no connection for a VaultAuth of the controller’s namespace that names none', async () => {
        const { words } = scene;
        const home = { namespace: 'kube-system' };
        await words.auth(
          { method: 'kubernetes', mount: 'kubernetes', kubernetes, allowedNamespaces: ['*'] },
          'shared',
          home,
        );
        await words.static({ vaultAuthRef: 'kube-system/shared' });
        expect(messageOf(await words.untilReady('False', 'InvalidVaultAuth'))).toContain('names no VaultConnection');
      });

      it('what a VaultAuthGlobal says, where it may be used', async () => {
        const { words, house } = scene;
        await scene.connected();
        await words.serviceAccount();
        const shared = vaultWordsIn(house.kube, (await house.scene()).namespace);
        await shared.global(
          { defaultAuthMethod: 'kubernetes', kubernetes: { mount: 'kubernetes', ...kubernetes } },
          'shared',
        );
        const vaultAuthGlobalRef = { namespace: shared.namespace, name: 'shared' };
        await words.auth({ vaultConnectionRef: 'vault', vaultAuthGlobalRef });
        await words.static();
        const denied = await words.untilReady('False', 'ReferenceNotAllowed');
        expect(messageOf(denied)).toContain(`VaultAuthGlobal ${shared.namespace}/shared`);
        await shared.edit('shared', { spec: { allowedNamespaces: [words.namespace] } }, resources.vaultAuthGlobal);
        await words.untilReady('True', 'SecretSynced');
        await words.untilReady('True', 'Valid', 'auth', resources.vaultAuth);
      });

      it('the VaultAuthGlobal called default, of their namespace before that of the controller', async () => {
        const { words } = scene;
        await scene.connected();
        await words.serviceAccount();
        const spec = { defaultAuthMethod: 'kubernetes', defaultMount: 'kubernetes' } as const;
        const home = { namespace: 'kube-system' };
        await words.global({ ...spec, kubernetes: { ...kubernetes, role: 'ghost' } }, 'default', home);
        await words.auth({ vaultConnectionRef: 'vault', vaultAuthGlobalRef: { allowDefault: true } });
        await words.static();
        await words.untilReady('False', 'LoginRefused');
        await words.global({ ...spec, kubernetes });
        await words.until(
          async () => (await words.get())?.status?.conditions?.find(({ type }) => type === 'Ready')?.status,
          (status) => status === 'True',
          'Ready',
          30_000,
        );
      });

      it.each([
        ['too many slashes', 'a/b/c', 'InvalidReference'],
        ['an empty part', '/auth', 'InvalidReference'],
        ['what is not there', 'nobody', 'ReferenceMissing'],
        ['what is nowhere', 'nowhere/nobody', 'ReferenceMissing'],
      ])('nothing by a reference with %s', async (_, vaultAuthRef, reason) => {
        const { words } = scene;
        await words.static({ vaultAuthRef });
        await words.untilReady(reason === 'InvalidReference' ? 'False' : 'Unknown', reason);
      });
    });

    describe('in Vault namespaces', () => {
      const prepare = async () => {
        await bao()
          .namespace('team')
          .catch(() => undefined);
        const at = { namespace: 'team' };
        if ((await bao().api('GET', 'kv/config', undefined, at)).status === 200) return;
        await bao().mountKv('kv', 2, at);
        await bao().ok('POST', 'kv/data/db', { data: { password: 'of the team' } }, at);
        await bao().policy('into-team', 'path "team/kv/data/*" { capabilities = ["read"] }');
        const bound = { bound_service_account_names: ['app'], bound_service_account_namespaces: ['*'] };
        await bao().ok('POST', 'auth/kubernetes/role/team', { ...bound, token_policies: ['into-team'] });
      };

      it('read from a namespace below the one that they log in to', async () => {
        const { words } = scene;
        await prepare();
        await scene.connected();
        await words.serviceAccount();
        const role = { ...kubernetes, role: 'team' };
        await words.auth({ vaultConnectionRef: 'vault', method: 'kubernetes', mount: 'kubernetes', kubernetes: role });
        await words.static({ namespace: 'team' });
        await words.untilValues({ password: 'of the team' });
      });

      it('read from the namespace of the login where they name none', async () => {
        const { words } = scene;
        await prepare();
        await bao()
          .enableAuth('approle', 'approle', { namespace: 'team' })
          .catch(() => undefined);
        const at = { namespace: 'team' };
        await bao().policy('app', 'path "kv/data/*" { capabilities = ["read"] }', at);
        await bao().ok('POST', 'auth/approle/role/app', { token_policies: ['app'] }, at);
        const roleId = (await bao().ok('GET', 'auth/approle/role/app/role-id', undefined, at)).data.role_id;
        const id = (await bao().ok('POST', 'auth/approle/role/app/secret-id', undefined, at)).data.secret_id;
        await scene.connected();
        await words.secret('approle', { id });
        const appRole = { roleId, secretRef: 'approle' };
        await words.auth({
          vaultConnectionRef: 'vault',
          namespace: 'team',
          method: 'appRole',
          mount: 'approle',
          appRole,
        });
        await words.static();
        await words.untilValues({ password: 'of the team' });
      });

      it('say that a namespace or its engine is not there', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static({ namespace: 'nowhere' });
        const object = await words.until(
          () => words.get(),
          (now) => messageOf(now).length > 0,
          'a message',
        );
        expect(object?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).not.toBe('True');
      });
    });

    describe('are kept', () => {
      it('a new version is there within its 30 seconds, at few requests a minute', async () => {
        const { words } = scene;
        const path = await own();
        await scene.settled();
        await words.static({ path, refreshAfter: '30s' });
        await words.untilValues(plain);
        const began = performance.now();
        const before = (await scene.calls('kv-read')) + (await scene.calls('kv-metadata'));
        await put(path, { password: 'rotated-marker' });
        await words.until(
          () => words.values(),
          (values) => values?.password === 'rotated-marker',
          'the new version',
          // Looked for at the last of them, it has yet to be read and written.
          35_000,
        );
        const seconds = (performance.now() - began) / 1000;
        const requests = (await scene.calls('kv-read')) + (await scene.calls('kv-metadata')) - before;
        console.info(
          `a new version after ${seconds.toFixed(1)} s; ${((requests / seconds) * 60).toFixed(1)} requests a minute`,
        );
        expect(requests).toBeLessThanOrEqual(2);
      });

      it('of a soft-deleted version, until it is undeleted', async () => {
        const { words } = scene;
        const path = await own();
        await scene.settled();
        await words.static({ path, refreshAfter: '1s' });
        const before = await words.untilReady('True', 'SecretSynced');
        await bao().ok('DELETE', `kv/data/${path}`);
        await words.untilCondition('Stale', 'Deleted');
        expect((await words.condition('Stale'))?.message).toContain('undelete it, or write a new one');
        expect(await words.condition('Ready')).toEqual(before.status?.conditions?.find(({ type }) => type === 'Ready'));
        await words.untilValues(plain);
        await bao().ok('POST', `kv/undelete/${path}`, { versions: [1] });
        await words.untilCondition('Stale', undefined);
      });

      it('of a destroyed version, until there is a new one', async () => {
        const { words } = scene;
        const path = await own();
        await scene.settled();
        await words.static({ path, refreshAfter: '1s' });
        await words.untilValues(plain);
        await bao().ok('PUT', `kv/destroy/${path}`, { versions: [1] });
        await words.untilCondition('Stale', 'Deleted');
        expect((await words.condition('Stale'))?.message).toContain('destroyed');
        await words.untilValues(plain);
        await put(path, { password: 'rotated-marker' });
        await words.untilValues({ password: 'rotated-marker' });
      });

      it('of a path whose metadata were deleted', async () => {
        const { words } = scene;
        const path = await own();
        await scene.settled();
        await words.static({ path, refreshAfter: '1s' });
        await words.untilValues(plain);
        await bao().ok('DELETE', `kv/metadata/${path}`);
        await words.untilCondition('Stale', 'NotFound');
        await words.untilValues(plain);
      });

      it('when the token was revoked under them, by one new login', async () => {
        const { words } = scene;
        const path = await own();
        await scene.settled();
        await words.static({ path, refreshAfter: '1s' });
        await words.untilValues(plain);
        // Two seconds after a login a refusal may be the lag of a node.
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        const before = await scene.calls('login');
        await bao().ok('PUT', 'sys/leases/revoke-prefix/auth/kubernetes', {});
        await put(path, { password: 'rotated-marker' });
        await words.untilValues({ password: 'rotated-marker' });
        expect((await scene.calls('login')) - before).toBe(1);
      });

      it('when the policy was changed under them, and are refreshed when it is given back', async () => {
        const { words } = scene;
        const path = await own();
        await bao().policy('app', policies.whole);
        await scene.settled();
        await words.static({ path, refreshAfter: '1s' });
        await words.untilValues(plain);
        await bao().policy('app', 'path "nothing" { capabilities = ["read"] }');
        await words.untilCondition('Stale', 'Denied');
        expect((await words.condition('Stale'))?.message).toContain(`'read' on kv/data/${path}`);
        await words.untilValues(plain);
        await bao().policy('app', policies.whole);
        await words.untilCondition('Stale', undefined);
      });

      it('where the policy lets values be read alone', async () => {
        const { words } = scene;
        const path = await own();
        await bao().policy('app', policies.valuesOnly);
        await scene.settled();
        await words.static({ path, refreshAfter: '1s' });
        await words.untilValues(plain);
        await put(path, { password: 'rotated-marker' });
        await words.untilValues({ password: 'rotated-marker' });
        await bao().policy('app', policies.whole);
      });

      it('while the server is sealed, and are tried at once when it is not', async () => {
        const { words } = scene;
        const path = await own();
        await scene.settled();
        await words.static({ path, refreshAfter: '1s' });
        await words.untilValues(plain);
        await bao().seal();
        await words.untilCondition('Stale', 'Unavailable');
        await words.untilValues(plain);
        await bao().unseal();
        await words.untilCondition('Stale', undefined);
      });

      it('against drift of data and of metadata', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static({ path: await own(), destination: { labels: { team: 'a' }, annotations: { note: 'n' } } });
        await words.untilReady('True', 'SecretSynced');
        const drift = async (
          patch: object,
          isRight: (secret: Awaited<ReturnType<typeof words.getSecret>>) => boolean,
        ) => {
          await words.edit('db', patch, resources.secret);
          await words.until(() => words.getSecret(), isRight, JSON.stringify(patch));
        };
        await drift({ data: { password: 'eA==' } }, (secret) => secret?.data?.password === 'czNjcmV0');
        await drift({ data: { more: 'eA==' } }, (secret) => secret?.data?.more === undefined);
        await drift({ metadata: { labels: { team: null } } }, (secret) => secret?.metadata.labels?.team === 'a');
        await drift(
          { metadata: { annotations: { note: 'x' } } },
          (secret) => secret?.metadata.annotations?.note === 'n',
        );
        await drift(
          { metadata: { ownerReferences: null } },
          (secret) => secret?.metadata.ownerReferences?.length === 1,
        );
        await words.remove('db', resources.secret);
        await words.untilValues(plain);
      });

      it('through a restart, without a read of a value or a write', async () => {
        const { words, house } = scene;
        await scene.settled();
        await words.static({ path: await own(), refreshAfter: '1h' });
        await words.untilReady('True', 'SecretSynced');
        await words.untilReady('True', 'Valid', 'auth', resources.vaultAuth);
        await words.untilReady('True', 'Valid', 'vault', resources.vaultConnection);
        await scene.controller.idle();
        await scene.controller.stop();
        scene.controller = await house.start();
        await scene.controller.idle();
        expect(scene.controller.calls.filter((call) => !/^(get|list) /.test(call))).toEqual([]);
        expect(await scene.calls('kv-read')).toBe(0);
      });

      it('when their finalizer of the reference is in the way of nobody', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static({}, 'db', { finalizers: ['vaultstaticsecret.secrets.hashicorp.com/finalizer'] });
        await words.untilReady('True', 'SecretSynced');
        await words.remove();
        await words.until(
          () => words.get(),
          (object) => object === undefined,
          'the end of the object',
        );
      });
    });

    describe('have their Secret', () => {
      it('not where somebody else has it, until overwrite says so', async () => {
        const { words } = scene;
        await scene.settled();
        await words.secret('db', { mine: 'x' });
        await words.static();
        await words.untilReady('False', 'NotOwned');
        await words.edit('db', { spec: { destination: { overwrite: true } } });
        await words.untilValues(plain);
      });

      it('never from another controller', async () => {
        const { words } = scene;
        await scene.settled();
        const config = await words.secret('config', { a: 'b' });
        const owner = {
          apiVersion: 'v1',
          kind: 'Secret',
          name: 'config',
          uid: config.metadata.uid ?? '',
          controller: true,
        };
        await words.secret('db', { mine: 'x' }, { ownerReferences: [owner] });
        await words.static({ destination: { overwrite: true } });
        expect(messageOf(await words.untilReady('False', 'NotOwned'))).toContain('belongs to Secret config');
      });

      it('filled where it is there, and told where it is not', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static({ destination: { create: false } });
        expect(messageOf(await words.untilReady('Unknown', 'SecretMissing'))).toContain('set spec.destination.create');
        await words.secret('db', { mine: 'x' }, { labels: { a: 'b' } }, { type: 'example.com/mine' });
        await words.untilValues(plain);
        const secret = await words.getSecret();
        expect(secret?.metadata.labels).toEqual({ a: 'b' });
        expect(secret?.type).toBe('example.com/mine');
      });

      it('under another name, and no more under the old one', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static();
        await words.untilValues(plain);
        await words.edit('db', { spec: { destination: { name: 'other' } } });
        await words.untilValues(plain, 'other');
        await words.untilValues(undefined, 'db');
      });

      it('of another type, made again', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static();
        await words.untilValues(plain);
        await words.edit('db', { spec: { destination: { type: 'example.com/t' } } });
        await words.until(
          () => words.getSecret(),
          (secret) => secret?.type === 'example.com/t',
          'the type',
        );
        await words.untilValues(plain);
      });

      it('not where the API server refuses it, and say why', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static({ destination: { type: 'kubernetes.io/tls' } });
        expect(messageOf(await words.untilReady('False', 'Rejected'))).toContain('tls');
      });

      it('never as a credential of the cluster', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static({ destination: { type: 'kubernetes.io/service-account-token' } });
        await words.untilReady('False', 'TypeNotAllowed');
      });

      it('as the reference left it, without a write', async () => {
        const { words } = scene;
        const path = await own();
        await scene.settled();
        const paused = { 'sealwright.dev/paused': 'true' };
        const { uid = '' } = (await words.static({ path }, 'db', { annotations: paused })).metadata;
        const answer = (await bao().ok('GET', `kv/data/${path}`)).data;
        const sorted = (value: unknown): unknown =>
          typeof value === 'object' && value !== null
            ? Object.fromEntries(
                Object.entries(value)
                  .sort(([a], [b]) => (a < b ? -1 : 1))
                  .map(([key, inner]) => [key, sorted(inner)]),
              )
            : value;
        const values = { ...plain, _raw: JSON.stringify(sorted(answer)) };
        const data = Object.entries(values).map(([item, text]) => [item, Buffer.from(text).toString('base64')]);
        const secret = {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: {
            ...words.at('db'),
            labels: {
              'app.kubernetes.io/managed-by': 'hashicorp-vso',
              'app.kubernetes.io/name': 'vault-secrets-operator',
              'app.kubernetes.io/component': 'secret-sync',
              'secrets.hashicorp.com/vso-ownerRefUID': uid,
            },
            ownerReferences: [
              { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret', name: 'db', uid },
            ],
          },
          data: Object.fromEntries(data),
        };
        const there = await words.kube.create<Secret>(resources.secret, secret, {
          fieldManager: 'vault-secrets-operator',
        });
        await words.edit('db', { metadata: { annotations: { 'sealwright.dev/paused': null } } });
        await words.untilReady('True', 'SecretSynced');
        await scene.controller.idle();
        expect((await words.getSecret())?.metadata.resourceVersion).toBe(there.metadata.resourceVersion);
      });
    });

    describe('restart', () => {
      const restartedAt = async (kind: 'deployment' | 'statefulSet' | 'daemonSet', name: string) => {
        const { spec } = (await scene.words.kube.get(resources[kind], scene.words.at(name))) as unknown as {
          spec: { template: { metadata: { annotations?: Record<string, string> } } };
        };
        return spec.template.metadata.annotations?.['sealwright.dev/restarted-at'];
      };
      const set = (kind: string, name: string, more: object = {}) => {
        const { metadata, spec } = deployment(scene.words.at(name));
        return { apiVersion: 'apps/v1', kind, metadata, spec: { ...spec, ...more } };
      };

      it('each workload once when values change, and none for an equal version or for drift', async () => {
        const { words } = scene;
        await words.kube.create(resources.deployment, deployment(words.at('api')));
        await words.kube.create(resources.statefulSet, set('StatefulSet', 'store', { serviceName: 'store' }));
        await words.kube.create(resources.daemonSet, set('DaemonSet', 'agent'));
        const path = await own();
        await scene.settled();
        await words.static({
          path,
          refreshAfter: '1s',
          rolloutRestartTargets: [
            { kind: 'Deployment', name: 'api' },
            { kind: 'StatefulSet', name: 'store' },
            { kind: 'DaemonSet', name: 'agent' },
            { kind: 'argo.Rollout', name: 'web' },
          ],
        });
        await words.untilReady('True', 'SecretSynced');
        await words.edit('db', { data: { password: 'eA==' } }, resources.secret);
        await words.untilValues(plain);
        await put(path, plain);
        await words.until(
          async () => JSON.parse((await words.values())?._raw ?? '{}').metadata?.version,
          (version) => version === 2,
          'the equal version',
        );
        await scene.controller.idle();
        expect(await restartedAt('deployment', 'api')).toBeUndefined();
        await put(path, { password: 'rotated-marker' });
        await words.until(
          () => restartedAt('daemonSet', 'agent'),
          (at) => at !== undefined,
          'the restarts',
        );
        expect(await restartedAt('deployment', 'api')).toBeDefined();
        expect(await restartedAt('statefulSet', 'store')).toBeDefined();
        await scene.controller.idle();
        const events = await words.events();
        expect(events.filter((event) => event.includes(' Restarted: '))).toHaveLength(3);
        expect(events.filter((event) => event.includes('Rollout web was not restarted'))).toHaveLength(1);
      });
    });

    describe('say what is wrong with', () => {
      const elsewhere = async (connection: object) => {
        const { words } = scene;
        await words.serviceAccount();
        await words.connection({ address: bao().url, ...connection });
        await words.auth({ vaultConnectionRef: 'vault', method: 'kubernetes', mount: 'kubernetes', kubernetes });
        await words.static();
      };

      it.each([
        ['a path where nothing is', { path: 'nowhere' }, 'NotFound', 'there is nothing at kv/data/nowhere'],
        ['type kv-v1 of an engine of version 2', { type: 'kv-v1' }, 'Denied', 'kv/db'],
        ['type kv-v2 of an engine of version 1', { mount: 'old', path: 'x' }, 'WrongEngine', 'set spec.type to kv-v1'],
        ['a path that is denied', { mount: 'secret', path: 'x' }, 'Denied', "'read' on secret/data/x"],
      ] as const)('%s', async (_, spec, reason, message) => {
        const { words } = scene;
        await scene.settled();
        await words.static(spec);
        expect(messageOf(await words.untilReady('False', reason))).toContain(message);
      });

      it('type kv-v1 of an engine of version 2, where the policy lets it be told', async () => {
        const { words } = scene;
        await bao().policy('app', `${policies.whole}\npath "kv/db" { capabilities = ["read"] }`);
        await scene.settled();
        await words.static({ type: 'kv-v1' });
        expect(messageOf(await words.untilReady('False', 'WrongEngine'))).toContain('set spec.type to kv-v2');
        await bao().policy('app', policies.whole);
      });

      it('a server that does not answer', async () => {
        const { words } = scene;
        await elsewhere({ address: 'https://127.0.0.1:1' });
        expect(messageOf(await words.untilReady('Unknown', 'Unavailable'))).toContain('refuses connections');
        await words.untilReady('Unknown', 'Unavailable', 'vault', resources.vaultConnection);
      });

      it('a server whose certificate is not trusted', async () => {
        const { words } = scene;
        await words.secret('ca', { 'ca.crt': (await createCredentials()).authority });
        await elsewhere({ caCertSecretRef: 'ca' });
        const message = messageOf(await words.untilReady('False', 'UntrustedServer'));
        expect(message).toContain('caCertSecretRef or caCertPath of the VaultConnection');
        await words.untilReady('False', 'UntrustedServer', 'vault', resources.vaultConnection);
        await words.edit(
          'ca',
          { data: { 'ca.crt': Buffer.from(bao().authority).toString('base64') } },
          resources.secret,
        );
        await words.untilReady('True', 'SecretSynced');
        await words.untilReady('True', 'Valid', 'vault', resources.vaultConnection);
      });

      it('a CA Secret that is not there, and go on when it comes', async () => {
        const { words } = scene;
        await elsewhere({ caCertSecretRef: 'ca' });
        const message = messageOf(await words.untilReady('False', 'Invalid'));
        expect(message).toContain(
          `Secret '${words.namespace}/ca' that VaultConnection ${words.namespace}/vault refers to`,
        );
        await words.secret('ca', { 'ca.crt': bao().authority });
        await words.untilReady('True', 'SecretSynced');
      });

      it('a CA Secret without a certificate', async () => {
        const { words } = scene;
        await words.secret('ca', { 'ca.crt': 'nonsense' });
        await elsewhere({ caCertSecretRef: 'ca' });
        expect(messageOf(await words.untilReady('False', 'UntrustedServer'))).toContain('has no PEM certificate');
      });

      it('nothing, where the certificate need not be trusted', async () => {
        const { words } = scene;
        await elsewhere({ skipTLSVerify: true });
        await words.untilReady('True', 'SecretSynced');
      });

      it('a name that the certificate does not have', async () => {
        const { words } = scene;
        await words.secret('ca', { 'ca.crt': bao().authority });
        await elsewhere({ caCertSecretRef: 'ca', tlsServerName: 'elsewhere.example.com' });
        await words.untilReady('False', 'UntrustedServer');
      });

      it('a connection that is not there', async () => {
        const { words } = scene;
        await words.auth({ vaultConnectionRef: 'nowhere', method: 'kubernetes', mount: 'kubernetes', kubernetes });
        await words.static();
        expect(messageOf(await words.untilReady('Unknown', 'ReferenceMissing'))).toContain('VaultConnection');
      });

      it('a service account that is not there', async () => {
        const { words } = scene;
        await scene.connected();
        await words.auth({ vaultConnectionRef: 'vault', method: 'kubernetes', mount: 'kubernetes', kubernetes });
        await words.static();
        expect(messageOf(await words.untilReady('False', 'Invalid'))).toContain(
          `service account '${words.namespace}/app'`,
        );
      });
    });
  });
});
