// The examples of docs/examples/external-secrets on the embedded API server, each applied as it stands.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExternalSecret } from '../../src/kube/external-secrets.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { type Resource, resources } from '../../src/kube/resources.ts';
import { type FakeAws, fakeAws } from '../controller/stores/support/fake-aws.ts';
import {
  checkExternalStatus,
  eventually,
  externalDefinitions,
  type Words,
  wordsIn,
} from '../controller/support/external.ts';
import { type FakeVault, startFakeVault, vaultToken } from '../controller/support/fake-vault.ts';
import { embeddedStage, type House, houseOn } from '../controller/support/house.ts';
import {
  awsValues,
  differences,
  type ExpectedSecret,
  exampleFiles,
  exampleObjects,
  exampleStores,
  examples,
  exampleText,
  vaultValues,
} from '../support/external-secret-examples.ts';

let house: House;
let vault: FakeVault;
let aws: FakeAws;
let words: Words;

beforeAll(async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions() });
  [vault, aws] = await Promise.all([startFakeVault(), fakeAws()]);
  for (const [key, value] of Object.entries(vaultValues)) vault.values.set(key, value);
  for (const [key, { previous, current }] of Object.entries(awsValues.secrets))
    aws.secrets.set(key, { text: current, previous });
  for (const [name, value] of Object.entries(awsValues.parameters)) aws.parameters.set(name, value);
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'], 'aws-endpoint': [aws.url] } });
  words = wordsIn(house.kube, (await house.scene()).namespace);
  await house.kube.create(resources.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
  const controller = await house.start();
  await controller.ready;
  await stores();
});
afterAll(async () => {
  await house.end([vaultToken, 'live_0123', 'glpat-0123']);
  await Promise.all([vault.close(), aws.close()]);
});

/** The stores of the page, with the servers and credentials of this place. */
async function stores(): Promise<void> {
  await words.credentials('stores', { token: vaultToken, id: 'AKIAEXAMPLE', secret: 'x' });
  const at = (key: string) => ({ name: 'stores', namespace: words.namespace, key });
  const auth = { secretRef: { accessKeyIDSecretRef: at('id'), secretAccessKeySecretRef: at('secret') } };
  for (const store of Object.values(exampleStores())) {
    const { provider } = store.spec;
    if (provider.vault) Object.assign(provider.vault, { server: vault.url, auth: { tokenSecretRef: at('token') } });
    if (provider.aws) Object.assign(provider.aws, { auth });
    await house.kube.create(resources.clusterSecretStore, store);
  }
}

function resourceOf({ apiVersion, kind }: KubeObject): Resource {
  const version = apiVersion.replace(/^.*\//, '');
  const found = Object.values(resources).find((resource) => resource.kind === kind);
  if (!found) throw new Error(`an example has a ${kind}`);
  return { ...found, version };
}

const inPlace = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { namespace: words.namespace, ...object.metadata },
});

const secretOf = ({ name, namespace }: ExpectedSecret) =>
  wordsIn(house.kube, namespace ?? words.namespace).getSecret(name);

describe.each(exampleFiles)('%s', (file) => {
  it('makes exactly its Secrets', async () => {
    const example = examples[file];
    if (!example) throw new Error('no expectation: add it to test/support/external-secret-examples.ts');
    const { before, secrets } = example;
    if (before) await wordsIn(house.kube, before.namespace).credentials(before.name, before.data);
    const objects = exampleObjects(file).map(inPlace);
    for (const object of objects) await house.kube.create(resourceOf(object), object);
    for (const expected of secrets) {
      const look = async () => differences(await secretOf(expected), expected);
      await eventually(look, (found) => found.length === 0, `Secret ${expected.name}`).catch(async (error) => {
        const { items } = await house.kube.list<ExternalSecret>(resources.externalSecret);
        const troubles = items.flatMap(
          ({ status }) => status?.conditions?.filter(({ type }) => type !== 'Ready') ?? [],
        );
        throw new Error(`${error.message}\n${troubles.map(({ message }) => message).join('\n')}`);
      });
    }
    for (const { kind, metadata } of objects) {
      if (kind !== 'ExternalSecret') continue;
      const own = wordsIn(house.kube, metadata.namespace ?? '');
      checkExternalStatus(await own.untilReady(metadata.name ?? '', 'True', 'SecretSynced'));
    }
  });

  it('has a comment that says what it is, and its section on the page', () => {
    expect(exampleText(file)).toMatch(/^# [A-Z]/);
    expect(exampleText('README.md')).toContain(`(${file})`);
  });
});

it('of AWS may be written back as v1 without a change', async () => {
  const { metadata, spec } = exampleObjects('aws.yaml').find(
    ({ metadata: { name } }) => name === 'aws-db',
  ) as KubeObject & {
    spec: object;
  };
  const at = words.at(metadata.name ?? '');
  const before = await house.kube.get<KubeObject & { spec: object }>(resources.externalSecret, at);
  expect(before.spec).toEqual(spec);
  const after = await house.kube.replace(resources.externalSecret, before);
  expect(after.metadata.generation).toBe(before.metadata.generation);
});
