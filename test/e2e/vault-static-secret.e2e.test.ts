// VaultStaticSecrets on a real API server from a real OpenBao: made, refreshed, put right, kept and given back.

import { describe, it } from 'vitest';
import { describeOnOpenBao } from './support/openbao.ts';
import { describeOnCluster } from './support/real.ts';
import { onVaultStage } from './support/vault-stage.ts';

describeOnCluster('on a real API server', (cluster) => {
  describeOnOpenBao('VaultStaticSecrets from a real OpenBao', (bao) => {
    const scene = onVaultStage(cluster, bao);

    describe('are made', () => {
      it('from KV v2, by a login of kubernetes with a service account of their namespace', async () => {
        const { words } = scene;
        await scene.settled();
        await words.static();
        await words.untilValues({ user: 'admin', password: 's3cret' });
        await words.untilReady('True', 'SecretSynced');
      });
    });
  });
});
