// How a client comes by the certificate of a cluster, whoever runs there.

import { describe, expect, test } from 'vitest';
import { clusterCertificate } from '../../keys/cluster-certificate.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { ApiError } from '../../src/kube/errors.ts';
import type { Resource } from '../../src/kube/resources.ts';

interface Cluster {
  /** `namespace/name` → labels. */
  services?: Record<string, Record<string, string>>;
  /** Path → body; anything else is answered with 503. */
  proxied?: Record<string, string>;
  configMaps?: Record<string, Record<string, string>>;
  mayList?: boolean;
  isDown?: boolean;
}

const refused = (status: number) => new ApiError('KUBE_X', `refused with ${status}`, { status, reason: 'X' });

function api({ services = {}, proxied = {}, configMaps = {}, mayList = true, isDown = false }: Cluster): KubeApi {
  const service = (key: string, labels: Record<string, string>) => {
    const [namespace, name] = key.split('/');
    const port = labels.port ?? 'http';
    return {
      metadata: { namespace, name, labels },
      spec: { ports: [{ name: port, port: 8080 }], selector: { pods: labels.pods ?? key } },
    };
  };
  return {
    async get({ kind }: Resource, { namespace, name }: { namespace?: string; name: string }) {
      if (isDown) throw refused(0);
      const key = `${namespace}/${name}`;
      if (kind === 'Service' && services[key]) return service(key, services[key]);
      if (kind === 'ConfigMap' && configMaps[key]) return { metadata: { namespace, name }, data: configMaps[key] };
      throw refused(404);
    },
    async list({ kind }: Resource, { namespace, fieldSelector }: { namespace?: string; fieldSelector?: string }) {
      if (!mayList) throw refused(403);
      if (kind === 'ConfigMap') {
        const named = Object.entries(configMaps).map(([key, data]) => {
          const [at, name] = key.split('/');
          return { metadata: { namespace: at, name }, data };
        });
        return { items: named.filter(({ metadata }) => fieldSelector === `metadata.name=${metadata.name}`) };
      }
      const items = Object.entries(services).map(([key, labels]) => service(key, labels));
      return { items: items.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace) };
    },
    async request(path: string) {
      const body = proxied[path];
      if (body === undefined) throw refused(503);
      return { status: 200, headers: {}, body: new TextEncoder().encode(body) };
    },
  } as unknown as KubeApi;
}

const path = (namespace: string, name: string, port = 'http') =>
  `/api/v1/namespaces/${namespace}/services/http:${name}:${port}/proxy/v1/cert.pem`;

