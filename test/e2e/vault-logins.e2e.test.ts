// Logging in to a real OpenBao by aws and by ldap, which it has as plugins: who may, who may not, and what is said then.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import type { VaultAuthAws } from '../../src/kube/vault-secrets.ts';
import { wordsIn } from '../controller/support/external.ts';
import { messageOf } from '../controller/support/vault-words.ts';
import { describeOnOpenBaoWithLogins, startDirectory } from './support/logins.ts';
import { describeOnMoto, type Moto } from './support/moto.ts';
import type { OpenBao } from './support/openbao.ts';
import { describeOnCluster } from './support/real.ts';
import { onVaultStage } from './support/vault-stage.ts';

const account = '123456789012';
const serverId = 'bao.example.org';
const userArn = `arn:aws:iam::${account}:user/app`;
const roleArn = `arn:aws:iam::${account}:role/web`;

/** A user and a role of the account, and what OpenBao thinks of them. */
async function prepareAws(bao: OpenBao, aws: Moto) {
  await aws.iam('CreateUser', { UserName: 'app' });
  const said = await aws.iam('CreateAccessKey', { UserName: 'app' });
  const [id = '', secret = ''] = ['AccessKeyId', 'SecretAccessKey'].map((name) => said.match(`<${name}>(.*?)<`)?.[1]);
  // Everybody: moto takes any token for a web identity, and does not look at who signs it.
  const anybody = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: '*' }] };
  await aws.iam('CreateRole', { RoleName: 'web', AssumeRolePolicyDocument: JSON.stringify(anybody) });
  const may = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const policy = { PolicyName: 'all', PolicyDocument: JSON.stringify(may) };
  await aws.iam('PutUserPolicy', { UserName: 'app', ...policy });
  await aws.iam('PutRolePolicy', { RoleName: 'web', ...policy });
  await bao.enablePlugin('aws');
  await bao.ok('POST', 'auth/aws/config/client', {
    sts_endpoint: aws.url,
    sts_region: 'us-east-1',
    iam_endpoint: aws.url,
    iam_server_id_header_value: serverId,
  });
  const role = (name: string, arn: string, more: object = {}) =>
    bao.ok('POST', `auth/aws/role/${name}`, {
      auth_type: 'iam',
      bound_iam_principal_arn: arn,
      resolve_aws_unique_ids: false,
      token_policies: ['app'],
      ...more,
    });
  await role('app', userArn, { token_ttl: '20m' });
  await role('web', roleArn, { token_ttl: '20m' });
  await role('short', userArn, { token_ttl: '2s', token_max_ttl: '1m' });
  await role('brief', userArn, { token_ttl: '2s', token_max_ttl: '3s' });
  return { id, secret };
}

