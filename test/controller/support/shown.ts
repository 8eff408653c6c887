// Everything that a controller shows to anybody who may not read Secrets: statuses, metadata, events, logs, metrics, HTTP.

import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { type Resource, resources } from '../../../src/kube/resources.ts';
import type { Shown } from '../../support/leaks.ts';
import type { House, Running } from './house.ts';

const kinds: readonly Resource[] = [
  resources.externalSecret,
  resources.secretStore,
  resources.clusterSecretStore,
  resources.clusterExternalSecret,
];

/** All of it, from the whole cluster. */
export async function shownBy({ kube, lines }: House, controller: Running): Promise<Shown[]> {
  const objects = await Promise.all(kinds.map((kind) => all(kube, kind)));
  const events = await all(kube, resources.event);
  const secrets = await all(kube, resources.secret);
  const others = await Promise.all([all(kube, resources.configMap), all(kube, resources.lease)]);
  return [
    ...objects.flat().map((object) => shown(object, withoutSpec(object))),
    ...events.map((object) => shown(object, object)),
    ...others
      .flat()
      .filter(({ metadata }) => metadata.name?.startsWith('sealwright'))
      .map((object) => shown(object, object)),
    ...secrets.map((object) => shown(object, object.metadata.annotations)),
    ...lines.map((text) => ({ from: 'the log', text })),
    ...(await answersOf(controller)),
  ];
}

async function all(kube: KubeApi, resource: Resource): Promise<(KubeObject & { status?: unknown })[]> {
  return (await kube.list(resource)).items;
}

const withoutSpec = ({ metadata, status }: KubeObject & { status?: unknown }) => ({ metadata, status });
const shown = ({ kind, metadata }: KubeObject, part: unknown): Shown => ({
  from: `${kind} ${metadata.namespace}/${metadata.name}`,
  text: JSON.stringify(part) ?? '',
});

async function answersOf({ urls }: Running): Promise<Shown[]> {
  const asked = [
    ...['/metrics', '/healthz', '/readyz', '/nothing'].map((path) => ({ url: `${urls.metrics}${path}` })),
    ...['/', '/v1/cert.pem', '/metrics', '/nothing'].map((path) => ({ url: `${urls.api}${path}` })),
    { url: `${urls.api}/v1/verify`, init: { method: 'POST', body: '{}' } },
    { url: `${urls.api}/v1/rotate`, init: { method: 'POST', body: '{}' } },
  ];
  return Promise.all(
    asked.map(async ({ url, init }: { url: string; init?: RequestInit }) => {
      const answer = await fetch(url, init);
      const headers = JSON.stringify([...answer.headers]);
      return { from: url, text: `${headers}\n${await answer.text()}` };
    }),
  );
}
