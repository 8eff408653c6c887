// The one implementation of `KubeApi`: verbs to requests, answers to objects.

import { version } from '../version.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  JsonPatchOperation,
  KubeApi,
  ListOptions,
  ObjectName,
  PatchOptions,
  RequestOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './api.ts';
import { isGone } from './errors.ts';
import type { KubeList, KubeObject } from './objects.ts';
import { badData } from './refusals.ts';
import { apiVersionOf, type Resource, resourcePath } from './resources.ts';
import { type Call, createTransport, type Transport, type TransportOptions } from './transport.ts';
import { watchOnce } from './watch-stream.ts';

/** As the transport's, with our own User-Agent by default. */
export interface ClientOptions extends Omit<TransportOptions, 'userAgent'> {
  /** Default: `sealwright/<version>`. */
  userAgent?: string;
  /** A watch without a byte for this long is taken for dead. Bookmarks come about each minute. Default: 100 s. */
  watchIdleMs?: number;
}

const defaultFieldManager = 'sealwright';
const accept = {
  object: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
};
const restartsOfList = 3;

/** A client for one cluster. Opens no connection before the first call. */
export function createClient(options: ClientOptions): KubeApi {
  const transport = createTransport({ userAgent: `sealwright/${version}`, ...options });
  return new Client(transport, options);
}

class Client implements KubeApi {
  readonly #transport: Transport;
  readonly #options: ClientOptions;

