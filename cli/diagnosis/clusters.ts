// The clusters that objects are asked about: one connection for each, however many objects there are.

import type { KubeApi } from '../../src/kube/api.ts';
import type { ClusterOptions } from '../cluster.ts';
import type { Context } from '../context.ts';
import { reachOf } from '../reach.ts';
import type { Gathering } from './gather.ts';
import { verifierOf } from './verifier.ts';

/** To be closed. */
export class Clusters {
  readonly #context: Context;
  readonly #asked = new Map<string, Promise<Gathering>>();
  readonly #connections: KubeApi[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  /** The cluster that is chosen, and its controller. One that cannot be reached is not tried again. Throws `ApiError`, `SealError`. */
  of(chosen: ClusterOptions): Promise<Gathering> {
    const { kubeconfig, context, controllerNamespace, controllerName } = chosen;
    const key = JSON.stringify([kubeconfig, context, controllerNamespace, controllerName]);
    const asked = this.#asked.get(key) ?? this.#ask(chosen);
    this.#asked.set(key, asked);
    return asked;
  }

  async #ask(chosen: ClusterOptions): Promise<Gathering> {
    const { connect } = await import('../connect.ts');
    const api = await connect(chosen, this.#context);
    this.#connections.push(api);
    const { controllerNamespace: namespace, controllerName: name } = chosen;
    const { verify, foundIn } = await verifierOf(api, { namespace, name });
    return { api, verify, controllerNamespace: namespace ?? foundIn, reach: reachOf(chosen) };
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((api) => api.close()));
  }
}
