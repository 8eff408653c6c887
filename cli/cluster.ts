// The options that choose a cluster, and a client for it that is loaded only when a command has to ask.

import type { KubeApi } from '../src/kube/api.ts';
import type { ClusterFlags } from '../src/kube/config.ts';
import type { Context } from './context.ts';
import { text } from './options.ts';

/** Options of every command that may talk to a cluster. */
export const clusterOptions = {
  kubeconfig: text('--kubeconfig <file>', 'kubeconfig to use; default: as kubectl'),
  context: text('--context <name>', 'context of the kubeconfig'),
} as const;

/** Options that say which controller of the cluster is meant. */
export const controllerOptions = {
  controllerName: text(
    '--controller-name <name>',
    "the controller's Service; default: sealed-secrets-controller, or whatever is found",
  ),
  controllerNamespace: text(
    '--controller-namespace <name>',
    'its namespace; default: kube-system, or wherever it is found',
  ),
} as const;

/** Values of the options above, and of the other flags that choose a cluster. */
export interface ClusterOptions extends ClusterFlags {
  controllerName?: string | undefined;
  controllerNamespace?: string | undefined;
  /** Longest wait for one answer, as client-go reads it: `5s`, seconds as a bare number, 0 for ever. Default: 30 s. */
  requestTimeout?: string | undefined;
}

/** Runs `work` with a client for the chosen cluster, and closes it. Throws `ApiError`, and `SealError` for a bad kubeconfig. */
export async function withCluster<T>(
  options: ClusterOptions,
  context: Context,
  work: (api: KubeApi) => Promise<T>,
): Promise<T> {
  const { connect } = await import('./connect.ts');
  const api = await connect(options, context);
  try {
    return await work(api);
  } finally {
    await api.close();
  }
}

/** The same with a client for each of the choices, in their order. */
export async function withClusters<T>(
  [first, ...rest]: readonly ClusterOptions[],
  context: Context,
  work: (apis: readonly KubeApi[]) => Promise<T>,
): Promise<T> {
  if (!first) return work([]);
  return withCluster(first, context, (api) => withClusters(rest, context, (apis) => work([api, ...apis])));
}
