// Lets the API server's service proxy reach a server of a test, as it would reach a pod behind a Service.
import { networkInterfaces } from 'node:os';

/**
 * An IPv4 address of this machine that is not loopback: the API server refuses to proxy to loopback.
 * @returns {string | undefined} undefined where the machine has none
 */
export function hostAddress() {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
    ?.address;
}

/**
 * Puts a server behind an existing Service. No kubelet and no endpoints controller run here, so this writes what they
 * would: a pod with that address, since the proxy trusts only addresses of pods, and Endpoints that name it.
 *
 * @param {(method: string, path: string, options?: { body?: unknown, contentType?: string }) => Promise<any>} apiOk a
 *   request as the administrator that rejects when refused
 * @param {{ namespace: string, service: string, address: string, port: number, portName?: string }} target `portName`
 *   is the Service's name for the port (default `http`)
 * @returns {Promise<() => Promise<void>>} takes the server away again
 */
export async function serveBehind(apiOk, { namespace, service, address, port, portName = 'http' }) {
  const core = `/api/v1/namespaces/${namespace}`;
  const pod = { metadata: { name: service }, spec: { containers: [{ name: 'test', image: 'test' }] } };
  const { metadata } = await apiOk('POST', `${core}/pods`, { body: pod });
  const status = { podIP: address, podIPs: [{ ip: address }] };
  const contentType = 'application/merge-patch+json';
  await apiOk('PATCH', `${core}/pods/${service}/status`, { body: { status }, contentType });
  const targetRef = { kind: 'Pod', namespace, name: service, uid: metadata.uid };
  const subsets = [{ addresses: [{ ip: address, targetRef }], ports: [{ name: portName, port }] }];
  await apiOk('POST', `${core}/endpoints`, { body: { metadata: { name: service }, subsets } });
  return async () => {
    await apiOk('DELETE', `${core}/endpoints/${service}`);
    await apiOk('DELETE', `${core}/pods/${service}?gracePeriodSeconds=0`);
  };
}
