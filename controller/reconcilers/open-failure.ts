// Why a SealedSecret did not open, as far as anyone may know: a key that is not here yet, or what a person has to mend.

import type { SealError } from '../../src/errors.ts';
import { findCondition } from '../../src/kube/conditions.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { parseRecord, recordAnnotation } from '../../src/seal/record.ts';
import { Stalled, Waiting } from '../engine/outcome.ts';

/** How long a key that the record names may be missing before a person is asked for: after a disaster keys come back late. */
const unknownKeyGraceMs = 120_000;

/** The error to end with: `Waiting`, then `Stalled` (`UnknownKey`), where the seal record names keys that are not here; `error` otherwise. */
export function openFailure(
  error: SealError,
  object: SealedSecret,
  keys: { get(id: string): unknown },
  now: Date,
): SealError {
  if (error.code !== 'NO_KEY_OPENS') return error;
  const missing = missingKeys(object, keys);
  if (missing.length === 0) return error;
  const message = `${error.message}: sealed with ${missing.length === 1 ? 'key' : 'keys'} ${missing.join(', ')}, which this cluster does not have`;
  const hint = 'restore the key Secret next to the controller, or seal again with the certificate of this cluster';
  const leftMs = graceLeftMs(object, now);
  return leftMs > 0
    ? new Waiting('UnknownKey', message, leftMs, { hint })
    : new Stalled('UnknownKey', message, { hint });
}

function missingKeys({ metadata, spec }: SealedSecret, keys: { get(id: string): unknown }): string[] {
  const record = parseRecord(metadata.annotations?.[recordAnnotation]);
  const ids = Object.keys(spec.encryptedData ?? {}).flatMap((item) => record.get(item)?.keyId ?? []);
  return [...new Set(ids)].filter((id) => keys.get(id) === undefined).sort();
}

// Counted from the condition, so that a restart of the controller does not start it again.
function graceLeftMs({ status, metadata }: SealedSecret, now: Date): number {
  const isCurrent = status?.observedGeneration === metadata.generation;
  const stalled = findCondition(status?.conditions, 'Stalled');
  if (isCurrent && stalled?.reason === 'UnknownKey') return 0;
  const waiting = findCondition(status?.conditions, 'Reconciling');
  if (!isCurrent || waiting?.reason !== 'UnknownKey' || !waiting.lastTransitionTime) return unknownKeyGraceMs;
  const leftMs = Date.parse(waiting.lastTransitionTime) + unknownKeyGraceMs - now.getTime();
  // A clock that was set back must not make it longer.
  return Math.min(Math.max(0, leftMs), unknownKeyGraceMs);
}
