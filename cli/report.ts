// Saying what becomes of SealedSecrets: a line for each change of Ready.

import type { KubeApi } from '../src/kube/api.ts';
import { objectKey, type SealedSecret } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import { watchForever } from '../src/kube/watch.ts';
import type { Context } from './context.ts';
import { note } from './ui.ts';

/** Follows all SealedSecrets until the signal aborts, and prints a line whenever what Ready says has changed. */
export async function reportReady(api: KubeApi, context: Context): Promise<void> {
  const { clock, signal, jitter: random } = context;
  const said = new Map<string, string>();
  const seen = (object: SealedSecret) => {
    const line = lineOf(object);
    if (line === undefined || said.get(objectKey(object)) === line) return;
    said.set(objectKey(object), line);
    note(context, line);
  };
  await watchForever<SealedSecret>({
    ...{ api, clock, random, signal, resource: resources.sealedSecret },
    handler: { onAdd: seen, onUpdate: seen, onDelete: ({ key }) => said.delete(key) },
  });
}

function lineOf(object: SealedSecret): string | undefined {
  const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready || ready.status === 'Unknown') return undefined;
  return ready.status === 'True'
    ? `ready ${objectKey(object)}`
    : `not ready ${objectKey(object)}: ${ready.reason}: ${ready.message}`;
}
