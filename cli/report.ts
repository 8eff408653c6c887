// Saying what becomes of SealedSecrets: a line for each change of Ready.

import type { KubeApi } from '../src/kube/api.ts';
import { objectKey, type SealedSecret } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import type { Context } from './context.ts';
import { note } from './ui.ts';

const pollMs = 200;

/** Looks at all SealedSecrets until the signal aborts, and prints a line whenever what Ready says has changed. */
export async function reportReady(api: KubeApi, context: Context): Promise<void> {
  const { clock, signal } = context;
  const said = new Map<string, string>();
  while (!signal.aborted) {
    const { items } = await api.list<SealedSecret>(resources.sealedSecret, { signal });
    for (const object of items) {
      const line = lineOf(object);
      if (line === undefined || said.get(objectKey(object)) === line) continue;
      said.set(objectKey(object), line);
      note(context, line);
    }
    await clock.sleep(pollMs, signal).catch(() => undefined);
  }
}

function lineOf(object: SealedSecret): string | undefined {
  const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready || ready.status === 'Unknown') return undefined;
  return ready.status === 'True'
    ? `ready ${objectKey(object)}`
    : `not ready ${objectKey(object)}: ${ready.reason}: ${ready.message}`;
}
