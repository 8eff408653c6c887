// What a command that is printed needs to reach the cluster that this call asked, and not the one that is current by then.

import { isSealError } from '../src/errors.ts';
import { shellWord } from '../src/repository/check/subject.ts';
import type { ClusterOptions } from './cluster.ts';

/** ` --kubeconfig FILE --context NAME`, as kubectl and seal take them; empty where nothing was chosen. */
export function reachOf({ kubeconfig, context }: Pick<ClusterOptions, 'kubeconfig' | 'context'>): string {
  const flags = { kubeconfig, context };
  return Object.entries(flags)
    .map(([name, value]) => (value ? ` --${name} ${shellWord(value)}` : ''))
    .join('');
}

/** The same error, with the flags in the command by which its hint lets rights be checked. Anything foreign stays as it is. */
export function reaching(error: unknown, chosen: ClusterOptions): unknown {
  const reach = reachOf(chosen);
  if (!isSealError(error) || reach === '') return error;
  const hints = error.hints.map((hint) => hint.replace(/(?<=: kubectl)(?= auth can-i )/, () => reach));
  const same = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error));
  return Object.assign(same, { hints });
}
