// What a request asks for: the path taken apart, the query, the body decoded, the media type the caller can read.

import { parse as parseYaml } from 'yaml';
import { decodeProtobuf, protobufType } from './protobuf.ts';
import { refuse } from './status.ts';

/** Who calls. Groups as kube-apiserver assigns them. */
export interface Caller {
  username: string;
  uid?: string | undefined;
  groups: readonly string[];
  extra?: Record<string, string[]> | undefined;
}

/** A request as tests may intercept it and as handlers get it. */
export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

/** A whole answer. Streams are answered by `watch.ts`. */
export interface ApiResponse {
  status: number;
  headers?: Record<string, string>;
  /** Sent as it is when text or bytes, as JSON otherwise. */
  body?: unknown;
  warnings?: readonly string[];
}

/** A resource path: `/api/v1/namespaces/shop/secrets/db/status` and its kin. */
export interface Target {
  group: string;
  version: string;
  namespace: string | undefined;
  plural: string;
  name: string | undefined;
  subresource: string | undefined;
  /** What follows the subresource `proxy`. */
  rest: string;
}

/** Undefined when the path is no resource's. */
export function parseTarget(path: string): Target | undefined {
  const parts = path.split('/').filter(Boolean).map(decoded);
  const grouped = parts[0] === 'apis';
  if (!grouped && parts[0] !== 'api') return undefined;
  const [group = '', version, ...tail] = grouped ? parts.slice(1) : ['', ...parts.slice(1)];
  if (!version || tail.length === 0) return undefined;
  // `namespaces/x/status` and `namespaces/x/finalize` are subresources of the namespace, all else lies inside it.
  const inside = tail[0] === 'namespaces' && tail.length > 2 && !['status', 'finalize'].includes(tail[2] ?? '');
  const namespace = inside ? tail[1] : undefined;
  const [plural = '', name, subresource, ...rest] = inside ? tail.slice(2) : tail;
  return { group, version, namespace, plural, name, subresource, rest: rest.join('/') };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refuse.badRequest(`the path is not valid: ${part}`);
  }
}

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** What whole objects may come as; of protobuf only what `kubectl create` sends. */
export const bodyTypes = ['application/json', 'application/yaml', protobufType] as const;

/** The body of a write as JSON. Throws 400 for what does not parse and 415 for another media type. */
export function decodeBody(request: ApiRequest, accepted: readonly string[]): unknown {
  const type = mediaType(request.headers['content-type']) || 'application/json';
  if (!accepted.includes(type)) throw refuse.unsupportedMediaType(accepted);
  if (type === protobufType) {
    const object = decodeProtobuf(request.body);
    if (!object) throw refuse.unsupportedMediaType(bodyTypes.slice(0, 2));
    return object;
  }
  // A byte order mark is no JSON.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(request.body);
  try {
    if (!type.endsWith('yaml')) return JSON.parse(text);
    return parseYaml(text, { uniqueKeys: true, maxAliasCount: 100, logLevel: 'silent' }) as unknown;
  } catch (error) {
    throw refuse.badRequest(`error decoding the request body: ${error instanceof Error ? error.message : error}`);
  }
}

/** Members that a JSON body states twice, as paths: `metadata.labels.app`; none in other bodies. */
export function duplicateFields({ headers, body }: ApiRequest): string[] {
  const type = mediaType(headers['content-type']) || 'application/json';
  const found = new Set<string>();
  if (!type.endsWith('json')) return [];
  const open: { path: string; keys: Set<string> | undefined; index: number; key: string }[] = [];
  const text = new TextDecoder().decode(body);
  for (const [token, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\],]/g)) {
    const top = open.at(-1);
    if (token === '{' || token === '[') {
      const member = top?.keys ? `${top.path && `${top.path}.`}${top.key}` : top ? `${top.path}[${top.index}]` : '';
      open.push({ path: member, keys: token === '{' ? new Set() : undefined, index: 0, key: '' });
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && top) top.index++;
    else if (colon && top?.keys) {
      top.key = token.slice(1, token.lastIndexOf('"'));
      if (top.keys.has(top.key)) found.add(`${top.path && `${top.path}.`}${top.key}`);
      top.keys.add(top.key);
    }
  }
  return [...found];
}

/** Without parameters, in lower case. */
export function mediaType(header: string | undefined): string {
  return (header?.split(';')[0] ?? '').trim().toLowerCase();
}

/** How the caller wants objects: whole, as metadata, or as a table. */
export type View = 'object' | 'metadata' | 'table';

export interface Accepted {
  view: View;
  yaml: boolean;
}

const views: Record<string, View> = {
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
  Table: 'table',
};

/** The first of the `Accept` clauses that we can serve. Throws 406. */
export function negotiate(header: string | undefined): Accepted {
  for (const clause of acceptClauses(header)) {
    const yaml = clause.type === 'application/yaml';
    if (!yaml && !['application/json', '*/*', 'application/*'].includes(clause.type)) continue;
    const as = clause.parameters.as;
    if (as === undefined) return { view: 'object', yaml };
    const view = views[as];
    const served = clause.parameters.g === 'meta.k8s.io' && ['v1', 'v1beta1'].includes(clause.parameters.v ?? '');
    if (view && served) return { view, yaml };
  }
  throw refuse.notAcceptable();
}

/** The clauses of an `Accept` header, best first; none means anything. */
export function acceptClauses(header: string | undefined) {
  return (header?.trim() || '*/*')
    .split(',')
    .map((clause) => {
      const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
      const parameters = Object.fromEntries(rest.map((part) => part.split('=', 2) as [string, string]));
      return { type: type.toLowerCase(), parameters: parameters as Record<string, string | undefined> };
    })
    .sort((a, b) => Number(b.parameters.q ?? 1) - Number(a.parameters.q ?? 1));
}