describeOnCluster('on a real API server', (cluster) => {
  describeOnMoto('with an AWS account', (aws) => {
    describeOnOpenBaoWithLogins('by a real OpenBao that has aws and ldap', (bao) => {
      const scene = onVaultStage(cluster, bao, () => ({ 'aws-endpoint': [aws().url] }));
      let keys = { id: '', secret: '' };
      beforeAll(async () => {
        keys = await prepareAws(bao(), aws());
      });
      // Otherwise moto believes every one; a request without any, as for a web identity, it can only answer otherwise.
      const withSignaturesChecked = () => aws().enforcePolicies(0);
      afterEach(() => aws().enforcePolicies('never'));
      const accountOfPod = (name = 'app', arn = roleArn) =>
        scene.words.serviceAccount(name, { annotations: { 'eks.amazonaws.com/role-arn': arn } });
      let made = 0;
      /** A secret that no other test has read. */
      const own = async () => {
        const path = `login-${++made}`;
        await bao().ok('POST', `kv/data/${path}`, { data: { password: 's3cret' } });
        return path;
      };

      describe('a VaultAuth of aws', () => {
        const by = async (settings: VaultAuthAws) => {
          await scene.connected();
          const method = { method: 'aws', mount: 'aws', aws: { headerValue: serverId, ...settings } } as const;
          await scene.words.auth({ vaultConnectionRef: 'vault', ...method });
          await scene.words.static({ path: await own() });
        };
        const keysIn = (more: Record<string, string> = {}) =>
          scene.words.secret('aws', { access_key_id: keys.id, secret_access_key: keys.secret, ...more });
        const refused = async () => messageOf(await scene.words.untilReady('False', 'LoginRefused'));

        it('logs in with the keys of a Secret, by a request that they sign', async () => {
          const { words } = scene;
          await withSignaturesChecked();
          await keysIn();
          await by({ role: 'app', secretRef: 'aws' });
          await words.untilValues({ password: 's3cret' });
          await words.untilReady('True', 'SecretSynced');
        });

        it('logs in with the role of a service account', async () => {
          const { words } = scene;
          await accountOfPod();
          await by({ role: 'web', irsaServiceAccount: 'app' });
          await words.untilValues({ password: 's3cret' });
        });

        it('logs in with keys of a session', async () => {
          const { words } = scene;
          const { AccessKeyId, SecretAccessKey, SessionToken } = await aws().session(roleArn);
          await withSignaturesChecked();
          const items = { access_key_id: AccessKeyId, secret_access_key: SecretAccessKey, session_token: SessionToken };
          await words.secret('aws', items);
          await by({ role: 'web', secretRef: 'aws' });
          await words.untilValues({ password: 's3cret' });
        });

        it('logs in at the endpoint of a region', async () => {
          const { words } = scene;
          await keysIn();
          await by({ role: 'app', secretRef: 'aws', region: 'eu-central-1' });
          await words.untilValues({ password: 's3cret' });
        });

        it('is refused with a role that the server does not know, until it names one', async () => {
          const { words } = scene;
          await keysIn();
          await by({ role: 'ghost', secretRef: 'aws' });
          expect(await refused()).toContain('spec.aws of the VaultAuth with the role at auth/aws/login');
          await words.edit('auth', { spec: { aws: { role: 'app' } } }, resources.vaultAuth);
          await words.untilReady('True', 'SecretSynced');
        });

        it('is refused as a role that is bound to somebody else', async () => {
          await keysIn();
          await by({ role: 'web', secretRef: 'aws' });
          await refused();
        });

        it('is refused without the name of the server, and with that of another, until it is the right one', async () => {
          const { words } = scene;
          await keysIn();
          await by({ role: 'app', secretRef: 'aws', headerValue: 'another.example.org' });
          await refused();
          await words.auth(
            { vaultConnectionRef: 'vault', method: 'aws', mount: 'aws', aws: { role: 'app', secretRef: 'aws' } },
            'nameless',
          );
          await words.static({ vaultAuthRef: 'nameless', path: await own() }, 'nameless');
          await words.untilReady('False', 'LoginRefused', 'nameless');
          await words.edit('auth', { spec: { aws: { headerValue: serverId } } }, resources.vaultAuth);
          await words.untilReady('True', 'SecretSynced');
        });

        it('is refused with a secret key that is not the right one, until the Secret has it', async () => {
          const { words } = scene;
          await withSignaturesChecked();
          await keysIn({ secret_access_key: 'another' });
          await by({ role: 'app', secretRef: 'aws' });
          await refused();
          const data = { secret_access_key: Buffer.from(keys.secret).toString('base64') };
          await words.edit('aws', { data }, resources.secret);
          await words.untilReady('True', 'SecretSynced');
        });

        it('does not log in as the controller', async () => {
          await by({ role: 'app' });
          expect(messageOf(await scene.words.untilReady('False', 'Invalid'))).toContain('names no credentials');
        });

        it('renews its token', async () => {
          const { words } = scene;
          await keysIn();
          const before = { renewals: await scene.calls('renew'), logins: await scene.calls('login') };
          await by({ role: 'short', secretRef: 'aws' });
          await words.untilReady('True', 'SecretSynced');
          await words.until(
            async () => (await scene.calls('renew')) - before.renewals,
            (renewals) => renewals >= 2,
            'two renewals',
          );
          expect((await scene.calls('login')) - before.logins).toBe(1);
        });

        it('logs in anew when renewing has come to its end, and reads what has changed', async () => {
          const { words } = scene;
          await keysIn();
          await scene.connected();
          const method = { method: 'aws', mount: 'aws' } as const;
          const settings = { headerValue: serverId, role: 'brief', secretRef: 'aws' };
          await words.auth({ vaultConnectionRef: 'vault', ...method, aws: settings });
          const path = await own();
          const before = await scene.calls('login');
          await words.static({ path, refreshAfter: '1s' });
          await words.untilReady('True', 'SecretSynced');
          await words.until(
            async () => (await scene.calls('login')) - before,
            (logins) => logins >= 2,
            'a second login',
          );
          await bao().ok('POST', `kv/data/${path}`, { data: { password: 'rotated-marker' } });
          await words.untilValues({ password: 'rotated-marker' });
        });

        it('logs in anew when its token was revoked', async () => {
          const { words } = scene;
          await keysIn();
          await by({ role: 'app', secretRef: 'aws' });
          await words.untilReady('True', 'SecretSynced');
          await bao().ok('POST', 'sys/leases/revoke-prefix/auth/aws/login', {});
          const path = await own();
          await words.static({ path }, 'second');
          await words.untilReady('True', 'SecretSynced', 'second');
        });
      });

      describe('a SecretStore', () => {
        const secretRef = {
          accessKeyIDSecretRef: { name: 'aws', key: 'id' },
          secretAccessKeySecretRef: { name: 'aws', key: 'secret' },
        };
        const storeBy = async (auth: object) => {
          const words = wordsIn(scene.house.kube, scene.words.namespace);
          const caBundle = Buffer.from(bao().authority).toString('base64');
          await words.store('vault', { vault: { server: bao().url, caBundle, path: 'kv', auth } });
          await words.external('db', { data: [{ secretKey: 'password', remoteRef: { key: await own() } }] });
          return words;
        };
        const iam = (more: object) => ({ iam: { vaultAwsIamServerID: serverId, ...more } });
        const read = { password: '{"password":"s3cret"}' };
        const refusedByIam =
          /^Denied: vault: logging in by iam: the server refuses .* the store's auth.iam with the role/;
        const denied = async (words: ReturnType<typeof wordsIn>) => {
          await words.untilReady('db', 'False', 'SecretSyncedError');
          return (await words.condition('Ready'))?.message ?? '';
        };

        it('logs in by iam with the keys of a Secret', async () => {
          await withSignaturesChecked();
          await scene.words.secret('aws', keys);
          const words = await storeBy(iam({ vaultRole: 'app', secretRef }));
          await words.untilValues(read);
          await words.untilReady('vault', 'True', 'Valid', resources.secretStore);
        });

        it('logs in by iam with the role of a service account', async () => {
          await accountOfPod();
          const words = await storeBy(iam({ vaultRole: 'web', jwt: { serviceAccountRef: { name: 'app' } } }));
          await words.untilValues(read);
        });

        it('logs in by iam with a role that its keys assume', async () => {
          await scene.words.secret('aws', keys);
          const words = await storeBy(iam({ vaultRole: 'web', role: roleArn, secretRef }));
          await words.untilValues(read);
        });

        it('is refused by iam as a role that is bound to somebody else, until it names its own', async () => {
          await scene.words.secret('aws', keys);
          const words = await storeBy(iam({ vaultRole: 'web', secretRef }));
          expect(await denied(words)).toMatch(refusedByIam);
          const right = { spec: { provider: { vault: { auth: { iam: { vaultRole: 'app' } } } } } };
          await scene.house.kube.mergePatch<KubeObject>(resources.secretStore, words.at('vault'), right);
          await words.untilValues(read);
        });

        it('is refused by iam with the name of another server', async () => {
          await scene.words.secret('aws', keys);
          const words = await storeBy(iam({ vaultRole: 'app', vaultAwsIamServerID: 'another', secretRef }));
          expect(await denied(words)).toMatch(refusedByIam);
        });

        describe('by ldap', () => {
          let directory: Awaited<ReturnType<typeof startDirectory>>;
          beforeAll(async () => {
            directory = await startDirectory();
            await bao().enablePlugin('ldap');
            await bao().ok('POST', 'auth/ldap/config', {
              url: directory.url,
              userdn: 'ou=people,dc=example,dc=org',
              userattr: 'cn',
            });
            await bao().ok('POST', 'auth/ldap/users/app', { policies: 'app' });
          });
          afterAll(() => directory.stop());
          const ldap = (username: string) => ({
            ldap: { path: 'ldap', username, secretRef: { name: 'word', key: 'password' } },
          });

          it('logs in with the password of the directory', async () => {
            await scene.words.secret('word', { password: 'directory-word' });
            const words = await storeBy(ldap('app'));
            await words.untilValues(read);
          });

          it('is refused with another password, until the Secret has the right one', async () => {
            await scene.words.secret('word', { password: 'guessed' });
            const words = await storeBy(ldap('app'));
            expect(await denied(words)).toMatch(/^Denied: vault: logging in by ldap: the server refuses/);
            const data = { password: Buffer.from('directory-word').toString('base64') };
            await scene.words.edit('word', { data }, resources.secret);
            await words.untilValues(read);
          });

          it('is refused as somebody whom the directory does not know', async () => {
            await scene.words.secret('word', { password: 'directory-word' });
            const words = await storeBy(ldap('stranger'));
            expect(await denied(words)).toMatch(/^Denied: vault: logging in by ldap: the server refuses/);
          });
        });
      });
    });
  });
});
