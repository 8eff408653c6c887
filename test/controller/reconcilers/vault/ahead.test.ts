// Asking servers ahead of the work: a silent one keeps nobody else waiting.

import { expect, it } from 'vitest';
import { loopback } from '../../../support/loopback.ts';
import { embeddedStage, houseOn } from '../../support/house.ts';
import { startSmallVault } from '../../support/small-vault.ts';
import { vaultDefinitions, vaultWordsIn } from '../../support/vault-words.ts';

it('a value is had from a healthy server although many more than there are workers wait for a silent one', async () => {
  const stage = await embeddedStage({ definitions: vaultDefinitions() });
  const house = houseOn(stage, { settings: { kinds: ['vaultstaticsecrets'], concurrency: ['4'] } });
  const vault = await startSmallVault();
  const silent = await loopback(() => {});
  vault.put('db', { password: 's3cret' });
  try {
    const words = vaultWordsIn(house.kube, (await house.scene()).namespace);
    await (await house.start()).ready;
    await words.serviceAccount();
    const login = {
      method: 'kubernetes',
      mount: 'kubernetes',
      kubernetes: { role: 'app', serviceAccount: 'app' },
    } as const;
    await words.connection({ address: silent.url }, 'silent');
    await words.auth({ vaultConnectionRef: 'silent', ...login }, 'silent');
    const names = Array.from({ length: 12 }, (_, index) => `silent-${index}`);
    for (const name of names) await words.static({ vaultAuthRef: 'silent', path: name }, name);
    await words.connection({ address: vault.url });
    await words.auth({ vaultConnectionRef: 'vault', ...login });
    await words.static();
    await words.untilValues({ password: 's3cret' });
    // Nobody's patience is at its end yet, so no worker was waited for.
    for (const name of names) expect((await words.get(name))?.status?.conditions).toBeUndefined();
  } finally {
    await silent.close();
    await house.end(['s3cret']);
    await vault.close();
  }
});
