// The last steps of every write: what the server decides about an object, the checks, and the commit.

import type { KubeObject, ObjectMeta } from '../kube/objects.ts';
import { apiVersionOf } from '../kube/resources.ts';
import { checkBuiltIn, completeBuiltIn, undecodable } from './built-in.ts';
import type { Call, Cluster } from './cluster.ts';
import { checkDefinition, completeDefinition, rulesWarning } from './definitions.ts';
import { equal, isObject, type JsonObject } from './json.ts';
import type { CustomResourceDefinition } from './kinds.ts';
import { checkMetadata } from './names.ts';
import type { ServedKind } from './registry.ts';
import { checkValue, type Problem } from './schema-validation.ts';
import { cause, refuse } from './status.ts';
import { hasValidationRules } from './structural.ts';
import { objectMeta } from './types.ts';

/**
 * A decoded body as an object of the call's kind, the caller's copy untouched. Throws 400 for another kind's, and for one
 * without the name that the URL has unless it may be `nameless`.
 */
export function decodeObject({ kind, namespace, name }: Call, body: unknown, nameless = false): KubeObject {
  if (!isObject(body)) throw refuse.badRequest('the request body is not an object');
  const object = structuredClone(body) as unknown as KubeObject;
  const apiVersion = apiVersionOf(kind);
  if (kind.definition && !object.kind) throw refuse.badRequest(`Object 'Kind' is missing in the request body`);
  if (kind.definition && !object.apiVersion) {
    throw refuse.badRequest(`the API version in the data () does not match the expected API version (${apiVersion})`);
  }
  if ((object.kind || kind.kind) !== kind.kind || (object.apiVersion || apiVersion) !== apiVersion) {
    throw refuse.badRequest(
      `${object.kind} in version "${object.apiVersion}" cannot be handled as a ${kind.kind} of ${apiVersion}: the kind or API version in the data does not match the URL`,
    );
  }
  object.kind = kind.kind;
  object.apiVersion = apiVersion;
  object.metadata = (object.metadata ?? {}) as ObjectMeta;
  const wrong = isObject(object.metadata)
    ? (undecodable(object) ?? mistyped(kind, object))
    : 'metadata: must be an object';
  if (wrong)
    throw refuse.badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${wrong}`);
  for (const [key, value] of Object.entries(object.metadata)) {
    if (value === null) delete object.metadata[key as keyof ObjectMeta];
  }
  if (kind.namespaced) object.metadata.namespace ||= namespace ?? '';
  else delete object.metadata.namespace;
  if (kind.namespaced && object.metadata.namespace !== namespace) {
    throw refuse.badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (name !== undefined) {
    if (!object.metadata.name && !nameless) {
      throw refuse.badRequest(
        `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
      );
    }
    object.metadata.name ||= name;
    if (object.metadata.name !== name) {
      throw refuse.badRequest(
        `the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`,
      );
    }
  }
  return object;
}

/** What the real server could not even decode: a value of another JSON type in metadata or in a built-in kind. */
function mistyped(kind: ServedKind, object: KubeObject): string | undefined {
  const problems = checkValue(object.metadata, objectMeta, 'metadata');
  if (!kind.definition) {
    const probe = structuredClone(object) as unknown as JsonObject;
    kind.compiled.applyDefaults(probe);
    problems.push(...kind.compiled.validate(probe));
  }
  // A member that is null is as good as absent, whatever its type; bytes have been looked at before.
  const wrong = ({ reason, message, field }: Problem) =>
    reason === 'FieldValueTypeInvalid' &&
    (field.endsWith(']') || !message.startsWith('Invalid value: "null"')) &&
    !/ must be of type byte: /.test(message);
  const problem = problems.find(wrong);
  return problem && `${problem.field}: ${problem.message}`;
}

/** Drops unknown fields and tells of repeated ones, as `fieldValidation` says with a warning, silently, or by refusing with 400. */
export function dropUnknown({ kind, options, warnings, repeated }: Call, object: KubeObject): void {
  const dropped = kind.compiled.prune(object as unknown as JsonObject);
  if (dropped.length + repeated.length === 0 || options.fieldValidation === 'Ignore') return;
  const unknown = [
    ...repeated.map((path) => `duplicate field "${path}"`),
    ...dropped.map((path) => `unknown field "${path}"`),
  ];
  if (options.fieldValidation === 'Warn') {
    warnings.push(...unknown);
    return;
  }
  throw refuse.badRequest(
    `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: strict decoding error: ${unknown.join(', ')}`,
  );
}

