// The controllers of the clusters that files belong to, each found when it is first needed.

import { SealingClient } from '../keys/sealing-client.ts';
import { findController } from '../keys/sealing-controller.ts';
import { isSealError } from '../src/errors.ts';
import type { KubeApi } from '../src/kube/api.ts';
import { isForbidden } from '../src/kube/errors.ts';
import type { ClusterOptions } from './cluster.ts';
import { connect } from './connect.ts';
import type { Context } from './context.ts';
import { hinted } from './located.ts';
import { controllerReachOf } from './reach.ts';
import { askingFor, clusterOf, type RuledFile } from './repository.ts';
import { note, warn } from './ui.ts';

/** One controller, and for whom it is asked. */
export interface FoundController {
  client: SealingClient;
  /** The cluster of `.sealwright.yaml`, with the configuration that names it. Undefined: the one of the kubeconfig. */
  cluster: { name: string; repository: RuledFile['repository'] } | undefined;
  /** Flags by which other commands of ours ask the same one, beside what the configuration says: see `controllerReachOf`. */
  reach: string;
}

/** Finds controllers, one for each cluster. To be closed. */
export class Controllers {
  readonly #options: ClusterOptions;
  readonly #context: Context;
  readonly #found = new Map<string, Promise<FoundController>>();
  readonly #connections: KubeApi[] = [];

  constructor(options: ClusterOptions, context: Context) {
    this.#options = options;
    this.#context = context;
  }

  /** The controller of the cluster that a file's rule names, else of the one that kubectl uses. Throws `ApiError`, `SealError`. */
  of(ruled: RuledFile | undefined): Promise<FoundController> {
    const name = ruled?.rule?.cluster;
    const key = ruled && name !== undefined ? `${ruled.repository.folder}\0${name}` : '';
    const known = this.#found.get(key) ?? this.#find(ruled, name);
    this.#found.set(key, known);
    return known;
  }

  async #find(ruled: RuledFile | undefined, name: string | undefined): Promise<FoundController> {
    const cluster = ruled && name !== undefined ? { name, repository: ruled.repository } : undefined;
    const options = cluster ? askingFor(clusterOf(cluster.repository, cluster.name), this.#options) : this.#options;
    if (!cluster && ruled && ruled.repository.configuration.rules.length > 0)
      warn(
        this.#context,
        `no rule of ${ruled.repository.file} covers ${ruled.path}: asking the cluster of the kubeconfig`,
      );
    const { controllerName, controllerNamespace } = options;
    const api = await connect(options, this.#context);
    this.#connections.push(api);
    const { signal } = this.#context;
    const choice = { name: controllerName, namespace: controllerNamespace, signal };
    const controller = await findController(api, choice).catch(refused);
    if (controller.because)
      note(this.#context, `asking ${controller.namespace}/${controller.name}, ${controller.because}`);
    return { client: new SealingClient(api, controller, signal), cluster, reach: controllerReachOf(this.#options) };
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((api) => api.close()));
  }
}

/** Throws the error again; one about missing rights with the Role that gives them. */
export function refused(error: unknown): never {
  throw isSealError(error) && isForbidden(error)
    ? hinted(error, 'deploy/rbac/service-proxier.yaml has the Role: sealwright-resealer')
    : error;
}
