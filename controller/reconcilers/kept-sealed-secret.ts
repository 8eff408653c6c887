// What is kept of a SealedSecret: its ciphertext only until its Secret is made, since most of an object is ciphertext.

import { createHash } from 'node:crypto';
import { isRecord } from '../../src/encoding/json.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { findCondition } from '../../src/kube/conditions.ts';
import type { KubeObject, SealedSecret, SealedSecretSpec } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { Waiting } from '../engine/outcome.ts';
import { type KeptObject, keptObject } from './kept.ts';

/** A SealedSecret as the cache has it. */
export type KeptSealedSecret = KeptObject<SealedSecret>;

// No JSON has symbols: whoever writes manifests cannot pretend that something was left out.
const leftOut = Symbol('digest of the ciphertext that was left out');

type KeptSpec = SealedSecretSpec & { [leftOut]?: string };

/** The object; of one that its status calls settled, the items' names alone and a digest of what stood under them. */
export function keptSealedSecret(object: KubeObject): KeptSealedSecret {
  const kept = keptObject<SealedSecret>(object);
  const { spec } = kept.object;
  if (!isSettled(kept.object) || !isRecord(spec?.encryptedData)) return kept;
  const names = Object.fromEntries(Object.keys(spec.encryptedData).map((item) => [item, '']));
  const light: KeptSpec = { ...spec, encryptedData: names, [leftOut]: digestOf(spec.encryptedData) };
  return { ...kept, object: { ...kept.object, spec: light } };
}

function isSettled({ metadata, status }: SealedSecret): boolean {
  const isCurrent = metadata.generation !== undefined && status?.observedGeneration === metadata.generation;
  return isCurrent && findCondition(status.conditions, 'Ready')?.status === 'True';
}

/** Digest of the sealed values and the names they stand under, whether they were kept or not. */
export function ciphertextDigest({ spec }: SealedSecret): string {
  return (spec as KeptSpec)[leftOut] ?? digestOf(spec.encryptedData ?? {});
}

function digestOf(encryptedData: Readonly<Record<string, unknown>>): string {
  // Key order carries no meaning in JSON, and API servers do not keep it.
  const entries = Object.entries(encryptedData).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
}

/** `object` with its ciphertext, asked of the API server where it was left out. Throws `ApiError`; `Waiting` when it has changed since. */
export async function withCiphertext(
  object: SealedSecret,
  kube: Pick<KubeApi, 'get'>,
  signal: AbortSignal,
): Promise<SealedSecret> {
  const { [leftOut]: digest, ...rest } = object.spec as KeptSpec;
  if (digest === undefined) return object;
  const { namespace, name = '' } = object.metadata;
  const { spec } = await kube.get<SealedSecret>(resources.sealedSecret, { namespace, name }, { signal });
  const whole = { ...object, spec: { ...rest, encryptedData: spec.encryptedData ?? {} } };
  if (ciphertextDigest(whole) === digest) return whole;
  throw new Waiting('Conflict', 'it was changed just now', soonMs);
}

// The watch brings the change, and with it the next look; this is for a watch that is down.
const soonMs = 1_000;
