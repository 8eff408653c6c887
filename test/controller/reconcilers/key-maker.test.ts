// The maker of keys: what happens while it works is not slept over.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLog } from '../../../controller/log.ts';
import { KeyMaker } from '../../../controller/reconcilers/key-maker.ts';
import { certificateConfigMap, certificateItem } from '../../../keys/cluster-certificate.ts';
import { importKeyPairs } from '../../../keys/import.ts';
import { KeyRegistry } from '../../../keys/registry.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { parseCertificates } from '../../../src/seal/certificate.ts';
import { FakeClock } from '../../support/clock.ts';

const vector = (path: string) => readFileSync(new URL(`../../vectors/${path}`, import.meta.url), 'utf8');

/** A maker with a fresh key whose certificate is published already; `onRead` runs while it looks. */
async function makerThat(onRead: () => void) {
  const [certificate] = await parseCertificates(vector('certs/rsa2048.crt'));
  const [pair] = await importKeyPairs(vector('keys/rsa2048-pkcs8.key'));
  if (!certificate || !pair) throw new Error('the vectors are not there');
  const registry = new KeyRegistry();
  registry.add({ ...pair, certificate });
  const listeners: (() => void)[] = [];
  const clock = new FakeClock();
  let reads = 0;
  const kube = {
    get: async () => {
      reads += 1;
      onRead();
      return { metadata: { name: certificateConfigMap }, data: { [certificateItem]: certificate.pem } };
    },
  } as unknown as KubeApi;
  const log = createLog({ stream: { write: () => {} }, level: 'error', format: 'json', now: () => clock.now() });
  const ring = { add: () => {}, onChange: (listener: () => void) => void listeners.push(listener) };
  const maker = new KeyMaker({
    kube,
    namespace: 'kube-system',
    registry,
    ring,
    clock,
    random: () => 0,
    log,
    keyBits: 2048,
    keyTtlMs: 1,
    renewPeriodMs: 0,
  });
  return { maker, clock, reads: () => reads, changed: () => listeners.forEach((listener) => void listener()) };
}

test('ends when it is told to while it looks', async () => {
  const stopping = new AbortController();
  const { maker } = await makerThat(() => stopping.abort());
  await expect(maker.run(stopping.signal)).resolves.toBeUndefined();
});

test('looks again when the keys change while it looks', async () => {
  const stopping = new AbortController();
  const world = await makerThat(() => {
    if (world.reads() === 1) world.changed();
  });
  const running = world.maker.run(stopping.signal);
  await expect.poll(world.reads).toBe(2);
  stopping.abort();
  await running;
});
