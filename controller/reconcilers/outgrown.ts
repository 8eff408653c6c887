// Secrets that an object made under another name before are removed: it makes one now.

import type { KubeObject } from '../../src/kube/objects.ts';
import { Stalled } from '../engine/outcome.ts';
import type { SecretPlace } from '../secret/desired.ts';
import type { Claim } from '../secret/ownership.ts';
import type { SecretWriter } from '../secret/writer.ts';
import type { EventRecorder } from '../status/events.ts';

/** What is left behind. */
export interface Outgrown {
  object: KubeObject;
  /** The Secret that the object makes now. */
  target: SecretPlace & { claim: Claim };
  /** Secrets of the same namespace. */
  names: readonly string[];
}

interface OutgrownTools {
  secrets: Pick<SecretWriter, 'remove'>;
  events: Pick<EventRecorder, 'emit'>;
}

/** Removes those that are still wholly the object's. Throws `Waiting` or `ApiError`. */
export async function removeOutgrown(
  { object, target, names }: Outgrown,
  { secrets, events }: OutgrownTools,
  signal: AbortSignal,
): Promise<void> {
  for (const name of names) {
    const at = { namespace: target.namespace, name };
    const did = await secrets.remove(at, target.claim, signal).catch((error) => {
      if (error instanceof Stalled) return false;
      throw error;
    });
    if (!did) continue;
    const message = `Secret ${name} was deleted: the ${object.kind} makes Secret ${target.name} now`;
    events.emit({ object, type: 'Normal', reason: 'Deleted', message });
  }
}
