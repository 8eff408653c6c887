// Applying the manifests of a folder and following their changes, as a GitOps engine would, but without pruning.

import { isSealError, messageOf } from '../src/errors.ts';
import type { KubeApi } from '../src/kube/api.ts';
import { isNotFound } from '../src/kube/errors.ts';
import type { KubeObject } from '../src/kube/objects.ts';
import { objectKey } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import { parseManifest } from '../src/manifest/documents.ts';
import { objectsOf } from '../src/manifest/objects.ts';
import type { Context } from './context.ts';
import { Discovery } from './discovery.ts';
import { note, warn } from './ui.ts';

const settleMs = 150;
const fieldManager = 'seal-dev';

/** Applies what is below `folder` by server-side apply. What is taken out of a file stays in the cluster. */
export class FolderFollower {
  readonly #api: KubeApi;
  readonly #folder: string;
  readonly #context: Context;
  readonly #discovery: Discovery;
  /** Path → text as last applied. */
  readonly #applied = new Map<string, string>();

  constructor(api: KubeApi, folder: string, context: Context) {
    this.#api = api;
    this.#folder = folder;
    this.#context = context;
    this.#discovery = new Discovery(api);
  }

  /** Applies every file that changed since the last time. A file that fails is reported and tried again once it changes. */
  async apply(): Promise<void> {
    const { files } = this.#context;
    const changed: { path: string; objects: KubeObject[] }[] = [];
    for (const path of await files.manifests(this.#folder)) {
      const text = await this.#changedText(path);
      if (text !== undefined) changed.push({ path, objects: this.#objectsIn(path, text) });
    }
    const objects = changed.flatMap(({ path, objects }) => objects.map((object) => ({ path, object })));
    // What others live in comes first, whatever file it is in.
    for (const rank of [0, 1]) {
      for (const { path, object } of objects) if (rankOf(object) === rank) await this.#applyOne(path, object);
    }
  }

  /** Applies again whenever the folder changes, until the signal aborts. */
  async follow(): Promise<void> {
    const { files, clock, signal } = this.#context;
    for await (const _ of files.changes(this.#folder, signal)) {
      // An editor writes in several steps, and a checkout many files.
      await clock.sleep(settleMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.apply();
    }
  }

  async #changedText(path: string): Promise<string | undefined> {
    try {
      const text = new TextDecoder().decode(await this.#context.files.read(path));
      if (this.#applied.get(path) === text) return undefined;
      this.#applied.set(path, text);
      return text;
    } catch (error) {
      if (isSealError(error)) warn(this.#context, error.message);
      return undefined;
    }
  }

  #objectsIn(path: string, text: string): KubeObject[] {
    try {
      const values: unknown[] = parseManifest(text, { file: path })
        .documents.flatMap(objectsOf)
        .map(({ value }) => value);
      return values.filter(isKubeObject);
    } catch (error) {
      warn(this.#context, isSealError(error) ? error.message : `${path} cannot be read`);
      return [];
    }
  }

  async #applyOne(path: string, object: KubeObject): Promise<void> {
    const named = `${object.kind} ${objectKey(object)}`;
    try {
      const resource = await this.#discovery.resourceOf(object);
      if (resource === undefined)
        return warn(
          this.#context,
          `${path}: ${named} is left out: the cluster serves no ${object.kind} of ${object.apiVersion}`,
        );
      const placed = resource.namespaced ? await this.#inNamespace(object) : object;
      await this.#api.apply(resource, placed, { fieldManager });
      note(this.#context, `applied ${object.kind} ${objectKey(placed)}`);
    } catch (error) {
      if (this.#context.signal.aborted) return;
      warn(this.#context, `${path}: ${named}: ${isSealError(error) ? messageOf(error) : 'not applied'}`);
    }
  }

  /** The object with a namespace that exists: nobody has to prepare an empty cluster. */
  async #inNamespace(object: KubeObject): Promise<KubeObject> {
    const namespace = object.metadata.namespace ?? 'default';
    try {
      await this.#api.get(resources.namespace, { name: namespace });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#api.create(resources.namespace, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
    }
    return { ...object, metadata: { ...object.metadata, namespace } };
  }
}

function isKubeObject(value: unknown): value is KubeObject {
  const { apiVersion, kind, metadata } = value as Partial<KubeObject>;
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata?.name === 'string';
}

function rankOf({ kind }: KubeObject): number {
  return kind === 'Namespace' || kind === 'CustomResourceDefinition' ? 0 : 1;
}
