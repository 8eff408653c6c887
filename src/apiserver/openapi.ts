// The OpenAPI v3 documents that kubectl reads: which kinds can be patched how, validated by the server, and explained.

import { createHash } from 'node:crypto';
import { apiVersionOf, type Resource } from '../kube/resources.ts';
import { canonical, type JsonObject } from './json.ts';
import type { Schema } from './schema-shape.ts';
import { objectMeta, withTypeAndMetadata } from './types.ts';

/** A served kind, as far as its documentation goes. */
export interface DocumentedKind extends Resource {
  subresources: readonly string[];
  /** Present for custom kinds, which take no strategic merge patch. */
  definition: unknown;
  compiled: { schema: Schema };
}

const objectMetaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** `GET /openapi/v3`: where the document of each group version is; the hash changes with its content. */
export function openApiIndex(kinds: readonly DocumentedKind[]): JsonObject {
  const paths = [...new Set(kinds.map(groupPath))].map((path) => {
    const document = openApiDocument(kinds.filter((kind) => groupPath(kind) === path));
    const hash = createHash('sha256').update(canonical(document)).digest('hex').toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

/** `GET /openapi/v3/apis/<group>/<version>` for the kinds of that group version. */
export function openApiDocument(kinds: readonly DocumentedKind[]): JsonObject {
  const schemas = kinds.map((kind) => [schemaName(kind), kindSchema(kind)]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.0' },
    paths: Object.assign({}, ...kinds.map(kindPaths)),
    components: { schemas: { [objectMetaName]: objectMeta, ...Object.fromEntries(schemas) } },
  };
}

/** `api/v1` or `apis/<group>/<version>`: the name of a document in the index. */
export function groupPath(kind: Pick<Resource, 'group' | 'version'>): string {
  return kind.group === '' ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`;
}

function schemaName({ group, version, kind, definition }: DocumentedKind): string {
  const builtIn = group.replace(/\.k8s\.io$|\.authorization\.k8s\.io$/, '') || 'core';
  const domain = definition ? group.split('.').reverse().join('.') : `io.k8s.api.${builtIn}`;
  return `${domain}.${version}.${kind}`;
}

function identity({ group, version, kind }: Resource) {
  return { group, version, kind };
}

function kindSchema(kind: DocumentedKind): JsonObject {
  const { properties, ...schema } = withTypeAndMetadata(kind.compiled.schema);
  const metadata = {
    description: objectMeta.description,
    allOf: [{ $ref: `#/components/schemas/${objectMetaName}` }],
    default: {},
  };
  return {
    ...schema,
    properties: {
      ...properties,
      apiVersion: { type: 'string', description: 'The version of this schema of the object.' },
      kind: { type: 'string', description: `The kind of the object: ${kind.kind}.` },
      metadata,
    },
    'x-kubernetes-group-version-kind': [identity(kind)],
  };
}

function kindPaths(kind: DocumentedKind): JsonObject {
  const root = `/${groupPath(kind)}`;
  const collection = `${root}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`;
  const object = {
    get: operation('get', kind),
    put: operation('put', kind, written),
    patch: { ...operation('patch', kind, patched), requestBody: { content: patchTypes(kind) } },
    delete: operation('delete', kind, ['dryRun']),
  };
  const status = kind.subresources.includes('status') ? { [`${collection}/{name}/status`]: object } : {};
  return {
    ...(kind.namespaced ? { [`${root}/${kind.plural}`]: { get: operation('list', kind) } } : {}),
    [collection]: { get: operation('list', kind), post: operation('post', kind, written) },
    [`${collection}/{name}`]: object,
    ...status,
  };
}

// kubectl asks the server to validate only where PATCH says `fieldValidation`.
const written = ['dryRun', 'fieldManager', 'fieldValidation'];
const patched = [...written, 'force'];

function operation(action: string, kind: DocumentedKind, query: readonly string[] = []): JsonObject {
  const type = (name: string) => ({ type: name === 'force' ? 'boolean' : 'string' });
  return {
    operationId: `${action}${kind.kind}${apiVersionOf(kind).replace(/[^A-Za-z0-9]/g, '')}`,
    parameters: query.map((name) => ({ name, in: 'query', schema: { ...type(name), uniqueItems: true } })),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': identity(kind),
  };
}

function patchTypes(kind: DocumentedKind): JsonObject {
  const names = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];
  // kubectl computes a strategic patch from this document only when the schema names every field it may meet.
  if (!kind.definition && isClosed(kind.compiled.schema)) names.push('application/strategic-merge-patch+json');
  return Object.fromEntries(names.map((name) => [name, { schema: { type: 'object' } }]));
}

function isClosed(schema: Schema): boolean {
  const { properties = {}, additionalProperties, items } = schema;
  if (schema['x-kubernetes-preserve-unknown-fields']) return false;
  if (items !== undefined && schema['x-kubernetes-patch-merge-key'] !== undefined && !isClosed(items)) return false;
  return (
    Object.values(properties).every(isClosed) &&
    (typeof additionalProperties !== 'object' || isClosed(additionalProperties))
  );
}
