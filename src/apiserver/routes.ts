// From an authenticated request to its handler: public paths, discovery, reviews, resources.

import { Access, type Attributes, denial } from './access.ts';
import type { Call, Cluster } from './cluster.ts';
import { deleted, deleteObject } from './deletes.ts';
import { aggregated, aggregatedVersion, coreVersions, groupDocument, groupList, resourceList } from './discovery.ts';
import { reviewGroups } from './kinds.ts';
import type { Lists } from './lists.ts';
import { groupPath, openApiDocument, openApiIndex } from './openapi.ts';
import { openApiV2Accepted, openApiV2Document, openApiV2Type } from './openapi-v2.ts';
import { type DeletionOptions, deletionOptions, flag, writeOptions } from './options.ts';
import type { ServedKind } from './registry.ts';
import {
  type ApiRequest,
  type ApiResponse,
  type Caller,
  duplicateFields,
  mediaType,
  negotiate,
  parseTarget,
  patchTypes,
  type Target,
} from './request.ts';
import { requestToken, review } from './reviews.ts';
import { proxyToService, type ServiceBackend } from './service-proxy.ts';
import { refuse } from './status.ts';
import type { Tokens } from './tokens.ts';
import { showList, showObject } from './views.ts';
import { prepareWatch, type Sink } from './watch.ts';
import { create, patch, replace, type Written } from './writes.ts';

/** A whole answer, or a stream that has been promised. */
export type Answer = ApiResponse | { watch: (sink: Sink) => void };

/** What routing needs beside the cluster. */
export interface Backstage {
  cluster: Cluster;
  tokens: Tokens;
  lists: Lists;
  backend: ServiceBackend | undefined;
}

/** Answers one request. Throws `Refusal`. */
export async function route(backstage: Backstage, request: ApiRequest, caller: Caller): Promise<Answer> {
  const target = parseTarget(request.path);
  if (!target) return fixedPath(backstage, request, caller);
  const { cluster } = backstage;
  authorize(cluster, caller, attributesOf(target, request));
  if (reviewGroups.some(({ group, plural }) => group === target.group && plural === target.plural)) {
    if (request.method !== 'POST') throw refuse.methodNotAllowed();
    return { status: 201, body: review(cluster, backstage.tokens, caller, target, request) };
  }
  const kind = cluster.registry.find(target.group, target.version, target.plural);
  if (!kind) throw refuse.noSuchResource();
  if (target.subresource && !kind.subresources.includes(target.subresource)) throw refuse.noSuchResource();
  if (target.subresource === 'proxy') return proxyToService(cluster, backstage.backend, target, request);
  if (target.subresource === 'token') {
    if (request.method !== 'POST') throw refuse.methodNotAllowed();
    return { status: 201, body: requestToken(cluster, backstage.tokens, target, request) };
  }
  return resource(backstage, callOf(kind, target, request, caller), request);
}

function callOf(kind: ServedKind, target: Target, request: ApiRequest, caller: Caller): Call {
  const { namespace, name, subresource } = target;
  if (kind.namespaced ? name !== undefined && namespace === undefined : namespace !== undefined) {
    throw refuse.noSuchResource();
  }
  const options = writeOptions(request);
  const repeated = ['POST', 'PUT'].includes(request.method) ? duplicateFields(request) : [];
  const version = kind.definition?.spec.versions.find((one) => one.name === kind.version);
  const fallback = `${kind.group}/${kind.version} ${kind.kind} is deprecated`;
  const warnings = version?.deprecated ? [version.deprecationWarning ?? fallback] : [];
  return { kind, namespace, name, subresource, query: request.query, caller, options, warnings, repeated };
}

function resource(backstage: Backstage, call: Call, request: ApiRequest): Answer {
  const { view, yaml } = negotiate(request.headers.accept);
  const { cluster } = backstage;
  const answer = (status: number, body: unknown): ApiResponse => ({
    status,
    body,
    warnings: call.warnings,
    ...(yaml ? { headers: { 'content-type': 'application/yaml' } } : {}),
  });
  const written = ({ object, created }: Written) =>
    answer(created ? 201 : 200, showObject(cluster, call, object, view));
  const named = call.name !== undefined;
  switch (request.method) {
    case 'GET': {
      if (!named && watches(request)) {
        if (yaml) throw refuse.notAcceptable();
        return { watch: prepareWatch(cluster, call, view) };
      }
      if (!named) {
        const { objects, metadata } = backstage.lists.page(call);
        return answer(200, showList(cluster, call, objects, { ...metadata }, view));
      }
      const found = cluster.store.get(call.kind.collection, call.namespace, call.name ?? '');
      if (!found) throw refuse.notFound(call.kind, call.name ?? '');
      return answer(200, showObject(cluster, call, found, view));
    }
    case 'POST':
      checkEscalation(call);
      if (named || (call.kind.namespaced && !call.namespace)) throw refuse.methodNotAllowed();
      return written(create(cluster, call, request));
    case 'PUT':
      checkEscalation(call);
      if (!named) throw refuse.methodNotAllowed();
      return written(replace(cluster, call, request));
    case 'PATCH':
      if (!named) throw refuse.methodNotAllowed();
      checkEscalation(call);
      authorizeApply(cluster, call, request);
      return written(patch(cluster, call, request));
    case 'DELETE':
      if (call.subresource || (!named && call.kind.namespaced && !call.namespace)) throw refuse.methodNotAllowed();
      return named ? deleteOne(cluster, call, request, answer) : deleteAll(backstage, call, request, answer);
    default:
      throw refuse.methodNotAllowed();
  }
}

type Reply = (status: number, body: unknown) => ApiResponse;

