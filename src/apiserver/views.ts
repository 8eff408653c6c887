// How stored objects are shown: in the version asked for, whole, as metadata only, or as rows of a table.

import type { KubeObject } from '../kube/objects.ts';
import { apiVersionOf } from '../kube/resources.ts';
import type { Call, Cluster } from './cluster.ts';
import type { JsonObject } from './json.ts';
import type { ServedKind } from './registry.ts';
import type { View } from './request.ts';
import { refuse } from './status.ts';
import { metadataOnly, tableFor } from './table.ts';

type Shown = { compiled: ServedKind['compiled']; object: KubeObject };

// A stored object never changes, so what a schema makes of it is worked out once.
const shownBefore = new WeakMap<KubeObject, Shown>();

/** The object in the kind's version: for custom kinds pruned and defaulted by the schema of now, as on every read. */
function shownAs(kind: ServedKind, stored: KubeObject): KubeObject {
  if (!kind.definition) return stored;
  const before = shownBefore.get(stored);
  if (before?.compiled === kind.compiled) return before.object;
  const object = structuredClone(stored);
  object.apiVersion = apiVersionOf(kind);
  kind.compiled.prune(object as unknown as JsonObject);
  kind.compiled.applyDefaults(object as unknown as JsonObject);
  shownBefore.set(stored, { compiled: kind.compiled, object });
  return object;
}

/** `SecretList`. */
function listKindOf({ kind, definition }: ServedKind): string {
  return definition?.spec.names.listKind ?? `${kind}List`;
}

/** One object in the caller's view. */
export function showObject(cluster: Cluster, call: Call, stored: KubeObject, view: View, headers = true): unknown {
  const object = shownAs(call.kind, stored) as unknown as JsonObject;
  if (view === 'object') return object;
  if (view === 'metadata') return metadataOnly(object);
  return tableFor([object], {
    ...tableOptions(cluster, call),
    headers,
    metadata: { resourceVersion: stored.metadata.resourceVersion },
  });
}

/** A list in the caller's view; `metadata` is its ListMeta. */
export function showList(
  cluster: Cluster,
  call: Call,
  stored: readonly KubeObject[],
  metadata: JsonObject,
  view: View,
): unknown {
  const objects = stored.map((object) => shownAs(call.kind, object) as unknown as JsonObject);
  if (view === 'table') return tableFor(objects, { ...tableOptions(cluster, call), metadata });
  if (view === 'metadata') {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items: objects.map(metadataOnly),
    };
  }
  // Items of custom lists carry their type, those of built-in lists do not.
  const items = call.kind.definition ? objects : objects.map(({ apiVersion: _version, kind: _kind, ...rest }) => rest);
  return { kind: listKindOf(call.kind), apiVersion: apiVersionOf(call.kind), metadata, items };
}

function tableOptions(cluster: Cluster, { kind, query }: Call) {
  const includeObject = query.get('includeObject') || 'Metadata';
  if (includeObject !== 'None' && includeObject !== 'Metadata' && includeObject !== 'Object') {
    throw refuse.badRequest(`includeObject: Unsupported value: "${includeObject}"`);
  }
  const version = kind.definition?.spec.versions.find(({ name }) => name === kind.version);
  return {
    group: kind.group,
    kind: kind.kind,
    ...(version ? { printerColumns: version.additionalPrinterColumns ?? [] } : {}),
    includeObject,
    now: cluster.clock.now(),
  } as const;
}
