// The maker of keys: what happens while it works is not slept over, and no certificate is handed out after its end where a new one can be made.

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { certificateHandler } from '../../../controller/http/certificate.ts';
import { createLog } from '../../../controller/log.ts';
import { KeyMaker } from '../../../controller/reconcilers/key-maker.ts';
import { certificateConfigMap, certificateItem } from '../../../keys/cluster-certificate.ts';
import { generateKeyPair } from '../../../keys/generate.ts';
import { importKeyPairs } from '../../../keys/import.ts';
import type { KeyPair } from '../../../keys/key-pair.ts';
import { KeyRegistry } from '../../../keys/registry.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Resource } from '../../../src/kube/resources.ts';
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

describe('the certificate that is handed out', () => {
  const minute = 60_000;
  const hour = 60 * minute;
  const stopping = new Set<() => Promise<void>>();
  afterEach(async () => {
    for (const stop of stopping) await stop();
    stopping.clear();
  });

  interface World {
    ageMs?: number;
    ttlMs?: number;
    create?: () => Promise<void>;
  }

  /** A cluster whose one key was made `ageMs` ago for `ttlMs`; `create` stands between the maker and the cluster. */
  async function worldWith({ ageMs = 0, ttlMs = hour, create = async () => {} }: World) {
    const clock = new FakeClock();
    let jumpedMs = 0;
    const now = () => new Date(clock.now().getTime() + jumpedMs);
    const first = await generateKeyPair({ now: new Date(now().getTime() - ageMs), bits: 2048, ttlMs });
    const registry = new KeyRegistry([first]);
    const published: string[] = [];
    const calls = { creates: 0 };
    const kube = {
      get: async ({ kind }: Resource) => {
        const pem = kind === 'ConfigMap' ? published.at(-1) : undefined;
        if (pem !== undefined) return { metadata: {}, data: { [certificateItem]: pem } };
        throw new ApiError('API_NOT_FOUND', 'not there', { status: 404, reason: 'NotFound' });
      },
      create: async (_: unknown, object: KubeObject) => {
        calls.creates += 1;
        await create();
        return object;
      },
      apply: async (_: unknown, { data = {} }: { data?: Record<string, string> }) => {
        published.push(data[certificateItem] ?? '');
      },
    } as unknown as KubeApi;
    const listeners: (() => void)[] = [];
    const maker = new KeyMaker({
      kube,
      namespace: 'kube-system',
      registry,
      ring: {
        add: (_: string, pair: KeyPair) => {
          registry.add(pair);
          for (const listener of listeners) listener();
        },
        onChange: (listener: () => void) => void listeners.push(listener),
      },
      clock: { ...clockOf(clock), now },
      random: () => 0,
      log: createLog({ stream: { write: () => {} }, level: 'error', format: 'json', now }),
      keyBits: 2048,
      keyTtlMs: hour,
      renewPeriodMs: 30 * 24 * hour,
    });
    const handler = certificateHandler(registry, () => maker.caughtUp());
    const handedOut = async () => {
      const [certificate] = await parseCertificates(
        (await handler({ method: 'GET', path: '/v1/cert.pem', body: new Uint8Array() })).body,
      );
      if (!certificate) throw new Error('no certificate was handed out');
      return certificate;
    };
    const run = () => {
      const abort = new AbortController();
      const running = maker.run(abort.signal);
      stopping.add(async () => {
        abort.abort();
        await running;
      });
    };
    const jump = (ms: number) => {
      jumpedMs += ms;
    };
    return { clock, now, jump, first: first.certificate, registry, published, calls, maker, run, handedOut };
  }

  const clockOf = (clock: FakeClock) => ({
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    timer: (ms: number, action: () => void) => clock.timer(ms, action),
  });

  test('is replaced before its end, also in the first hour of its life', async () => {
    const { clock, now, first, registry, run, handedOut, published } = await worldWith({});
    run();
    await clock.untilSleeping();
    await clock.advance(53 * minute);
    expect(await handedOut()).toEqual(first);
    await clock.advance(minute);
    await expect.poll(() => registry.size).toBe(2);
    const next = await handedOut();
    expect(next.notBefore).toEqual(now());
    expect(next.notAfter.getTime()).toBe(now().getTime() + hour);
    await expect.poll(() => published).toEqual([first.pem, next.pem]);
  });

  test('is not one that ended before the controller started', async () => {
    const { now, run, handedOut, calls } = await worldWith({ ageMs: 2 * hour });
    run();
    expect((await handedOut()).notAfter.getTime()).toBe(now().getTime() + hour);
    expect(calls.creates).toBe(1);
  });

  test('is not one that ended while the clock jumped and the maker rested', async () => {
    const { clock, now, jump, run, handedOut, calls } = await worldWith({});
    run();
    await clock.untilSleeping();
    jump(24 * hour);
    const [one, other] = await Promise.all([handedOut(), handedOut()]);
    expect(one.notAfter.getTime()).toBe(now().getTime() + hour);
    expect(other).toEqual(one);
    expect(calls.creates).toBe(1);
  });

  test('is replaced within the hour when the clock jumped and nobody asks for it', async () => {
    const { clock, jump, registry, run } = await worldWith({ ttlMs: 240 * hour });
    run();
    await clock.untilSleeping();
    jump(300 * hour);
    await clock.advance(hour);
    await expect.poll(() => registry.size).toBe(2);
  });

  test('is the one there is where others make the keys', async () => {
    const { first, handedOut } = await worldWith({ ageMs: 2 * hour });
    expect(await handedOut()).toEqual(first);
  });

  test('is the one there is after a failure, and asking for it makes nobody try again sooner', async () => {
    const refusal = new ApiError('API_FORBIDDEN', 'not allowed', { status: 403, reason: 'Forbidden' });
    const world = await worldWith({ ageMs: 2 * hour, create: () => Promise.reject(refusal) });
    world.run();
    await world.maker.started;
    await world.clock.untilSleeping();
    for (let asked = 0; asked < 3; asked++) expect(await world.handedOut()).toEqual(world.first);
    expect(world.calls.creates).toBe(1);
  });

  test('is the one there is after five seconds of an API server that does not answer', async () => {
    let letGo = () => {};
    const create = () => new Promise<void>((resolve) => (letGo = resolve));
    const world = await worldWith({ ageMs: 2 * hour, create });
    world.run();
    const asked = world.handedOut();
    await world.clock.untilWaiting();
    await expect.poll(() => world.calls.creates).toBe(1);
    await world.clock.advance(5_000);
    expect(await asked).toEqual(world.first);
    // All who ask meanwhile wait for one thing, so that nothing is kept of each until the server answers.
    const waiting = world.maker.caughtUp();
    expect(world.maker.caughtUp()).toBe(waiting);
    await world.clock.advance(5_000);
    await waiting;
    expect(world.maker.caughtUp()).not.toBe(waiting);
    letGo();
  });

  test('keeps nobody waiting when the controller ends', async () => {
    const abort = new AbortController();
    const { clock, jump, maker, first, handedOut } = await worldWith({});
    const running = maker.run(abort.signal);
    await clock.untilSleeping();
    jump(24 * hour);
    const asked = handedOut();
    abort.abort();
    await running;
    expect(await asked).toEqual(first);
  });
});
