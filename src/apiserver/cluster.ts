// What handlers share: the store, the kinds, the clock; and one call of one caller.

import type { Clock } from '../kube/clock.ts';
import type { WriteOptions } from './options.ts';
import type { Registry, ServedKind } from './registry.ts';
import type { Caller } from './request.ts';
import type { Store } from './store.ts';

export interface Cluster {
  store: Store;
  registry: Registry;
  clock: Clock;
  /** Now, as objects carry it: RFC 3339, whole seconds. */
  time(): string;
}

/** One authenticated, routed request on a resource. */
export interface Call {
  kind: ServedKind;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
  query: URLSearchParams;
  caller: Caller;
  options: WriteOptions;
  /** Fields that the body states twice. */
  repeated: readonly string[];
  /** Sent as `Warning` headers. */
  warnings: string[];
}
