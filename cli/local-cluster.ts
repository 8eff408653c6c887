// A cluster on this machine for `seal dev` and `seal demo`: the embedded API server with what a controller needs in it.

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { defaultController } from '../keys/sealing-controller.ts';
import { type ApiServer, startApiServer } from '../src/apiserver/server.ts';
import type { ServiceBackend, ServiceRequest } from '../src/apiserver/service-proxy.ts';
import type { KubeApi } from '../src/kube/api.ts';
import { createClient } from '../src/kube/client.ts';
import { fixedConfig } from '../src/kube/cluster-config.ts';
import type { KubeObject } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import type { Context } from './context.ts';

/** A running embedded cluster that knows SealedSecrets. */
export interface LocalCluster {
  url: string;
  /** YAML text. */
  kubeconfig: string;
  api: KubeApi;
  /** Puts the controller's HTTP server behind its Service, where `seal cert` and kubeseal look for it. */
  serveControllerAt(url: string): void;
  close(): Promise<void>;
}

type Surroundings = Pick<Context, 'clock' | 'jitter' | 'fetch' | 'signal'>;

/** Starts it. `port` 0 is any free one. */
export async function startLocalCluster(
  context: Surroundings,
  { port = 0 }: { port?: number } = {},
): Promise<LocalCluster> {
  const { clock, jitter } = context;
  let controllerUrl: string | undefined;
  const serviceBackend: ServiceBackend = ({ namespace, name, path, ...request }) => {
    const isOurs = namespace === defaultController.namespace && name === defaultController.name;
    return isOurs && controllerUrl ? forward(context, controllerUrl + path, request) : undefined;
  };
  const server = await startApiServer({ clock, port, serviceBackend });
  const api = createClient({ config: configOf(server), clock, random: jitter });
  await api.create(resources.customResourceDefinition, await sealedSecretDefinition());
  await api.create(resources.service, controllerService());
  return {
    url: server.url,
    kubeconfig: server.kubeconfig,
    api,
    serveControllerAt: (url) => {
      controllerUrl = url;
    },
    close: async () => {
      await api.close();
      await server.close();
    },
  };
}

function configOf({ url, adminToken, caPem }: ApiServer) {
  return fixedConfig({ server: url, token: adminToken, tls: { ca: caPem } });
}

async function forward(
  { fetch, signal }: Surroundings,
  url: string,
  { method, body, headers }: Pick<ServiceRequest, 'method' | 'body' | 'headers'>,
) {
  const type = headers['content-type'];
  const sent = ['GET', 'HEAD'].includes(method) ? {} : { body: new Uint8Array(body) };
  const response = await fetch(url, { method, ...sent, ...(type && { headers: { 'content-type': type } }), signal });
  const retryAfter = response.headers.get('retry-after');
  return {
    status: response.status,
    headers: {
      'content-type': response.headers.get('content-type') ?? 'text/plain',
      ...(retryAfter && { 'retry-after': retryAfter }),
    },
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

function controllerService(): KubeObject & { spec: unknown } {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...defaultController, labels: { 'app.kubernetes.io/name': 'sealwright' } },
    spec: { ports: [{ name: 'http', port: 8080 }], selector: { 'app.kubernetes.io/name': 'sealwright' } },
  };
}

/** The definition that we ship: beside the sources, or beside the built files. */
async function sealedSecretDefinition(): Promise<KubeObject> {
  const places = ['../deploy/crds/sealedsecrets.yaml', '../../deploy/crds/sealedsecrets.yaml'];
  const [here, built] = places.map((place) => new URL(place, import.meta.url));
  const text = await readFile(here ?? '', 'utf8').catch(() => readFile(built ?? '', 'utf8'));
  return parse(text) as KubeObject;
}
