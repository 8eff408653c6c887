// CustomResourceDefinitions: what is filled in, what is refused, and the conditions that say a kind is served.

import type { KubeObject } from '../kube/objects.ts';
import { isObject, type JsonObject, objectOr } from './json.ts';
import type { CustomResourceDefinition } from './kinds.ts';
import type { Schema } from './schema-shape.ts';
import { type Cause, cause } from './status.ts';
import { checkStructural } from './structural.ts';

/** Holds a definition until its objects are gone (apiextensions-apiserver's own finalizer). */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** Fills in names and conversion, and the status the server itself keeps. `now` is RFC 3339. */
export function completeDefinition(definition: CustomResourceDefinition, now: string): void {
  const { spec } = definition;
  if (!isObject(spec) || !isObject(spec.names)) return;
  const { names } = spec;
  names.singular ||= names.kind?.toLowerCase() ?? '';
  names.listKind ||= `${names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
  const before = objectOr(definition.status);
  const was = (Array.isArray(before.conditions) ? before.conditions : []) as JsonObject[];
  const condition = (type: string, reason: string, message: string) => {
    const same = was.find((one) => one.type === type && one.status === 'True');
    return same ?? { type, status: 'True', reason, message, lastTransitionTime: now };
  };
  const stored = Array.isArray(before.storedVersions) ? (before.storedVersions as string[]) : [];
  const storage = (spec.versions ?? []).find((version) => version.storage)?.name ?? '';
  const terminating = condition('Terminating', 'InstanceDeletionPending', 'CustomResource objects are being deleted');
  definition.status = {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ...(definition.metadata.deletionTimestamp ? [terminating] : []),
    ],
    acceptedNames: names,
    storedVersions: stored.includes(storage) ? stored : [...stored, storage],
  };
  const finalizers = definition.metadata.finalizers ?? [];
  if (!definition.metadata.deletionTimestamp && !finalizers.includes(cleanupFinalizer)) {
    definition.metadata.finalizers = [...finalizers, cleanupFinalizer];
  }
}

/** The causes for which a definition is refused (apiextensions pkg/apis/apiextensions/validation). */
export function checkDefinition(object: KubeObject, old: KubeObject | undefined): Cause[] {
  const { spec, metadata } = object as CustomResourceDefinition;
  if (!isObject(spec)) return [cause.required('spec')];
  const { group, names, scope, versions } = spec;
  if (!group) return [cause.required('spec.group')];
  if (!isObject(names) || !names.plural || !names.kind) return [cause.required('spec.names.plural')];
  if (!Array.isArray(versions) || versions.length === 0) return [cause.required('spec.versions')];
  const before = (old as CustomResourceDefinition | undefined)?.spec;
  const storage = versions.filter((version) => version.storage);
  return [
    ...(metadata.name === `${names.plural}.${group}`
      ? []
      : [cause.invalid('metadata.name', metadata.name, `must be spec.names.plural+"."+spec.group`)]),
    ...(scope === 'Namespaced' || scope === 'Cluster' ? [] : [cause.required('spec.scope')]),
    ...(before && before.scope !== scope ? [cause.invalid('spec.scope', scope, 'field is immutable')] : []),
    ...(storage.length === 1
      ? []
      : [
          cause.invalid(
            'spec.versions',
            versions.map(({ name }) => name),
            'must have exactly one version marked as storage version',
          ),
        ]),
    ...(spec.conversion?.strategy === 'None'
      ? []
      : [
          cause.invalid(
            'spec.conversion.strategy',
            spec.conversion?.strategy,
            'the embedded API server converts with None only',
          ),
        ]),
    ...(spec.preserveUnknownFields
      ? [
          cause.invalid(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
    ...versions.flatMap((version, index) => checkVersion(version.schema?.openAPIV3Schema, `spec.versions[${index}]`)),
  ];
}

function checkVersion(schema: unknown, path: string): Cause[] {
  const at = `${path}.schema.openAPIV3Schema`;
  if (!isObject(schema)) return [cause.required(at)];
  return checkStructural(schema as Schema, at);
}

/** The warning that goes with every write that real rules would have judged. */
export const rulesWarning =
  'x-kubernetes-validations (CEL) rules are not evaluated by the embedded API server; a real one may refuse this object';
