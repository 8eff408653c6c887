// The examples of docs/examples/external-secrets, applied with kubectl as they stand: on a real API server, from a real OpenBao and moto.

import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, it } from 'vitest';
import type { SecretStore } from '../../src/kube/external-secrets.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { eventually, wordsIn } from '../controller/support/external.ts';
import {
  awsValues,
  differences,
  exampleFiles,
  exampleObjects,
  exampleStores,
  examples,
  exampleUrl,
  vaultValues,
} from '../support/external-secret-examples.ts';
import { onStage } from './support/external.ts';
import { trustServiceAccounts } from './support/kubernetes-auth.mjs';
import { describeOnMoto } from './support/moto.ts';
import { describeOnOpenBao } from './support/openbao.ts';
import { describeOnCluster } from './support/real.ts';

const readFrom = (source: 'vault' | 'aws' | 'none') =>
  exampleFiles.filter((file) => (examples[file]?.from ?? 'vault') === source);

describeOnCluster('the examples on a real API server', (cluster) => {
  const namespaceOf = ({ metadata }: KubeObject) => metadata.namespace;

  /** As a reader of the page would. */
  async function madeFrom(file: string, { words, house }: ReturnType<typeof onStage>): Promise<void> {
    const example = examples[file];
    if (!example) throw new Error('no expectation: add it to test/support/external-secret-examples.ts');
    const { before, secrets } = example;
    if (before) await wordsIn(house.kube, before.namespace).credentials(before.name, before.data);
    const objects = exampleObjects(file);
    const where = objects.some(namespaceOf) ? [] : ['-n', words.namespace];
    await cluster.kubectlOk(['apply', ...where, '-f', fileURLToPath(exampleUrl(file))]);
    for (const expected of secrets) {
      const look = async () =>
        differences(
          await wordsIn(house.kube, expected.namespace ?? words.namespace).getSecret(expected.name),
          expected,
        );
      await eventually(look, (found) => found.length === 0, `Secret ${expected.name}`);
    }
    for (const { kind, metadata } of objects.filter(({ kind }) => kind === 'ExternalSecret')) {
      const own = wordsIn(house.kube, metadata.namespace ?? words.namespace);
      await own.untilReady(metadata.name ?? kind, 'True', 'SecretSynced');
    }
  }

  describeOnOpenBao('with a real OpenBao', (bao) => {
    const scene = onStage(cluster);
    const { vault } = exampleStores();

    beforeAll(async () => {
      await bao().mountKv('secret', 2);
      for (const [key, data] of Object.entries(vaultValues)) await bao().ok('POST', `secret/data/${key}`, { data });
      await bao().policy(
        'read',
        'path "secret/data/*" { capabilities = ["read"] }\npath "secret/metadata/*" { capabilities = ["list"] }',
      );
      await trustServiceAccounts(cluster, bao());
      // As the store of the page logs in.
      await bao().ok('POST', 'auth/kubernetes/role/external-secrets', {
        bound_service_account_names: ['sealwright'],
        bound_service_account_namespaces: ['kube-system'],
        token_policies: ['read'],
      });
      const { provider } = vault.spec;
      const caBundle = Buffer.from(bao().authority).toString('base64');
      await scene.house.kube.create<SecretStore>(resources.clusterSecretStore, {
        ...vault,
        spec: { provider: { vault: { ...provider.vault, server: bao().url, caBundle } } },
      } as SecretStore);
      await cluster.kubectlOk(['create', 'namespace', 'argocd']);
    });

    it.each([...readFrom('vault'), ...readFrom('none')])('%s makes exactly its Secrets', (file) =>
      madeFrom(file, scene),
    );
  });

  describeOnMoto('with moto', (aws) => {
    const scene = onStage(cluster, () => ({ 'aws-endpoint': [aws().url] }));
    const { aws: secretsManager, 'aws-parameters': parameterStore } = exampleStores();

    beforeAll(async () => {
      for (const [Name, { previous, current }] of Object.entries(awsValues.secrets)) {
        await aws().secrets('CreateSecret', { Name, SecretString: previous });
        await aws().secrets('PutSecretValue', { SecretId: Name, SecretString: current });
      }
      for (const [Name, Value] of Object.entries(awsValues.parameters)) {
        await aws().parameters('PutParameter', { Name, Value, Type: 'SecureString' });
      }
    });
    beforeEach(async () => {
      const { words, house } = scene;
      await words.credentials('aws', { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'administrator' });
      const at = (key: string) => ({ name: 'aws', namespace: words.namespace, key });
      const auth = { secretRef: { accessKeyIDSecretRef: at('id'), secretAccessKeySecretRef: at('secret') } };
      for (const store of [secretsManager, parameterStore]) {
        const provider = { aws: { ...store.spec.provider.aws, auth } };
        await house.kube.create(resources.clusterSecretStore, { ...store, spec: { provider } });
      }
    });

    it.each(readFrom('aws'))('%s makes exactly its Secrets', (file) => madeFrom(file, scene));
  });
});
