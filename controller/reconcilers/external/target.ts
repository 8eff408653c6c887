// What an ExternalSecret asks for around its values: which Secret, whose, with which marks: pure.

import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import type { OwnerReference } from '../../../src/kube/objects.ts';
import { objectAnnotations } from '../../../src/kube/secret-rules.ts';
import type { Collection, SecretPlace, SecretShape, SecretValues } from '../../secret/desired.ts';
import { createdBy, dataHash, esoMarks } from '../../secret/eso.ts';
import type { Claim } from '../../secret/ownership.ts';
import { ownedByLabel } from '../../secret/seen.ts';

/** The produced Secret apart from what is in it. */
export interface Target extends SecretPlace {
  creation: 'Owner' | 'Orphan' | 'Merge' | 'CreateOrMerge' | 'None';
  deletion: 'Retain' | 'Delete' | 'Merge';
  claim: Claim;
}

/** What templates made of the values; labels and annotations without those that must not reach a Secret. */
export interface Made {
  values: SecretValues;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

/** With the reference's defaults. */
export function targetOf(object: ExternalSecret): Target {
  const { name: ownName = '', namespace = '', annotations = {} } = object.metadata;
  const { name, creationPolicy, deletionPolicy } = object.spec.target ?? {};
  const creation = creationPolicy || 'Owner';
  return {
    namespace,
    name: name || ownName,
    creation,
    deletion: deletionPolicy || 'Retain',
    claim: {
      owner: ownerOf(object),
      mayAdopt: annotations[objectAnnotations.adopt] === 'true',
      external: { merges: creation === 'Merge' || creation === 'CreateOrMerge', createdBy: createdBy(object.metadata) },
    },
  };
}

// As controller-runtime's SetControllerReference writes it, which the reference uses.
function ownerOf({ apiVersion, kind, metadata: { name = '', uid = '' } }: ExternalSecret): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Whether the Secret goes when the ExternalSecret does. */
export const goesWith = ({ metadata }: ExternalSecret, { creation }: Target) =>
  creation === 'Owner' && metadata.annotations?.[objectAnnotations.deletionPolicy] !== 'retain';

/** The whole shape, with the marks by which External Secrets Operator knows its Secrets. */
export function shapeOf(
  object: ExternalSecret,
  target: Target,
  { values, labels, annotations }: Made,
  collection: Collection = 'ownerReference',
): SecretShape {
  const { template, immutable = false } = object.spec.target ?? {};
  const isOwner = target.creation === 'Owner';
  const { owner, external } = target.claim;
  // Whose a Secret is is not for templates to say, nor for labels that were copied along.
  const { [esoMarks.createdBy]: _, ...ownLabels } = labels;
  const isCollected = goesWith(object, target);
  const isGraced = isCollected && collection === 'grace';
  const hash = dataHash(new Map(Array.from(values, ([item, value]) => [item, value.reveal()])));
  return {
    namespace: target.namespace,
    name: target.name,
    items: [...values.keys()].sort(),
    type: template?.type ?? '',
    immutable,
    labels: {
      ...ownLabels,
      [esoMarks.managed]: 'true',
      ...(isOwner && external && { [esoMarks.createdBy]: external.createdBy }),
      ...(isGraced && { [ownedByLabel]: object.kind }),
    },
    annotations: { ...annotations, [esoMarks.dataHash]: hash },
    ownerReferences: isCollected && !isGraced ? [owner] : [],
    finalizers: template?.metadata?.finalizers ?? [],
  };
}
