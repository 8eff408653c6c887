// What a VaultStaticSecret asks for around its values: which Secret, whose, with which marks: pure.

import { objectAnnotations } from '../../../src/kube/secret-rules.ts';
import type { RolloutRestartTarget, VaultStaticSecret } from '../../../src/kube/vault-secrets.ts';
import { parseTargets, type Targets, targetsOf } from '../../restarts/targets.ts';
import {
  type Collection,
  copied,
  type SecretPlace,
  type SecretShape,
  type SecretValues,
} from '../../secret/desired.ts';
import type { Claim } from '../../secret/ownership.ts';
import { madeForAnnotation, ownedByLabel } from '../../secret/seen.ts';
import { vaultLabels } from '../../secret/vso.ts';

/** The produced Secret apart from what is in it. */
export interface Target extends SecretPlace {
  /** False: a Secret that is there is filled. */
  create: boolean;
  claim: Claim;
}

/** With the reference's defaults. */
export function targetOf({ apiVersion, kind, metadata, spec }: VaultStaticSecret): Target {
  const { namespace = '', name = '', uid = '', annotations = {} } = metadata;
  const { create = false, overwrite = false } = spec.destination;
  return {
    namespace,
    name: spec.destination.name,
    create,
    claim: {
      // In exactly the reference's form, which says nothing of a controller.
      owner: { apiVersion, kind, name, uid },
      mayAdopt: annotations[objectAnnotations.adopt] === 'true',
      vault: { create, overwrite },
    },
  };
}

/** A Secret that is only filled keeps its metadata and type. */
export function shapeOf(
  { kind, metadata, spec }: VaultStaticSecret,
  target: Target,
  values: SecretValues,
  collection: Collection = 'ownerReference',
): SecretShape {
  const { namespace, name, create, claim } = target;
  const bare = {
    namespace,
    name,
    items: [...values.keys()].sort(),
    type: '',
    immutable: false,
    labels: {},
    annotations: {},
    ownerReferences: [],
    finalizers: [],
  };
  if (!create) return bare;
  const { labels, annotations, type = '' } = spec.destination;
  const isRetained = metadata.annotations?.[objectAnnotations.deletionPolicy] === 'retain';
  const isGraced = !isRetained && collection === 'grace';
  const isUnowned = isRetained || isGraced;
  return {
    ...bare,
    type,
    labels: { ...copied(labels ?? {}), ...vaultLabels(metadata.uid ?? ''), ...(isGraced && { [ownedByLabel]: kind }) },
    annotations: { ...copied(annotations ?? {}), ...(isUnowned && { [madeForAnnotation]: claim.owner.name }) },
    ownerReferences: isUnowned ? [] : [claim.owner],
  };
}

/** The workloads to restart: those of the spec, which the reference ignores without a MAC, and those of the annotation. */
export function restartsOf(object: VaultStaticSecret): Targets | undefined {
  const { rolloutRestartTargets = [], hmacSecretData = true } = object.spec;
  const ofSpec = hmacSecretData ? parseTargets(rolloutRestartTargets.map(asText).join(',')) : undefined;
  const ofAnnotation = targetsOf(object);
  if (!ofAnnotation && !ofSpec?.targets.length && !ofSpec?.wrong.length) return undefined;
  const all = [ofSpec, ofAnnotation].filter((one) => one !== undefined);
  const targets = all.flatMap((one) => one.targets);
  return {
    targets: [...new Map(targets.map((one) => [`${one.resource.kind}/${one.name}`, one])).values()],
    wrong: all.flatMap(({ wrong }) => wrong),
  };
}

const asText = ({ kind, name }: RolloutRestartTarget) => `${kind === 'argo.Rollout' ? 'Rollout' : kind}/${name}`;
