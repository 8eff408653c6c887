// ExternalSecrets of one namespace, the controller under exactly the rights that we ship for that.

import { expect, it, onTestFailed } from 'vitest';
import { esoFinalizers } from '../../controller/secret/eso.ts';
import { createClient } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import type { CallReport } from '../../src/kube/transport.ts';
import { wordsIn } from '../controller/support/external.ts';
import { asUser, houseOn, type Stage } from '../controller/support/house.ts';
import { trustServiceAccounts } from './support/kubernetes-auth.mjs';
import { describeOnOpenBao } from './support/openbao.ts';
import { type Client, describeOnCluster } from './support/real.ts';

async function stageIn(cluster: Client, namespace: string): Promise<Stage> {
  const clientOf = async (kubeconfig: string, onCall?: (report: CallReport) => void) => {
    const config = await loadClusterConfig({ env: {}, cwd: '/', clock: systemClock }, { kubeconfig });
    return createClient({ config, clock: systemClock, random: Math.random, onCall });
  };
  for (const name of ['namespaced', 'external-secrets-namespaced'])
    await cluster.applyDeploy(`rbac/${name}.yaml`, { replace: { 'team-a': namespace } });
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'sealwright');
  const user = asUser(await clientOf(cluster.kubeconfig));
  return { user, controllerClient: (onCall) => clientOf(kubeconfig, onCall), close: () => user.close() };
}

const data = [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }];

describeOnCluster('ExternalSecrets of one namespace', (cluster) => {
  describeOnOpenBao('with an OpenBao', (bao) => {
    it('are served with the rights of that namespace alone, by every way that needs a right', async () => {
      await bao().mountKv('secret', 2);
      await bao().policy('app', 'path "secret/data/*" { capabilities = ["read"] }');
      await bao().ok('POST', 'secret/data/db', { data: { password: 's3cret' } });
      await trustServiceAccounts(cluster, bao());
      const namespace = await cluster.freshNamespace();
      await bao().ok('POST', 'auth/kubernetes/role/app', {
        bound_service_account_names: ['app'],
        bound_service_account_namespaces: [namespace],
        token_policies: ['app'],
      });
      const stage = await stageIn(cluster, namespace);
      const settings = { namespace: [namespace], kinds: ['externalsecrets'], 'deletion-grace': ['1s'] };
      const house = houseOn(stage, { settings, home: namespace });
      onTestFailed(() => console.error(house.lines.join('')));
      const controller = await house.start();
      await controller.ready;
      const words = wordsIn(house.kube, namespace);

      // A CA bundle in a ConfigMap, a token of a service account that comes late.
      await words.create(resources.configMap, 'ca', { data: { 'ca.crt': bao().authority } });
      const caProvider = { type: 'ConfigMap' as const, name: 'ca', key: 'ca.crt' };
      const auth = { kubernetes: { role: 'app', serviceAccountRef: { name: 'app' } } };
      await words.store('vault', { vault: { server: bao().url, path: 'secret', caProvider, auth } });
      await words.untilReady('vault', 'False', 'InvalidProviderConfig', resources.secretStore);
      await words.create(resources.serviceAccount, 'app', {});
      await words.untilReady('vault', 'True', 'Valid', resources.secretStore);

      // Templates from a ConfigMap, drift, a finalizer of the reference, removal after the grace.
      await words.create(resources.configMap, 'templates', { data: { url: 'db:{{ .password }}' } });
      const target = { template: { templateFrom: [{ configMap: { name: 'templates', items: [{ key: 'url' }] } }] } };
      await words.external('db', { target, data }, { finalizers: [esoFinalizers.externalSecret] });
      await words.untilValues({ url: 'db:s3cret' });
      await house.kube.mergePatch(resources.secret, words.at('db'), { data: { url: 'eA==' } });
      await words.untilValues({ url: 'db:s3cret' });
      await words.external('merged', { target: { creationPolicy: 'Merge' }, data });
      await words.credentials('merged', { theirs: 'x' });
      await words.untilValues({ theirs: 'x', password: 's3cret' }, 'merged');

      // A generator.
      await words.create(resources.passwordGenerator, 'generated', { spec: { length: 12 } });
      const generatorRef = {
        apiVersion: 'generators.external-secrets.io/v1alpha1',
        kind: 'Password',
        name: 'generated',
      };
      await words.external('generated', { dataFrom: [{ sourceRef: { generatorRef } }] });
      await words.untilReady('generated', 'True', 'SecretSynced');

      // What is cluster-scoped says why it is not served.
      await words.external('cluster', { secretStoreRef: { kind: 'ClusterSecretStore', name: 'any' }, data });
      const refused = await words.untilReady('cluster', 'False', 'SecretSyncedError');
      expect(JSON.stringify(refused.status)).toContain('ClusterSecretStore');

      await house.kube.delete(resources.externalSecret, words.at('db'));
      await words.untilValues(undefined, 'db');
      expect(house.lines.filter((line) => line.includes('KUBE_FORBIDDEN'))).toEqual([]);
      await house.end(['s3cret']);
    });
  });
});
