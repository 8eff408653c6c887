// A client for the cluster that the flags and the kubeconfig name; loaded only when a command asks a cluster.

import type { KubeApi } from '../src/kube/api.ts';
import { createClient } from '../src/kube/client.ts';
import { loadClusterConfig } from '../src/kube/config.ts';
import { durationMs } from '../src/kube/duration.ts';
import { ClusterConfigError } from '../src/kube/errors.ts';
import type { ClusterOptions } from './cluster.ts';
import type { Context } from './context.ts';
import { reachOf } from './reach.ts';

/** Throws `ClusterConfigError` for a bad kubeconfig. No connection is made yet. */
export async function connect(flags: ClusterOptions, context: Context): Promise<KubeApi> {
  const { env, cwd, clock, streams } = context;
  const interactive = streams.in.isTTY && streams.err.isTTY;
  const config = await loadClusterConfig({ env, cwd, clock, interactive }, flags);
  const { requestTimeout } = flags;
  const limit = requestTimeout ? { timeoutMs: timeoutMs(requestTimeout) } : {};
  return createClient({ config, clock, random: context.jitter, reach: reachOf(flags), ...limit });
}

// Timers take no more; it is some 25 days.
const longestMs = 2 ** 31 - 1;

// client-go, clientcmd.ParseTimeout: a bare number is seconds.
function timeoutMs(text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : durationMs(text);
  if (ms === undefined || ms < 0) {
    throw new ClusterConfigError(`--request-timeout cannot be "${text}"`, {
      hint: 'a number and a unit, such as 5s or 2m; 0 is for ever',
    });
  }
  return ms === 0 ? longestMs : Math.min(ms, longestMs);
}
