// Whether a Secret still is as it was left: from what the watch shows of it, without a call.

import type { Secret } from '../../src/kube/objects.ts';
import { type SecretShape, unowned } from './desired.ts';
import { digestOf } from './fields.ts';
import { type Claim, type Ownership, ownershipOf } from './ownership.ts';
import { fingerprintAnnotation, type SeenSecret, seenSecret } from './seen.ts';

/** The produced Secret as it was last known to be right, and what it was made from. */
export interface SecretRecord {
  fingerprint: string;
  /** `time`: of our last write as managedFields have it. Undefined when only the fingerprint is known. */
  secret: { uid: string; resourceVersion: string; time?: string } | undefined;
  /** Keyed digest of its values, where workloads are restarted for them. */
  values?: string;
  /** When the values changed for which workloads are still to be restarted; RFC 3339. */
  changedAt?: string;
}

/** A Secret as it was left; `ours` is the digest of the parts that we wrote. */
export type LeftSecret = NonNullable<SecretRecord['secret']> & { ours?: string };

/** To be read from the answer to our own call: what was seen last may be of somebody who was there right after us. */
export function leftOf(secret: Secret): LeftSecret {
  const { uid, resourceVersion, oursAt, ours } = seenSecret(secret);
  return { uid, resourceVersion, ...(oursAt !== undefined && { time: oursAt }), ...(ours !== undefined && { ours }) };
}

/** What a Secret was made from. */
export interface Made {
  shape: SecretShape;
  claim: Claim;
  record: SecretRecord | undefined;
  /** Of what it is to be made from now. */
  fingerprint: string;
}

/** Whether nothing has to be opened or read to know that the Secret still is what `record` says. */
export function isAsLeft(seen: SeenSecret | undefined, { shape, claim, record, fingerprint }: Made): boolean {
  if (!seen || record?.fingerprint !== fingerprint || seen.deletion) return false;
  const ownership = ownershipOf(seen, claim);
  if (ownership.kind !== 'whole' && ownership.kind !== 'merge') return false;
  if (record.secret && record.secret.uid !== seen.uid) return false;
  if (record.secret?.resourceVersion === seen.resourceVersion) return true;
  // Someone else who writes under our name leaves nothing but a later time.
  if (record.secret?.time !== undefined && record.secret.time !== seen.oursAt) return false;
  const hasAllOurs = seen.ours === digestOf(partsOf(shape, ownership, seen));
  return hasAllOurs && (ownership.kind === 'merge' || !seen.hasForeignItems);
}

/**
 * As `isAsLeft`, for Secrets whose items are not known before they are read: nobody but us wrote since `left`. Other
 * ExternalSecrets that merge into the same Secret are somebody else.
 */
export function stands(seen: SeenSecret | undefined, claim: Claim, left: LeftSecret | undefined): boolean {
  if (!seen || !left || seen.uid !== left.uid) return false;
  const { kind } = ownershipOf(seen, claim);
  if (kind !== 'whole' && kind !== 'merge') return false;
  if (seen.resourceVersion === left.resourceVersion) return true;
  const isUntouched = left.ours !== undefined && seen.ours === left.ours && seen.oursAt === left.time;
  return isUntouched && (kind === 'merge' || !seen.hasForeignItems);
}

function partsOf(shape: SecretShape, ownership: Ownership, seen: SeenSecret) {
  const { labels, ownerReferences } = ownership.kind === 'merge' && !ownership.isOwned ? unowned(shape) : shape;
  const annotations = Object.keys(shape.annotations).filter((name) => name !== fingerprintAnnotation);
  return {
    data: shape.items,
    labels: Object.keys(labels),
    annotations: seen.fingerprint === undefined ? annotations : [...annotations, fingerprintAnnotation],
    owners: ownerReferences.map(({ uid }) => uid),
  };
}
