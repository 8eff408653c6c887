// A cluster with a sealing controller in front of which commands stand: ours, or one that answers as Sealed Secrets 0.36 does.

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type LocalCluster, startLocalCluster } from '../../cli/local-cluster.ts';
import { createLog } from '../../controller/log.ts';
import { startController } from '../../controller/manager.ts';
import { parseOptions, type SettingName } from '../../controller/options.ts';
import { selfSignedCertificate } from '../../keys/certificate.ts';
import type { KeyPair } from '../../keys/key-pair.ts';
import { KeyRegistry } from '../../keys/registry.ts';
import { keySecret } from '../../keys/storage.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import type { Certificate } from '../../src/seal/certificate.ts';
import { sealSecret } from '../../src/seal/seal.ts';
import { openItems, secretFrom } from '../../src/seal/unseal.ts';
import { testKey } from '../controller/support/house.ts';
import { type CallOptions, Folder } from './harness.ts';

export type SealingKey = KeyPair & { certificate: Certificate };

/** Options of a call that may use the network of this machine. */
export const online: CallOptions = { clock: systemClock, fetch: (url, init) => fetch(url, init) };

/** A key pair of the vectors with a certificate that begins on this day. */
export async function keyFrom(name: 'rsa2048' | 'other2048' | 'second2048', day: string): Promise<SealingKey> {
  const pair = await testKey(name);
  const notBefore = new Date(`${day}T00:00:00Z`);
  const notAfter = new Date('2066-01-01T00:00:00Z');
  const certificate = await selfSignedCertificate({ pkcs8: pair.pkcs8.reveal(), commonName: '', notBefore, notAfter });
  return { ...pair, certificate };
}

/** A folder, a cluster whose kubeconfig is in it, and the keys of its controller. */
export interface SealingCluster {
  folder: Folder;
  cluster: LocalCluster;
  old: SealingKey;
  newest: SealingKey;
  /** Requests to the controller so far: method, path and body. */
  requests: { method: string; path: string; body: string }[];
  close(): Promise<void>;
}

/** `old.crt`, `newest.crt`, `old.key` and `newest.key` are in the folder, and the kubeconfig as `kubeconfig`. */
export async function sealingCluster(
  kind: 'ours' | 'reference',
  settings: Partial<Record<SettingName, readonly string[]>> = {},
): Promise<SealingCluster> {
  const folder = new Folder();
  const old = await keyFrom('rsa2048', '2026-01-01');
  const newest = await keyFrom('other2048', '2026-10-01');
  for (const [name, pair] of Object.entries({ old, newest })) {
    writeFileSync(join(folder.path, `${name}.crt`), pair.certificate.pem);
    const pem = Buffer.from(pair.pkcs8.reveal()).toString('base64');
    writeFileSync(join(folder.path, `${name}.key`), `-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----\n`);
  }
  const requests: SealingCluster['requests'] = [];
  const { signal } = new AbortController();
  const seen: NonNullable<CallOptions['fetch']> = (url, init) => {
    requests.push({
      method: init?.method ?? 'GET',
      path: new URL(url).pathname,
      body: Buffer.from(init?.body ?? '').toString(),
    });
    return fetch(url, init);
  };
  const cluster = await startLocalCluster({ clock: systemClock, jitter: Math.random, fetch: seen, signal });
  writeFileSync(join(folder.path, 'kubeconfig'), cluster.kubeconfig);
  const controller =
    kind === 'ours' ? await ourController(cluster, [old, newest], settings) : await referenceController(old, newest);
  cluster.serveControllerAt(controller.url);
  return {
    ...{ folder, cluster, old, newest, requests },
    async close() {
      await controller.stop();
      await cluster.close();
      folder.remove();
    },
  };
}

/** Stores a key as people do who bring their own. */
export async function storeSealingKey(api: KubeApi, pair: SealingKey): Promise<void> {
  const secret = keySecret('kube-system', pair);
  const { generateName: _, ...metadata } = secret.metadata;
  const object = { ...secret, metadata: { ...metadata, name: `key-${pair.id}` } };
  // Under the controller's own name it would pass for a Secret that it produced.
  await api.create(resources.secret, object, { fieldManager: 'test' });
}

async function ourController(
  cluster: LocalCluster,
  pairs: readonly SealingKey[],
  settings: Partial<Record<SettingName, readonly string[]>>,
) {
  for (const pair of pairs) await storeSealingKey(cluster.api, pair);
  const options = parseOptions({
    'listen-address': ['127.0.0.1:0'],
    'metrics-address': ['127.0.0.1:0'],
    'key-renew-period': ['0'],
    'opening-rate': ['10000'],
    ...settings,
  });
  const log = createLog({ stream: { write: () => {} }, level: 'error', format: 'text', now: () => new Date() });
  const running = await startController({
    ...{ options, log, namespace: 'kube-system', kube: cluster.api, clock: systemClock, random: Math.random },
  });
  await running.ready;
  return { url: running.urls.api, stop: () => running.stop() };
}

/** Sealed Secrets 0.36 (server.go, controller.go: Rotate) in what clients see of it. */
async function referenceController(old: SealingKey, newest: SealingKey) {
  const keys = new KeyRegistry([old, newest]);
  const answer = async (path: string, body: string): Promise<[number, string]> => {
    if (path === '/v1/cert.pem') return [200, newest.certificate.pem];
    const object = JSON.parse(body) as SealedSecret;
    if (object.kind !== 'SealedSecret') return [500, ''];
    const metadata = { ...object.metadata };
    const template = { ...object.spec.template, metadata };
    const moved = { ...object, spec: { ...object.spec, template } };
    try {
      const opened = await openItems(moved, { opener: keys });
      if (path === '/v1/verify') return [200, ''];
      const secret = { ...secretFrom(moved, opened), metadata };
      const sealed = await sealSecret(secret, { certificate: newest.certificate, now: new Date(), record: false });
      return [200, JSON.stringify(sealed)];
    } catch {
      return [path === '/v1/verify' ? 409 : 500, ''];
    }
  };
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const [status, text] = await answer(request.url ?? '', Buffer.concat(chunks).toString());
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
