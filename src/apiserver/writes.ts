// Create, replace, patch and apply: how a body becomes the next state of an object.

import type { KubeObject } from '../kube/objects.ts';
import { apiVersionOf } from '../kube/resources.ts';
import type { Call, Cluster } from './cluster.ts';
import { check, complete, decodeObject, dropUnknown, persist } from './commit.ts';
import { isObject, type JsonObject, objectOr } from './json.ts';
import { type FieldWriter, trackUpdate } from './managed-fields.ts';
import { jsonPatch, maxJsonPatchOperations, mergePatch, PatchError } from './merge-patch.ts';
import { checkUnmoved } from './names.ts';
import type { ServedKind } from './registry.ts';
import { type ApiRequest, bodyTypes, decodeBody, patchTypes } from './request.ts';
import { serverSideApply } from './server-side-apply.ts';
import { cause, Refusal, refuse } from './status.ts';
import { strategicMerge } from './strategic-merge.ts';

/** What a write left behind. */
export interface Written {
  object: KubeObject;
  created: boolean;
}

/** POST on a collection. */
export function create(cluster: Cluster, call: Call, request: ApiRequest): Written {
  const object = decodeObject(call, decodeBody(request, bodyTypes));
  const { metadata } = object;
  // A 500 without a reason, as the real server's storage layer answers.
  if (metadata.resourceVersion) {
    throw new Refusal(500, '', 'resourceVersion should not be set on objects to be created');
  }
  if (!metadata.name && metadata.generateName) metadata.name = generatedName(metadata.generateName);
  return insert(cluster, call, object);
}

function generatedName(prefix: string): string {
  // The alphabet of apimachinery's rand.String: no vowels and no digits that look like letters.
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  const picks = crypto.getRandomValues(new Uint8Array(5));
  return prefix.slice(0, 58) + [...picks].map((pick) => alphabet[pick % alphabet.length]).join('');
}

function insert(cluster: Cluster, call: Call, object: KubeObject, applied = false): Written {
  const { kind } = call;
  requireLiveNamespace(cluster, call, object);
  if (cluster.registry.isTerminating(kind)) {
    throw refuse.forbidden(
      kind,
      object.metadata.name ?? '',
      'create not allowed while custom resource definition is terminating',
    );
  }
  if (!applied) {
    delete object.metadata.managedFields;
    dropUnknown(call, object);
    complete(cluster, call, object, undefined);
    track(cluster, call, undefined, object);
  } else {
    complete(cluster, call, object, undefined);
  }
  check(call, object, undefined);
  const { namespace, name = '' } = object.metadata;
  if (cluster.store.get(kind.collection, namespace, name)) throw refuse.alreadyExists(kind, name);
  return { object: persist(cluster, call, object, undefined), created: true };
}

function requireLiveNamespace({ store }: Cluster, { kind, namespace }: Call, object: KubeObject): void {
  if (!kind.namespaced) return;
  const found = store.get('/namespaces', undefined, namespace ?? '');
  if (!found) throw refuse.notFound({ group: '', plural: 'namespaces' }, namespace ?? '');
  if (!found.metadata.deletionTimestamp) return;
  throw refuse.forbidden(
    kind,
    object.metadata.name ?? '',
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  );
}

/** PUT on an object or its status. */
export function replace(cluster: Cluster, call: Call, request: ApiRequest): Written {
  const { kind, name = '' } = call;
  const next = decodeObject(call, decodeBody(request, bodyTypes));
  const old = current(cluster, call);
  if (!old && kind.createOnUpdate && !call.subresource) return insert(cluster, call, next);
  if (!old) throw refuse.notFound(kind, name);
  const { uid } = next.metadata;
  if (uid && uid !== old.metadata.uid) {
    const uids = `UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`;
    throw refuse.conflict(kind, name, `Precondition failed: ${uids}`);
  }
  return update(cluster, call, next, old);
}

function current({ store }: Cluster, { kind, namespace, name = '' }: Call): KubeObject | undefined {
  return store.get(kind.collection, namespace, name);
}

