// What a command that is printed needs to reach the cluster that this call asked, and not the one that is current by then.

import { shellWord } from '../src/shell-words.ts';
import type { ClusterOptions } from './cluster.ts';

/** ` --kubeconfig FILE --context NAME`, as kubectl and seal take them; empty where nothing was chosen. */
export function reachOf({ kubeconfig, context }: Pick<ClusterOptions, 'kubeconfig' | 'context'>): string {
  const flags = { kubeconfig, context };
  return Object.entries(flags)
    .map(([name, value]) => (value ? ` --${name} ${shellWord(value)}` : ''))
    .join('');
}
