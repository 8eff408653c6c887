// A stage on the real API server for the controller of SealedSecrets, under exactly the rights that we ship.

import { createClient } from '../../../src/kube/client.ts';
import { loadClusterConfig } from '../../../src/kube/config.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import type { CallReport } from '../../../src/kube/transport.ts';
import { asUser, type Stage } from '../../controller/support/house.ts';
import type { Client } from './real.ts';

/** In kube-system with the rights for all namespaces; in any other with those for that one alone. */
export async function stageOn(cluster: Client, namespace = 'kube-system'): Promise<Stage> {
  const clientOf = async (kubeconfig: string, onCall?: (report: CallReport) => void) => {
    const config = await loadClusterConfig({ env: {}, cwd: '/', clock: systemClock }, { kubeconfig });
    return createClient({ config, clock: systemClock, random: Math.random, onCall });
  };
  if (namespace === 'kube-system') {
    await cluster.applyDeploy('rbac/cluster.yaml');
    await cluster.applyDeploy('rbac/restarts.yaml');
  } else await cluster.applyDeploy('rbac/namespaced.yaml', { replace: { 'team-a': namespace } });
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'sealwright');
  const user = asUser(await clientOf(cluster.kubeconfig));
  return { user, controllerClient: (onCall) => clientOf(kubeconfig, onCall), close: () => user.close() };
}
