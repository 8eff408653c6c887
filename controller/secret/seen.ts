// The little that is remembered of each Secret in the cluster: enough to tell whose it is and whether it is as we left it.

import type { KubeObject, OwnerReference } from '../../src/kube/objects.ts';
import { esoMarks } from './eso.ts';
import { digestOf, isEmpty, isProduced, lastWriteAt, mergersOf, writersOf } from './fields.ts';
import { isVaultOwner, vaultMarks } from './vso.ts';

/** Annotations on a Secret that give the controller leave (Sealed Secrets 0.36, annotations.go). Only `"true"` counts. */
export const leaveAnnotations = {
  managed: 'sealedsecrets.bitnami.com/managed',
  patch: 'sealedsecrets.bitnami.com/patch',
  skipOwner: 'sealedsecrets.bitnami.com/skip-set-owner-references',
} as const;

// As in keys/storage.ts, which this room may not import.
const keyLabel = 'sealedsecrets.bitnami.com/sealed-secrets-key';

/** Where the fingerprint stands when the status cannot hold it. */
export const fingerprintAnnotation = 'sealwright.dev/fingerprint';

/** On Secrets that the controller itself removes when their object is gone: the object's kind. */
export const ownedByLabel = 'sealwright.dev/owned-by';

/** On Secrets of VaultStaticSecrets without an ownerReference: the object's name, by which one that is made anew knows its own. */
export const madeForAnnotation = 'sealwright.dev/made-for';

/** On a Secret whose object is gone: `held` by the brake, or `released` by a person, who lets it be removed. */
export const deletionAnnotation = 'sealwright.dev/deletion';

/** A Secret as the metadata watch shows it. Foreign ones cost their uid, version and controller alone. */
export interface SeenSecret {
  uid: string;
  resourceVersion: string;
  isDeleting: boolean;
  /** `managed: "true"`. */
  isManaged: boolean;
  /** `patch: "true"`. */
  isPatch: boolean;
  /** The ownerReference with `controller: true`, or of a VaultStaticSecret, which sets none such. */
  controller: OwnerReference | undefined;
  /** Digest of the parts that we wrote and that nobody changed since. Undefined: none. */
  ours: string | undefined;
  /** We wrote it as wholly ours, and did not merely merge into it. */
  isOursWhole: boolean;
  /** When someone last wrote under our name, to the second. Undefined: never. */
  oursAt: string | undefined;
  /** Items that someone wrote and we did not. */
  hasForeignItems: boolean;
  /** Items that neither we nor a reference controller wrote. */
  hasUnclaimedItems: boolean;
  /** Our field managers of those ExternalSecrets that merged into it. */
  mergers: readonly string[];
  /** A sealing key, in use or retired. */
  isKey: boolean;
  /** Made by the Sealed Secrets controller without an ownerReference. */
  isReferenceMade: boolean;
  fingerprint: string | undefined;
  /** Label of External Secrets Operator, and ours: some ExternalSecret made it or merges into it. */
  isExternal: boolean;
  /** Digest of the ExternalSecret that owns it; see `eso.ts`. */
  createdBy: string | undefined;
  /** Digest of the data as its writer left it; see `eso.ts`. */
  dataHash: string | undefined;
  /** UID of the VaultStaticSecret that it was made for, by a label; see `vso.ts`. */
  vaultOwner: string | undefined;
  /** The kind of `ownedByLabel`, where it is us who wrote it. */
  ownedBy: string | undefined;
  /** The name in `madeForAnnotation`, where it is us who wrote it. */
  madeFor: string | undefined;
  deletion: 'held' | 'released' | undefined;
}

/** What is kept of a Secret. */
export function seenSecret({ metadata }: Pick<KubeObject, 'metadata'>): SeenSecret {
  const writers = writersOf(metadata.managedFields);
  const { annotations = {}, labels = {} } = metadata;
  const isExternal = labels[esoMarks.managed] === 'true';
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    isDeleting: metadata.deletionTimestamp !== undefined,
    isManaged: annotations[leaveAnnotations.managed] === 'true',
    isPatch: annotations[leaveAnnotations.patch] === 'true',
    controller: controllerOf(metadata.ownerReferences),
    ours: isEmpty(writers.ours) ? undefined : digestOf(writers.ours),
    isOursWhole: isProduced(metadata),
    oursAt: lastWriteAt(metadata.managedFields),
    hasForeignItems: hasItemsOfOthers(writers),
    hasUnclaimedItems: [...writers.others.data].some(
      (item) => !writers.ours.data.has(item) && !writers.reference.data.has(item),
    ),
    mergers: mergersOf(metadata.managedFields),
    isKey: labels[keyLabel] !== undefined,
    isReferenceMade:
      !isExternal && writers.reference.data.size > 0 && annotations[leaveAnnotations.skipOwner] === 'true',
    fingerprint: annotations[fingerprintAnnotation],
    isExternal,
    createdBy: labels[esoMarks.createdBy],
    dataHash: annotations[esoMarks.dataHash],
    vaultOwner: labels[vaultMarks.ownerUid],
    ownedBy: writers.ours.labels.has(ownedByLabel) ? labels[ownedByLabel] : undefined,
    madeFor: writers.ours.annotations.has(madeForAnnotation) ? annotations[madeForAnnotation] : undefined,
    deletion: deletionOf(annotations[deletionAnnotation]),
  };
}

const controllerOf = (owners: readonly OwnerReference[] = []) =>
  owners.find(({ controller }) => controller === true) ?? owners.find(isVaultOwner);

const deletionOf = (word: string | undefined) => (word === 'held' || word === 'released' ? word : undefined);

function hasItemsOfOthers({ ours, reference, others }: ReturnType<typeof writersOf>): boolean {
  return [...reference.data, ...others.data].some((item) => !ours.data.has(item));
}
