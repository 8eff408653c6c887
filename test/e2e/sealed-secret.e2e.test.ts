// The same stories on a real API server, with the controller under exactly the rights that we ship.

import { createClient } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import type { CallReport } from '../../src/kube/transport.ts';
import { asUser, houseOn, type Stage, storeKey } from '../controller/support/house.ts';
import { tellStories } from '../controller/support/stories.ts';
import { type Client, describeOnCluster } from './support/real.ts';

async function stageOn(cluster: Client): Promise<Stage> {
  const clientOf = async (kubeconfig: string, onCall?: (report: CallReport) => void) => {
    const config = await loadClusterConfig({ env: {}, cwd: '/', clock: systemClock }, { kubeconfig });
    return createClient({ config, clock: systemClock, random: Math.random, onCall });
  };
  await cluster.applyDeploy('rbac/cluster.yaml');
  const kubeconfig = await cluster.serviceAccountKubeconfig('kube-system', 'sealwright');
  const user = asUser(await clientOf(cluster.kubeconfig));
  return { user, controllerClient: (onCall) => clientOf(kubeconfig, onCall), close: () => user.close() };
}

describeOnCluster('a SealedSecret on a real API server', (cluster) => {
  tellStories(async () => {
    const stage = await stageOn(cluster);
    await storeKey(stage.user, 'rsa2048');
    return houseOn(stage);
  });
});