/** The steps that PUT and every patch but apply share, from the desired object on. */
function update(cluster: Cluster, call: Call, desired: KubeObject, old: KubeObject): Written {
  const { kind, name = '' } = call;
  const { resourceVersion } = desired.metadata;
  if (!resourceVersion && !kind.unconditionalUpdate) {
    throw refuse.invalid(kind, name, [cause.invalid('metadata.resourceVersion', 0, 'must be specified for an update')]);
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw refuse.modified(kind, name);
  dropUnknown(call, desired);
  refuseMoved(call, desired, old);
  const next = call.subresource === 'status' ? withStatusOf(desired, old) : desired;
  complete(cluster, call, next, old);
  track(cluster, call, old, next);
  check(call, next, old);
  return { object: persist(cluster, call, next, old), created: false };
}

function refuseMoved({ kind, name = '', subresource }: Call, next: KubeObject, old: KubeObject): void {
  const moved = subresource ? [] : checkUnmoved(next.metadata, old.metadata);
  if (moved.length > 0) throw refuse.invalid(kind, name, moved);
}

/** A write to the status subresource moves the status and the managed fields, nothing else. */
function withStatusOf(desired: KubeObject, old: KubeObject): KubeObject {
  const { status, metadata } = desired as KubeObject & { status?: unknown };
  const { managedFields } = metadata;
  const { status: _before, ...rest } = structuredClone(old) as KubeObject & { status?: unknown };
  const meta = { ...rest.metadata, ...(managedFields ? { managedFields } : {}) };
  return {
    ...rest,
    apiVersion: desired.apiVersion,
    metadata: meta,
    ...(status === undefined ? {} : { status }),
  } as KubeObject;
}

function track(cluster: Cluster, call: Call, before: KubeObject | undefined, after: KubeObject) {
  const managedFields = trackUpdate({
    ...fieldWriter(cluster, call),
    before: before as unknown as JsonObject | undefined,
    after: after as unknown as JsonObject,
  });
  if (managedFields.length > 0) after.metadata.managedFields = managedFields;
  else delete after.metadata.managedFields;
}

function fieldWriter({ clock }: Cluster, { kind, subresource, options: { manager } }: Call): FieldWriter {
  return {
    manager,
    apiVersion: apiVersionOf(kind),
    subresource: subresource === 'status' ? subresource : undefined,
    hasStatus: kind.subresources.includes('status'),
    now: clock.now(),
    schema: kind.compiled.schema,
  };
}

/** PATCH of any type on an object or its status. */
export function patch(cluster: Cluster, call: Call, request: ApiRequest): Written {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
  const { json, merge, strategic, apply } = patchTypes;
  const accepted = call.kind.definition ? [json, merge, apply] : [json, merge, strategic, apply];
  const body = decodeBody(request, accepted);
  if (type === apply) return applyPatch(cluster, call, body);
  const old = current(cluster, call);
  if (!old) throw refuse.notFound(call.kind, call.name ?? '');
  const base = present(call, old);
  return update(cluster, call, decodeObject(call, patched(call, type, base, body)), old);
}

function present({ kind }: Call, old: KubeObject): JsonObject {
  return { ...old, apiVersion: apiVersionOf(kind) } as unknown as JsonObject;
}

function patched({ kind }: Call, type: string | undefined, base: JsonObject, body: unknown): unknown {
  try {
    if (type === patchTypes.merge) return mergePatch(base, body);
    if (type === patchTypes.strategic) {
      if (!isObject(body)) throw new PatchError(400, 'cannot unmarshal into Go value of type map[string]interface {}');
      return strategicMerge(base, body, kind.compiled.schema);
    }
    if (Array.isArray(body) && body.length > maxJsonPatchOperations) {
      throw refuse.tooLarge(
        `The allowed maximum operations in a JSON patch is ${maxJsonPatchOperations}, got ${body.length}`,
      );
    }
    return jsonPatch(base, body);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.code === 400) throw refuse.badRequest(error.message);
    throw new Refusal(422, 'Invalid', error.message, {});
  }
}

/** The nulls that an apply leaves in a custom object are not dropped as those of other writes are. */
function checkNulls(kind: ServedKind, next: KubeObject): void {
  if (!kind.definition) return;
  const problems = kind.compiled.validate(next as unknown as JsonObject);
  const nulls = problems.filter(({ message }) => message.startsWith('Invalid value: "null"'));
  if (nulls.length > 0) throw refuse.invalid(kind, next.metadata.name ?? '', nulls);
}

function applyPatch(cluster: Cluster, call: Call, body: unknown): Written {
  const { kind, name = '', options, subresource } = call;
  const { apiVersion, kind: kindName } = objectOr(body);
  if (!apiVersion || !kindName) throw refuse.badRequest(`invalid object type: ${apiVersion || '/'}, Kind=${kindName}`);
  const old = current(cluster, call);
  const applied = decodeObject(call, body, old !== undefined);
  const { resourceVersion, uid } = applied.metadata;
  if (!old && subresource) throw refuse.notFound(kind, name);
  if (!old && uid) {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw refuse.conflict(kind, name, why);
  }
  if (old && resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw refuse.modified(kind, name);
  if (old) refuseMoved(call, applied, old);
  const result = serverSideApply({
    ...fieldWriter(cluster, call),
    live: old && present(call, old),
    applied: applied as unknown as JsonObject,
    force: options.force,
  });
  if ('conflicts' in result) throw new Refusal(409, 'Conflict', result.message, { causes: result.conflicts });
  if ('problem' in result) {
    throw result.code === 400 ? refuse.badRequest(result.problem) : new Refusal(500, '', result.problem, {});
  }
  const next = result.object as unknown as KubeObject;
  checkNulls(kind, next);
  if (!old) return insert(cluster, call, next, true);
  const merged = subresource === 'status' ? withStatusOf(next, old) : next;
  complete(cluster, call, merged, old);
  check(call, merged, old);
  return { object: persist(cluster, call, merged, old), created: false };
}
