// A folder for stories that meet a cluster: the embedded API server with every definition of ours, the controller, and a kubeconfig.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { parse } from 'yaml';
import type { SettingName } from '../../controller/options.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import {
  type EmbeddedOptions,
  embeddedStage,
  type House,
  houseOn,
  type Scene,
  storeKey,
} from '../controller/support/house.ts';
import { patienceMs } from '../support/patience.ts';
import { type CallOptions, Folder, type Outcome } from './harness.ts';

const definitions = new URL('../../deploy/crds/', import.meta.url);

/** Our definitions, of every kind; `only`: of these files alone. */
export const ourDefinitions = (only?: readonly string[]): KubeObject[] =>
  readdirSync(definitions)
    .filter((file) => only === undefined || only.includes(file.replace('.yaml', '')))
    .map((file) => parse(readFileSync(new URL(file, definitions), 'utf8')) as KubeObject);

export interface ClusterFolderOptions {
  settings?: Partial<Record<SettingName, readonly string[]>>;
  intercept?: EmbeddedOptions['intercept'];
  /** Which definitions are installed, by file. Default: all. */
  definitions?: readonly string[];
  /** Default: true. */
  controller?: boolean;
}

/** The folder, what is in the cluster, and commands that run there. */
export interface ClusterFolder {
  folder: Folder;
  house: House;
  /** As the administrator. */
  kube: KubeApi;
  /** With which calls reach it. */
  callOptions: CallOptions;
  /** Runs `seal` against the cluster. */
  seal(argv: readonly string[], options?: CallOptions): Promise<Outcome>;
  /** Runs a command that goes on until it is interrupted. */
  begin(argv: readonly string[], options?: CallOptions): Running;
  /** A kubeconfig of a service account that may do nothing but what `rules` say, in the folder. */
  kubeconfigFor(name: string, rules: readonly object[], namespace?: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts the cluster and, unless told otherwise, the controller with the key of `certs/rsa2048.crt`. */
export async function clusterFolder(options: ClusterFolderOptions = {}): Promise<ClusterFolder> {
  const stage = await embeddedStage({ crd: undefined, ...(options.intercept && { intercept: options.intercept }) });
  const folder = new Folder();
  for (const definition of ourDefinitions(options.definitions)) {
    await stage.user.create(resources.customResourceDefinition, definition);
  }
  await storeKey(stage.user, 'rsa2048');
  const kinds = ['sealedsecrets', 'externalsecrets', 'vaultstaticsecrets'];
  const house = houseOn(stage, { settings: { kinds, ...options.settings } });
  if (options.controller !== false) await (await house.start()).ready;
  writeFileSync(join(folder.path, 'kubeconfig'), stage.server.kubeconfig);
  const real = (given: CallOptions = {}): CallOptions => ({
    clock: systemClock,
    fetch: (url, init) => fetch(url, init),
    ...given,
    env: { KUBECONFIG: join(folder.path, 'kubeconfig'), ...given.env },
  });
  return {
    folder,
    house,
    kube: stage.user,
    callOptions: real(),
    seal: (argv, given) => folder.seal(argv, real(given)),
    begin: (argv, given) => new Running(folder, argv, real(given)),
    kubeconfigFor: (name, rules, namespace) =>
      kubeconfigFor({ kube: stage.user, folder, server: stage.server }, name, rules, namespace),
    async close() {
      await house.end();
      folder.remove();
    },
  };
}

/** The cluster of all tests of the file, or of the `describe`, that this is called in, and a namespace in which their story plays. */
export function clusterForTests(): { cluster: ClusterFolder; scene: Scene; namespace: string } {
  // Both are filled in before the first test.
  const [cluster, scene] = [{} as ClusterFolder, {} as Scene];
  const namespace = 'story';
  beforeAll(async () => {
    Object.assign(cluster, await clusterFolder());
    Object.assign(scene, await cluster.house.scene(namespace));
  });
  afterAll(() => cluster.close());
  return { cluster, scene, namespace };
}

const rbac = 'rbac.authorization.k8s.io';
const rbacResource = (kind: string, plural: string, namespaced = false) => ({
  ...{ group: rbac, version: 'v1', kind, plural, namespaced },
});

async function kubeconfigFor(
  { kube, folder, server }: { kube: KubeApi; folder: Folder; server: { url: string; caPem: string } },
  name: string,
  rules: readonly object[],
  namespace?: string,
): Promise<string> {
  const account = { namespace: 'default', name };
  await kube.create(resources.serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
  const [role, binding] = namespace === undefined ? ['ClusterRole', 'ClusterRoleBinding'] : ['Role', 'RoleBinding'];
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const object = (kind: string, rest: object) => ({ apiVersion: `${rbac}/v1`, kind, metadata, ...rest });
  const isNamespaced = namespace !== undefined;
  await kube.create(
    rbacResource(role ?? '', isNamespaced ? 'roles' : 'clusterroles', isNamespaced),
    object(role ?? '', { rules }),
  );
  await kube.create(
    rbacResource(binding ?? '', isNamespaced ? 'rolebindings' : 'clusterrolebindings', isNamespaced),
    object(binding ?? '', {
      roleRef: { apiGroup: rbac, kind: role, name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    }),
  );
  const { body } = await kube.request(`/api/v1/namespaces/default/serviceaccounts/${name}/token`, {
    method: 'POST',
    contentType: 'application/json',
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
  });
  const { token } = JSON.parse(Buffer.from(body).toString()).status;
  const file = `kubeconfig-${name}`;
  const ca = Buffer.from(server.caPem).toString('base64');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [{ name: 'test', cluster: { server: server.url, 'certificate-authority-data': ca } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  writeFileSync(join(folder.path, file), JSON.stringify(config));
  return file;
}

/** Asks until `holds`; the cluster is somebody else's, so there is nothing to wait on. */
export async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ; ) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A command that goes on until it is interrupted. */
export class Running {
  readonly #interruption = new AbortController();
  readonly outcome: Promise<Outcome>;
  #text = '';
  #look = () => {};

  constructor(folder: Folder, argv: readonly string[], options: CallOptions) {
    const onWrite = (text: string) => {
      this.#text += text;
      this.#look();
    };
    this.outcome = folder.seal(argv, { ...options, signal: this.#interruption.signal, onWrite });
  }

  /** Resolves once it has printed this. */
  async says(what: RegExp): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#look = () => {
        if (what.test(this.#text)) resolve();
      };
    });
    this.#look();
    const ended = this.outcome.then(({ stderr }) => {
      if (!what.test(this.#text)) throw new Error(`it ended before it said ${what}: ${stderr}`);
    });
    await Promise.race([seen, ended]);
  }

  async interrupt(): Promise<Outcome> {
    this.#interruption.abort();
    return this.outcome;
  }
}
