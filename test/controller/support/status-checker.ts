// What must hold for every status that the controller writes, at the end of every test.

import type { SealedSecret } from '../../../src/kube/objects.ts';
import { reasons } from '../../../src/kube/reasons.ts';

/** Throws when the status of `object` breaks a rule. */
export function checkStatus({ metadata, status }: SealedSecret): void {
  const conditions = status?.conditions ?? [];
  const problems: string[] = [];
  const ready = conditions.filter(({ type }) => type === 'Ready');
  if (conditions[0]?.type !== 'Synced') problems.push('Synced is not first');
  if (ready.length !== 1) problems.push(`${ready.length} Ready conditions`);
  if (ready[0]?.status !== conditions[0]?.status) problems.push('Synced and Ready differ');
  const explains = conditions.filter(({ type }) => type === 'Reconciling' || type === 'Stalled');
  if (explains.some(({ status: is }) => is !== 'True')) problems.push('a condition that is not true is present');
  if (ready[0]?.status === 'True' && explains.length > 0) problems.push(`${explains[0]?.type} beside Ready=True`);
  if (explains.length > 1) problems.push('Reconciling and Stalled at once');
  if (explains[0]?.type === 'Stalled' && ready[0]?.status !== 'False') problems.push('Stalled without Ready=False');
  for (const { type, reason = '', message, observedGeneration = metadata.generation ?? 0 } of conditions) {
    if (!(reason in reasons)) problems.push(`reason ${reason} of ${type} is not documented`);
    if (!message) problems.push(`${type} has no message`);
    if (observedGeneration > (metadata.generation ?? 0)) problems.push(`${type} is about a generation to come`);
  }
  if ((status?.observedGeneration ?? 0) > (metadata.generation ?? 0)) problems.push('observedGeneration is ahead');
  if (problems.length > 0) {
    throw new Error(
      `${metadata.namespace}/${metadata.name}: ${problems.join(', ')}\n${JSON.stringify(status, undefined, 1)}`,
    );
  }
}
