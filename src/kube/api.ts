// What the rest of the program may ask of a Kubernetes API server; `client.ts` is the one implementation.

import type { KubeList, KubeObject } from './objects.ts';
import type { Resource } from './resources.ts';

/** Where an object is. `namespace` is left out for cluster-scoped kinds. */
export interface ObjectName {
  namespace?: string | undefined;
  name: string;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** A request of any kind. */
export interface RequestOptions extends CallOptions {
  /** Default: GET. */
  method?: string;
  body?: string | Uint8Array;
  /** Of the body. Default: `application/json`. */
  contentType?: string;
  accept?: string;
  /** Of an answer that is longer, nothing is taken (`KUBE_BAD_DATA`): for what is not the API server's own. Default: no limit. */
  mostBytes?: number;
}

export interface WriteOptions extends CallOptions {
  /** Nothing is persisted. Default: false. */
  dryRun?: boolean;
  /** Default: `sealwright`. */
  fieldManager?: string;
  /** What the server does with unknown fields. Default: the server's (`Warn`). */
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
}

export interface ApplyOptions extends WriteOptions {
  /** Take fields over from other managers. Default: true; a conflict otherwise is an `ApiError` with status 409. */
  force?: boolean;
  subresource?: 'status';
}

export interface PatchOptions extends WriteOptions {
  subresource?: 'status';
}

export interface DeleteOptions extends CallOptions {
  /** Refused with 409 unless the object still is this one. */
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  dryRun?: boolean;
}

export interface ListOptions extends CallOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Objects a page. Default: 500. */
  limit?: number;
  /** Only `metadata` of each object (PartialObjectMetadata); bodies never reach this process. Default: false. */
  metadataOnly?: boolean;
}

/** One change seen by a watch. `BOOKMARK` objects carry only `metadata.resourceVersion`. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

export interface WatchOptions extends Omit<ListOptions, 'limit'> {
  /** Where the watch starts: the list's resourceVersion. */
  resourceVersion: string;
  /** The server ends the stream after this long. Default: random 300–600. */
  timeoutSeconds?: number;
}

/** Failures are `ApiError` (`errors.ts`): status, reason, retryAfterMs; or status 0 when no answer came. */
export interface KubeApi {
  get<T extends KubeObject>(
    resource: Resource,
    at: ObjectName,
    options?: CallOptions & { metadataOnly?: boolean },
  ): Promise<T>;
  /** Every page, put together. The list's `metadata.resourceVersion` is where a watch starts. */
  list<T extends KubeObject>(resource: Resource, options?: ListOptions): Promise<KubeList<T>>;
  /** Page by page, for collections that should not be held at once. */
  pages<T extends KubeObject>(resource: Resource, options?: ListOptions): AsyncIterable<KubeList<T>>;
  create<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  /** PUT. Guarded by `metadata.resourceVersion` where the object has one. */
  replace<T extends KubeObject>(resource: Resource, object: T, options?: PatchOptions): Promise<T>;
  /** Server-side apply; `metadata.resourceVersion` in the object is a precondition. */
  apply<T extends KubeObject>(resource: Resource, object: T, options?: ApplyOptions): Promise<T>;
  jsonPatch<T extends KubeObject>(
    resource: Resource,
    at: ObjectName,
    patch: readonly JsonPatchOperation[],
    options?: PatchOptions,
  ): Promise<T>;
  mergePatch<T extends KubeObject>(
    resource: Resource,
    at: ObjectName,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T>;
  delete(resource: Resource, at: ObjectName, options?: DeleteOptions): Promise<void>;
  /** One watch request: ends when the server ends it, throws `ApiError` when it breaks. `watch.ts` keeps one alive for ever. */
  watch<T extends KubeObject>(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** Anything else, such as the service proxy, `/version` or a TokenRequest: the body as bytes. Throws `ApiError` on ≥ 400. */
  request(
    path: string,
    options?: RequestOptions,
  ): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array }>;
  /** Ends pooled connections and open watches. */
  close(): Promise<void>;
}

/** RFC 6902. */
export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string };
