// VaultStaticSecrets on the embedded API server, with a small Vault.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '../../../../src/kube/resources.ts';
import { embeddedStage, type House, houseOn, type Running } from '../../support/house.ts';
import { type SmallVault, startSmallVault } from '../../support/small-vault.ts';
import { messageOf, type VaultWords, vaultDefinitions, vaultWordsIn } from '../../support/vault-words.ts';

const markers = ['s3cret', 'hunter2'];
let house: House;
let vault: SmallVault;
let controller: Running;
let words: VaultWords;

beforeAll(async () => {
  const stage = await embeddedStage();
  for (const definition of vaultDefinitions()) await stage.user.create(resources.customResourceDefinition, definition);
  house = houseOn(stage, { settings: { kinds: ['vaultstaticsecrets'] } });
  vault = await startSmallVault();
  controller = await house.start();
  await controller.ready;
});

afterAll(async () => {
  await house.end(markers);
  await vault.close();
});

beforeEach(async () => {
  words = vaultWordsIn(house.kube, (await house.scene()).namespace);
  vault.put('db', { user: 'admin', password: 's3cret' });
});

const kubernetes = { role: 'app', serviceAccount: 'app' };

async function settled() {
  await words.serviceAccount();
  await words.connection({ address: vault.url });
  await words.auth({ vaultConnectionRef: 'vault', method: 'kubernetes', mount: 'kubernetes', kubernetes });
}

describe('a VaultStaticSecret', () => {
  it('becomes a Secret with every item, _raw, labels of the reference and one ownerReference', async () => {
    await settled();
    const made = await words.static({ destination: { labels: { team: 'a' }, annotations: { note: 'b' } } });
    await words.untilValues({ user: 'admin', password: 's3cret' });
    const object = await words.untilReady('True', 'SecretSynced');
    const secret = await words.getSecret();
    expect(secret?.metadata.labels).toEqual({
      team: 'a',
      'app.kubernetes.io/managed-by': 'hashicorp-vso',
      'app.kubernetes.io/name': 'vault-secrets-operator',
      'app.kubernetes.io/component': 'secret-sync',
      'secrets.hashicorp.com/vso-ownerRefUID': made.metadata.uid,
    });
    expect(secret?.metadata.annotations).toEqual({ note: 'b' });
    expect(secret?.metadata.ownerReferences).toEqual([
      { apiVersion: 'secrets.hashicorp.com/v1beta1', kind: 'VaultStaticSecret', name: 'db', uid: made.metadata.uid },
    ]);
    expect(object.status?.lastGeneration).toBe(1);
    expect(object.status?.secretMAC).toMatch(/^[\w+/]{43}=$/);
    expect(object.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'SecretSynced=True',
      'Healthy=True',
      'Ready=True',
    ]);
    expect(JSON.parse((await words.values())?._raw ?? '')).toMatchObject({ data: { user: 'admin' }, metadata: {} });
  });

  it('whose VaultAuth is not there says so, and is made when it comes', async () => {
    await words.static();
    const object = await words.untilReady('Unknown', 'ReferenceMissing');
    expect(messageOf(object)).toContain(`there is no VaultAuth ${words.namespace}/auth`);
    await settled();
    await words.untilReady('True', 'SecretSynced');
  });
});
