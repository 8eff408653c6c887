// What is remembered about an object so that workloads restart once for each change of its values, across restarts of the controller.

import type { KubeObject } from '../../src/kube/objects.ts';
import { targetsOf } from '../restarts/targets.ts';
import { type SecretValues, valuesDigest } from '../secret/desired.ts';
import type { SecretRecord } from '../secret/left.ts';
import type { Written } from '../secret/writer.ts';

/** Part of a record. */
export type RestartNote = Pick<SecretRecord, 'values' | 'changedAt'>;

/** What decides the note. */
export interface NoteInput {
  object: KubeObject;
  /** Whether it names workloads. Default: by its annotation. */
  isAsked?: boolean;
  /** Whether `object` asks for the same as at its last success. */
  isUnchanged: boolean;
  /** What was remembered before. */
  before: RestartNote | undefined;
  values: SecretValues;
  written: Pick<Written, 'changedValues'>;
  fingerprintKey: Uint8Array;
  now: Date;
}

/**
 * The note after a success; empty where the object names no workloads. Values changed when they are others than those of the
 * last note; without one, when a Secret with other values was there, and it was not someone else who had changed it. So a
 * Secret made for the first time restarts nothing.
 */
export function restartNote({
  object,
  isAsked = targetsOf(object) !== undefined,
  before,
  isUnchanged,
  values,
  written,
  fingerprintKey,
  now,
}: NoteInput): RestartNote {
  if (!isAsked) return {};
  const digest = valuesDigest(fingerprintKey, values);
  const isNew = before?.values === undefined ? written.changedValues && !isUnchanged : before.values !== digest;
  const changedAt = isNew ? now.toISOString() : before?.changedAt;
  return { values: digest, ...(changedAt !== undefined && { changedAt }) };
}
