// ExternalSecrets where the definitions of External Secrets Operator are installed, which lack the status fields that are ours.

import { expect, it } from 'vitest';
import { resources } from '../../../../src/kube/resources.ts';
import { externalDefinitions, wordsIn } from '../../support/external.ts';
import { startFakeVault } from '../../support/fake-vault.ts';
import { embeddedStage, houseOn } from '../../support/house.ts';

type Shape = { properties: Record<string, Shape>; items: Shape; default?: unknown };

/** Our definition without what the reference's does not have. */
function pruned(definition: ReturnType<typeof externalDefinitions>[number]) {
  const { spec } = definition as unknown as { spec: { versions: { schema: { openAPIV3Schema: Shape } }[] } };
  for (const { schema } of spec.versions) {
    const status = schema.openAPIV3Schema.properties.status;
    if (!status) continue;
    delete status.default;
    delete status.properties.sealwright;
    delete status.properties.observedGeneration;
    const condition = status.properties.conditions?.items.properties ?? {};
    delete condition.observedGeneration;
    delete condition.lastUpdateTime;
  }
  return definition;
}

it('a restart reads no store and writes nothing, and drift is put right', async () => {
  const stage = await embeddedStage({ definitions: externalDefinitions().map(pruned) });
  const house = houseOn(stage, { settings: { kinds: ['externalsecrets'] } });
  const vault = await startFakeVault();
  vault.values.set('db', { password: 's3cret' });
  try {
    const words = wordsIn(house.kube, (await house.scene()).namespace);
    const controller = await house.start();
    await words.vaultStore(vault.url);
    await words.external('db', { data: [{ secretKey: 'password', remoteRef: { key: 'db', property: 'password' } }] });
    await words.untilValues({ password: 's3cret' });
    const ready = () => words.condition('Ready');
    await words.until(ready, (condition) => condition?.status === 'True', 'Ready');
    await controller.idle();
    expect((await words.getExternal())?.status?.observedGeneration).toBeUndefined();
    await controller.stop();
    vault.reset();
    const next = await house.start();
    await next.idle();
    expect(vault.reads).toEqual([]);
    expect(next.calls.filter((call) => !/^(get|list) /.test(call))).toEqual([]);
    await house.kube.delete(resources.secret, words.at('db'));
    await words.untilValues({ password: 's3cret' });
  } finally {
    await house.end(['s3cret']);
    await vault.close();
  }
});
