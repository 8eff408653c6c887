// VaultStaticSecrets where the definitions of Vault Secrets Operator are installed, which lack the status fields that are ours and demand some of their own.

import { expect, it } from 'vitest';
import type { KubeObject } from '../../../../src/kube/objects.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { embeddedStage, houseOn } from '../../support/house.ts';
import { startSmallVault } from '../../support/small-vault.ts';
import { vaultDefinitions, vaultWordsIn } from '../../support/vault-words.ts';

type Shape = { properties: Record<string, Shape>; items: Shape; required?: string[]; default?: unknown };

const demanded: Record<string, string[]> = {
  VaultStaticSecret: ['lastGeneration'],
  VaultConnection: ['valid'],
  VaultAuth: ['valid', 'error'],
  VaultAuthGlobal: ['valid', 'error'],
  SecretTransformation: ['valid', 'error'],
};

/** Our definition as the reference's is. */
function asReference(definition: KubeObject): KubeObject {
  const { spec } = definition as unknown as {
    spec: { names: { kind: string }; versions: { schema: { openAPIV3Schema: Shape } }[] };
  };
  for (const { schema } of spec.versions) {
    const { status } = schema.openAPIV3Schema.properties;
    if (!status) continue;
    delete status.default;
    delete status.properties.sealwright;
    delete status.properties.observedGeneration;
    delete status.properties.conditions?.items.properties.lastUpdateTime;
    status.required = demanded[spec.names.kind] ?? [];
  }
  return definition;
}

it('they are made, paused ones are told, and a restart reads no value and writes nothing', async () => {
  const stage = await embeddedStage({ definitions: vaultDefinitions().map(asReference) });
  const house = houseOn(stage, { settings: { kinds: ['vaultstaticsecrets'] } });
  const vault = await startSmallVault();
  vault.put('db', { password: 's3cret' });
  try {
    const words = vaultWordsIn(house.kube, (await house.scene()).namespace);
    const controller = await house.start();
    await words.static({}, 'paused', { annotations: { 'sealwright.dev/paused': 'true' } });
    await words.static();
    await words.until(
      async () => [await words.condition('Paused', 'paused'), await words.condition('Ready')],
      (conditions) => conditions.every((one) => one !== undefined),
      'the statuses of what cannot be made yet',
    );
    await words.settled({ address: vault.url });
    await words.untilValues({ password: 's3cret' });
    await words.until(
      () => words.condition('Ready'),
      (ready) => ready?.status === 'True',
      'Ready',
    );
    await controller.idle();
    await controller.stop();
    vault.reset();
    const next = await house.start();
    await next.idle();
    expect(vault.reads).toEqual([]);
    expect(next.calls.filter((call) => !/^(get|list) /.test(call))).toEqual([]);
    await words.remove('db', resources.secret);
    await words.untilValues({ password: 's3cret' });
  } finally {
    await house.end(['s3cret']);
    await vault.close();
  }
});