describe('the certificate of a cluster', () => {
  test('comes from the Service that the reference names, through the port it lists first', async () => {
    const cluster = api({
      services: { 'kube-system/sealed-secrets-controller': { port: 'web' } },
      proxied: { [path('kube-system', 'sealed-secrets-controller', 'web')]: 'PEM' },
    });
    expect(await clusterCertificate(cluster)).toEqual({ pem: 'PEM', from: 'kube-system/sealed-secrets-controller' });
  });

  test('comes from whatever looks like a controller where that one is absent', async () => {
    const cluster = api({
      services: {
        'sealing/sealed-secrets': {},
        'sealing/sealed-secrets-metrics': { 'app.kubernetes.io/name': 'sealed-secrets' },
        'shop/web': {},
      },
      proxied: { [path('sealing', 'sealed-secrets')]: 'PEM' },
    });
    expect(await clusterCertificate(cluster)).toEqual({
      pem: 'PEM',
      from: 'sealing/sealed-secrets',
      because: 'the only Service with the name sealed-secrets',
    });
  });

  test('a Service that looks like a controller by its label says by which', async () => {
    const labels = { 'app.kubernetes.io/name': 'sealwright' };
    const cluster = api({ services: { 'sealing/web': labels }, proxied: { [path('sealing', 'web')]: 'PEM' } });
    expect(await clusterCertificate(cluster)).toMatchObject({
      because: 'the only Service with the label app.kubernetes.io/name=sealwright',
    });
  });

  test('where nothing looks like a controller, it is said what would', async () => {
    await expect(clusterCertificate(api({ services: { 'shop/web': {} } }))).rejects.toMatchObject({
      code: 'NO_CONTROLLER',
      hints: [expect.stringMatching(/has the name, or the label .* sealwright$/), expect.stringMatching(/^say where/)],
    });
  });

  test('two Services in front of the same Pods are one controller', async () => {
    const labels = { 'app.kubernetes.io/name': 'sealwright', pods: 'same' };
    const cluster = api({
      services: { 'sealing/sealwright': labels, 'sealing/seal-proxy': labels },
      proxied: { [path('sealing', 'sealwright')]: 'PEM' },
    });
    expect(await clusterCertificate(cluster)).toMatchObject({ pem: 'PEM' });
  });

  test('of two controllers none is chosen', async () => {
    const cluster = api({ services: { 'a/sealed-secrets': {}, 'b/sealwright': {} } });
    await expect(clusterCertificate(cluster)).rejects.toMatchObject({
      code: 'SEVERAL_CONTROLLERS',
      hints: [
        'choose with --controller-namespace a --controller-name sealed-secrets: the name sealed-secrets',
        'choose with --controller-namespace b --controller-name sealwright: the name sealwright',
      ],
    });
  });

  test('a controller that was named is never replaced by another', async () => {
    const cluster = api({
      services: { 'a/sealed-secrets': {} },
      proxied: { [path('a', 'sealed-secrets')]: 'PEM' },
      configMaps: { 'kube-system/sealwright-certificate': { 'cert.pem': 'PUBLISHED' } },
    });
    await expect(clusterCertificate(cluster, { name: 'mine' })).rejects.toMatchObject({
      code: 'NO_CONTROLLER',
      message: 'there is no Service kube-system/mine in the cluster',
      hints: ['did you mean --controller-namespace a --controller-name sealed-secrets?'],
    });
  });

  test('comes from the published ConfigMap when the controller does not answer or is not there', async () => {
    const configMaps = { 'kube-system/sealwright-certificate': { 'cert.pem': 'PUBLISHED' } };
    const silent = api({ services: { 'kube-system/sealed-secrets-controller': {} }, configMaps });
    const absent = api({ configMaps, mayList: false });
    for (const cluster of [silent, absent]) {
      expect(await clusterCertificate(cluster)).toEqual({
        pem: 'PUBLISHED',
        from: 'ConfigMap kube-system/sealwright-certificate',
      });
    }
  });

  test('comes from the ConfigMap beside the controller that was found, wherever that is', async () => {
    const configMaps = { 'sealing/sealwright-certificate': { 'cert.pem': 'PUBLISHED' } };
    const silent = api({ services: { 'sealing/sealwright': {} }, configMaps, mayList: true });
    expect(await clusterCertificate(silent)).toEqual({
      pem: 'PUBLISHED',
      from: 'ConfigMap sealing/sealwright-certificate',
    });
  });

  test('comes from the only ConfigMap of its kind where there is no controller to ask; of two none is chosen', async () => {
    const one = { 'sealing/sealwright-certificate': { 'cert.pem': 'PUBLISHED' } };
    expect(await clusterCertificate(api({ configMaps: one }))).toMatchObject({ pem: 'PUBLISHED' });
    const two = { ...one, 'other/sealwright-certificate': { 'cert.pem': 'OTHER' } };
    await expect(clusterCertificate(api({ configMaps: two }))).rejects.toMatchObject({
      code: 'SEVERAL_CONTROLLERS',
      hints: ['choose with --controller-namespace sealing', 'choose with --controller-namespace other'],
    });
  });

  test('a controller that does not answer is unreachable', async () => {
    const cluster = api({ services: { 'kube-system/sealed-secrets-controller': {} } });
    await expect(clusterCertificate(cluster)).rejects.toMatchObject({
      code: 'CONTROLLER_DOWN',
      outcome: 'unreachable',
    });
  });

  test('a cluster that is down is not asked again', async () => {
    await expect(clusterCertificate(api({ isDown: true }))).rejects.toMatchObject({
      status: 0,
      outcome: 'unreachable',
    });
  });
});