/** Fills in what the server owns: identity from `old` or fresh, generation, status behind its subresource, defaults. */
export function complete(cluster: Cluster, call: Call, next: KubeObject, old: KubeObject | undefined): void {
  const { kind, subresource } = call;
  const meta = next.metadata;
  const now = cluster.time();
  delete (meta as JsonObject).selfLink;
  keep(meta, 'uid', old ? old.metadata.uid : crypto.randomUUID());
  keep(meta, 'creationTimestamp', old ? old.metadata.creationTimestamp : now);
  keep(meta, 'deletionTimestamp', old?.metadata.deletionTimestamp);
  keep(meta, 'deletionGracePeriodSeconds', old?.metadata.deletionGracePeriodSeconds);
  keep(meta, 'resourceVersion', old?.metadata.resourceVersion);
  if (kind.subresources.includes('status') && subresource !== 'status')
    keep(next, 'status', old && memberOf(old, 'status'));
  // Only the end of its contents takes the finalizers off a namespace.
  if (old && kind.collection === '/namespaces') keep(next, 'spec', memberOf(old, 'spec'));
  completeBuiltIn(next);
  if (isDefinition(kind)) completeDefinition(next as CustomResourceDefinition, now);
  kind.compiled.applyDefaults(next as unknown as JsonObject);
  const generation = old?.metadata.generation ?? 0;
  const counts = kind.generation && (!old || !equal(countedPart(kind, old), countedPart(kind, next)));
  keep(meta, 'generation', kind.generation ? generation + (counts ? 1 : 0) : undefined);
}

function isDefinition(kind: ServedKind): boolean {
  return kind.kind === 'CustomResourceDefinition';
}

function keep<T extends object, K extends keyof T>(target: T, key: K | 'status' | 'spec', value: unknown): void {
  if (value === undefined) delete target[key as K];
  else target[key as K] = value as T[K];
}

const memberOf = (object: KubeObject, key: string) => (object as unknown as JsonObject)[key];

/** What `metadata.generation` counts: everything but metadata, and status where it is a subresource. */
function countedPart(kind: ServedKind, object: KubeObject): JsonObject {
  const { metadata: _metadata, apiVersion: _version, ...rest } = object as unknown as JsonObject;
  if (kind.subresources.includes('status')) delete rest.status;
  return rest;
}

/** Throws 422 with every cause. */
export function check({ kind, warnings }: Call, next: KubeObject, old: KubeObject | undefined): void {
  const problems = kind.compiled.validate(next as unknown as JsonObject);
  const causes = [
    ...checkMetadata(kind, next),
    ...newFinalizers(next.metadata, old?.metadata),
    ...problems,
    ...checkBuiltIn(kind, next, old),
    ...(isDefinition(kind) ? checkDefinition(next, old) : []),
  ];
  if (causes.length > 0) throw refuse.invalid(kind, next.metadata.name ?? '', causes);
  if (kind.rules || (isDefinition(kind) && definesRules(next as CustomResourceDefinition))) warnings.push(rulesWarning);
}

function definesRules({ spec }: CustomResourceDefinition): boolean {
  return spec.versions.some(({ schema }) => hasValidationRules(schema?.openAPIV3Schema ?? {}));
}

function newFinalizers({ finalizers = [] }: ObjectMeta, old: ObjectMeta | undefined) {
  if (!old?.deletionTimestamp) return [];
  const added = finalizers.filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (added.length === 0) return [];
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`;
  return [cause.forbidden('metadata.finalizers', why)];
}

/** Persists the object unless it is a dry run or changes nothing; one whose last finalizer is gone is removed. */
export function persist(cluster: Cluster, { kind, options }: Call, next: KubeObject, old: KubeObject | undefined) {
  const stored = { ...next, apiVersion: storageVersion(kind) };
  if (old && equal(comparable(stored), comparable(old))) return old;
  if (options.dryRun) return stored;
  const gone = old?.metadata.deletionTimestamp && !isHeld(stored);
  return gone ? cluster.store.remove(kind.collection, stored) : cluster.store.put(kind.collection, stored);
}

/** Whether finalizers keep a deleted object alive. */
export function isHeld(object: KubeObject): boolean {
  const spec =
    object.kind === 'Namespace' ? (object as KubeObject & { spec?: { finalizers?: string[] } }).spec : undefined;
  return [...(object.metadata.finalizers ?? []), ...(spec?.finalizers ?? [])].length > 0;
}

/** A write that only moves the times of managed fields is no write, as on the real server. */
function comparable(object: KubeObject): KubeObject {
  const managedFields = object.metadata.managedFields?.map(({ time: _time, ...entry }) => entry);
  const { resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(managedFields ? { managedFields } : {}) } };
}

function storageVersion(kind: ServedKind): string {
  const version = kind.definition?.spec.versions.find(({ storage }) => storage)?.name ?? kind.version;
  return apiVersionOf({ ...kind, version });
}
