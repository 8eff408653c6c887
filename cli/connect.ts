// A client for the cluster that the flags and the kubeconfig name; loaded only when a command asks a cluster.

import type { KubeApi } from '../src/kube/api.ts';
import { createClient } from '../src/kube/client.ts';
import { type ClusterFlags, loadClusterConfig } from '../src/kube/config.ts';
import type { Context } from './context.ts';

/** Throws `ClusterConfigError` for a bad kubeconfig. No connection is made yet. */
export async function connect(flags: ClusterFlags, context: Context): Promise<KubeApi> {
  const { env, cwd, clock, streams } = context;
  const interactive = streams.in.isTTY && streams.err.isTTY;
  const config = await loadClusterConfig({ env, cwd, clock, interactive }, flags);
  return createClient({ config, clock, random: context.jitter });
}