  constructor(transport: Transport, options: ClientOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  async get<T extends KubeObject>(
    resource: Resource,
    at: ObjectName,
    { signal, metadataOnly = false }: CallOptions & { metadataOnly?: boolean } = {},
  ): Promise<T> {
    const object = await this.#json<T>({
      about: { verb: 'get', resource, ...at },
      method: 'GET',
      path: resourcePath(resource, at),
      ...(metadataOnly && { headers: { accept: accept.object } }),
      signal,
    });
    return metadataOnly ? metadataOf(resource, object) : object;
  }

  async list<T extends KubeObject>(resource: Resource, options: ListOptions = {}): Promise<KubeList<T>> {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#listOnce<T>(resource, options);
      } catch (error) {
        // The continue token outlived etcd's compaction: what was read so far cannot be completed.
        if (!isGone(error) || restarts >= restartsOfList) throw error;
      }
    }
  }

  async *pages<T extends KubeObject>(resource: Resource, options: ListOptions = {}): AsyncIterable<KubeList<T>> {
    let token: string | undefined;
    do {
      const page: KubeList<T> = await this.#page<T>(resource, options, token);
      yield page;
      token = page.metadata.continue || undefined;
    } while (token !== undefined);
  }

  create<T extends KubeObject>(resource: Resource, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata;
    return this.#json({
      about: { verb: 'create', resource, namespace, name },
      method: 'POST',
      path: withQuery(resourcePath(resource, { namespace }), writeQuery(options)),
      ...jsonBody(object),
      signal: options.signal,
    });
  }

  replace<T extends KubeObject>(resource: Resource, object: T, options: PatchOptions = {}): Promise<T> {
    const at = { namespace: object.metadata.namespace, name: nameOf(object) };
    return this.#json({
      about: { verb: 'update', resource, ...at },
      method: 'PUT',
      path: withQuery(resourcePath(resource, { ...at, subresource: options.subresource }), writeQuery(options)),
      ...jsonBody(object),
      signal: options.signal,
    });
  }

  apply<T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions = {}): Promise<T> {
    const at = { namespace: object.metadata.namespace, name: nameOf(object) };
    // JSON is YAML, and parses faster.
    return this.#patch(resource, at, 'application/apply-patch+yaml', object, options, {
      force: String(options.force ?? true),
    });
  }

  jsonPatch<T extends KubeObject>(
    resource: Resource,
    at: ObjectName,
    patch: readonly JsonPatchOperation[],
    options: PatchOptions = {},
  ): Promise<T> {
    return this.#patch(resource, at, 'application/json-patch+json', patch, options);
  }

  mergePatch<T extends KubeObject>(
    resource: Resource,
    at: ObjectName,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    return this.#patch(resource, at, 'application/merge-patch+json', patch, options);
  }

  async delete(resource: Resource, at: ObjectName, options: DeleteOptions = {}): Promise<void> {
    const { preconditions, propagationPolicy, dryRun } = options;
    await this.#transport.send({
      about: { verb: 'delete', resource, ...at },
      method: 'DELETE',
      path: resourcePath(resource, at),
      ...jsonBody({
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        ...(preconditions && { preconditions }),
        ...(propagationPolicy && { propagationPolicy }),
        ...(dryRun && { dryRun: ['All'] }),
      }),
      signal: options.signal,
    });
  }

  watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const { clock, random, watchIdleMs = 100_000, config, reach } = this.#options;
    const { namespace, metadataOnly = false } = options;
    const path = withQuery(resourcePath(resource, { namespace }), {
      ...selectorQuery(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(options.timeoutSeconds ?? 300 + Math.floor(random() * 300)),
    });
    const about = { verb: 'watch', resource, namespace };
    return watchOnce<T>({
      open: (signal) =>
        this.#transport.stream({
          about,
          method: 'GET',
          path,
          ...(metadataOnly && { headers: { accept: accept.object } }),
          signal,
        }),
      subject: { ...about, server: new URL(config.server).origin, reach },
      project: metadataOnly ? (object) => metadataOf(resource, object) : (object) => object,
      clock,
      idleMs: watchIdleMs,
      signal: options.signal,
    });
  }

  request(
    path: string,
    options: RequestOptions = {},
  ): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array }> {
    const { method = 'GET', body, contentType, mostBytes, signal } = options;
    const headers = {
      ...(options.accept && { accept: options.accept }),
      ...(body !== undefined && { 'content-type': contentType ?? 'application/json' }),
    };
    // A path is shown in errors, its query is not: it may carry what was meant for the server alone.
    return this.#transport.send({
      about: { verb: verbs[method] ?? method.toLowerCase(), name: path.split('?', 1)[0] ?? path },
      method,
      path,
      headers,
      body,
      mostBytes,
      signal,
    });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #listOnce<T extends KubeObject>(resource: Resource, options: ListOptions): Promise<KubeList<T>> {
    let first: KubeList<T> | undefined;
    for await (const page of this.pages<T>(resource, options)) {
      if (!first) first = page;
      else for (const item of page.items) first.items.push(item);
    }
    const { resourceVersion } = first?.metadata ?? {};
    return {
      apiVersion: apiVersionOf(resource),
      kind: `${resource.kind}List`,
      metadata: resourceVersion === undefined ? {} : { resourceVersion },
      items: first?.items ?? [],
    };
  }

  async #page<T extends KubeObject>(resource: Resource, options: ListOptions, token?: string): Promise<KubeList<T>> {
    const { namespace, limit = 500, metadataOnly = false, signal } = options;
    const list = await this.#json<Partial<KubeList<T>>>({
      about: { verb: 'list', resource, namespace },
      method: 'GET',
      path: withQuery(resourcePath(resource, { namespace }), {
        ...selectorQuery(options),
        limit: String(limit),
        continue: token,
      }),
      ...(metadataOnly && { headers: { accept: accept.list } }),
      signal,
    });
    const fill = metadataOnly ? (item: T) => metadataOf<T>(resource, item) : (item: T) => typed(resource, item);
    return {
      apiVersion: apiVersionOf(resource),
      kind: `${resource.kind}List`,
      metadata: list.metadata ?? {},
      items: (list.items ?? []).map(fill),
    };
  }

  #patch<T extends KubeObject>(
    resource: Resource,
    at: ObjectName,
    contentType: string,
    patch: unknown,
    options: PatchOptions,
    query: Query = {},
  ): Promise<T> {
    const path = resourcePath(resource, { ...at, subresource: options.subresource });
    return this.#json({
      about: { verb: 'patch', resource, ...at },
      method: 'PATCH',
      path: withQuery(path, { ...writeQuery(options), ...query }),
      ...jsonBody(patch, contentType),
      signal: options.signal,
    });
  }

  async #json<T>(call: Call): Promise<T> {
    const { body } = await this.#transport.send(call);
    try {
      const parsed: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
      if (typeof parsed === 'object' && parsed !== null) return parsed as T;
    } catch {
      // No cause: the parser's message quotes the body, which may be a Secret.
    }
    throw badData(new URL(this.#options.config.server).origin, 'a Kubernetes object');
  }
}

type Query = Record<string, string | undefined>;

const verbs: Record<string, string> = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

function withQuery(path: string, query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  return given.size === 0 ? path : `${path}?${given}`;
}

function writeQuery({ dryRun, fieldManager = defaultFieldManager, fieldValidation }: WriteOptions): Query {
  return { fieldManager, ...(dryRun && { dryRun: 'All' }), fieldValidation };
}

function selectorQuery({ labelSelector, fieldSelector }: ListOptions): Query {
  return { labelSelector: labelSelector || undefined, fieldSelector: fieldSelector || undefined };
}

function jsonBody(value: unknown, contentType = 'application/json') {
  return { headers: { 'content-type': contentType }, body: JSON.stringify(value) };
}

function nameOf({ metadata }: KubeObject): string {
  if (!metadata.name) throw new TypeError('an object without metadata.name cannot be addressed');
  return metadata.name;
}

// Items of a typed list carry no type of their own.
function typed<T extends KubeObject>(resource: Resource, item: T): T {
  return item.apiVersion && item.kind ? item : { ...item, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

// A server that ignores the metadata-only media type sends whole objects; their bodies go no further than here.
function metadataOf<T extends KubeObject>(resource: Resource, { metadata }: KubeObject): T {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata } as T;
}