function deleteOne(cluster: Cluster, call: Call, request: ApiRequest, answer: Reply): ApiResponse {
  const { object, pending } = deleteObject(cluster, call, deletionOf(call, request));
  const whole = pending || call.kind.returnsDeleted;
  return answer(200, whole ? showObject(cluster, call, object, 'object') : deleted(call, object));
}

/** A whole collection, or a page of it; answered as it was read. */
function deleteAll({ cluster, lists }: Backstage, call: Call, request: ApiRequest, answer: Reply): ApiResponse {
  if (call.kind.kind === 'Namespace') throw refuse.methodNotAllowed();
  const options = deletionOf(call, request);
  const { objects, metadata } = lists.page(call);
  for (const { metadata } of objects) {
    deleteObject(cluster, { ...call, namespace: metadata.namespace, name: metadata.name }, options);
  }
  return answer(200, showList(cluster, call, objects, { ...metadata }, 'object'));
}

function deletionOf(call: Call, request: ApiRequest): DeletionOptions {
  const options = deletionOptions(request);
  call.options.dryRun = options.dryRun;
  return options;
}

function watches({ query }: ApiRequest): boolean {
  return flag(query, 'watch') ?? false;
}

const verbs: Record<string, [named: string, collection: string]> = {
  GET: ['get', 'list'],
  HEAD: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', 'update'],
  PATCH: ['patch', 'patch'],
  DELETE: ['delete', 'deletecollection'],
};

function attributesOf(target: Target, request: ApiRequest): Attributes {
  const { group, plural, subresource } = target;
  const [named = '', collection = ''] = verbs[request.method] ?? [];
  // A collection narrowed to one name counts as that name, so that resourceNames work for watches.
  const chosen = /^metadata\.name==?([^,]+)$/.exec(request.query.get('fieldSelector') ?? '')?.[1];
  const name = target.name ?? chosen;
  // A name on the path is read, not watched.
  const watching = request.method === 'GET' && !target.name && watches(request);
  const verb = watching ? 'watch' : target.name ? named : collection;
  const namespace = target.namespace ?? (group === '' && plural === 'namespaces' ? target.name : undefined);
  return { verb, group, resource: plural, subresource, namespace, name };
}

function authorize({ store }: Cluster, caller: Caller, asked: Attributes): void {
  if (new Access(store).may(caller, asked)) return;
  const target = 'path' in asked ? { group: '', plural: asked.path } : { group: asked.group, plural: asked.resource };
  throw refuse.forbidden(target, 'path' in asked ? '' : (asked.name ?? ''), denial(caller, asked));
}

/** Whether a role grants more than its author has is not worked out here, so only administrators write roles. */
function checkEscalation({ kind, name = '', caller }: Call): void {
  if (kind.group !== 'rbac.authorization.k8s.io' || caller.groups.includes('system:masters')) return;
  throw refuse.forbidden(kind, name, 'the embedded API server lets only system:masters write RBAC objects');
}

/** An apply that creates needs the right to create. */
function authorizeApply(cluster: Cluster, { kind, namespace, name, caller }: Call, { headers }: ApiRequest): void {
  if (mediaType(headers['content-type']) !== patchTypes.apply) return;
  if (cluster.store.get(kind.collection, namespace, name ?? '')) return;
  authorize(cluster, caller, { verb: 'create', group: kind.group, resource: kind.plural, namespace, name });
}

function fixedPath({ cluster }: Backstage, request: ApiRequest, caller: Caller): ApiResponse {
  const path = request.path.replace(/\/$/, '') || '/';
  const verb = request.method === 'GET' ? 'get' : request.method.toLowerCase();
  authorize(cluster, caller, { verb, path });
  const found = fixedBody(cluster, path, request);
  if (!found)
    return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '404 page not found\n' };
  if (!['GET', 'HEAD'].includes(request.method)) throw refuse.methodNotAllowed();
  return found;
}

const serverVersion = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  gitVersion: 'v1.36.0+sealwright-embedded',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: 'sealwright/embedded',
};

function fixedBody({ registry }: Cluster, path: string, { headers }: ApiRequest): ApiResponse | undefined {
  const kinds = registry.kinds();
  if (['/healthz', '/livez', '/readyz'].includes(path))
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' };
  if (path === '/version') return { status: 200, body: serverVersion };
  if (path === '/openapi/v2' && headers.accept?.includes(openApiV2Accepted))
    return { status: 200, headers: { 'content-type': openApiV2Type }, body: openApiV2Document() };
  if (path === '/api' || path === '/apis') {
    const aggregate = aggregatedVersion(headers.accept);
    if (!aggregate) return { status: 200, body: path === '/api' ? coreVersions(headers.host ?? '') : groupList(kinds) };
    const type = `application/json;g=apidiscovery.k8s.io;v=${aggregate};as=APIGroupDiscoveryList`;
    return { status: 200, headers: { 'content-type': type }, body: aggregated(kinds, path === '/api', aggregate) };
  }
  const [, root, group = '', version = ''] = path.split('/');
  const body = path.startsWith('/openapi/v3')
    ? openApi(kinds, path.slice('/openapi/v3'.length))
    : root === 'api'
      ? resourceList(kinds, '', group)
      : root === 'apis'
        ? version
          ? resourceList(kinds, group, version)
          : groupDocument(kinds, group)
        : path === '/'
          ? { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] }
          : undefined;
  return body && { status: 200, body };
}

function openApi(kinds: readonly ServedKind[], path: string): object | undefined {
  if (path === '') return openApiIndex(kinds);
  const chosen = kinds.filter((kind) => `/${groupPath(kind)}` === path);
  return chosen.length > 0 ? openApiDocument(chosen) : undefined;
}
