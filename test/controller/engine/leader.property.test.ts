// However the API server answers: at no time two replicas write, and in the end one does.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LeaderElection } from '../../../controller/engine/leader.ts';
import type { Log } from '../../../controller/log.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { statusError } from '../../../src/kube/refusals.ts';
import { FakeClock } from '../../support/clock.ts';
import { runs } from '../../support/property.ts';

/** How a call goes: refused with this status, or done after a while, and answered after another or never. */
interface Fate {
  status?: number;
  beforeMs?: number;
  afterMs?: number;
  isLost?: boolean;
}

class Scene {
  readonly clock = new FakeClock();
  readonly problems: string[] = [];
  readonly fates: Fate[] = [];
  readonly #writing = new Set<AbortSignal>();
  readonly #ends: AbortController[] = [];
  readonly #running: Promise<unknown>[] = [];
  #lease: KubeObject | undefined;
  #version = 0;

  readonly #kube = {
    get: (_: unknown, __: unknown, { signal }: { signal: AbortSignal }) =>
      this.#meet(signal, () => this.#lease ?? refuse(404)),
    create: (_: unknown, lease: KubeObject, { signal }: { signal: AbortSignal }) =>
      this.#meet(signal, () => (this.#lease ? refuse(409) : this.#store(lease))),
    replace: (_: unknown, lease: KubeObject, { signal }: { signal: AbortSignal }) =>
      this.#meet(signal, () =>
        lease.metadata.resourceVersion === this.#lease?.metadata.resourceVersion ? this.#store(lease) : refuse(409),
      ),
  } as unknown as KubeApi;

  start(identity: string): void {
    const { clock } = this;
    const end = new AbortController();
    const election = new LeaderElection({
      ...{ kube: this.#kube, namespace: 'home', name: 'sealwright', identity, clock, random: () => 0.5 },
      log: { info: () => {}, warn: () => {} } as unknown as Log,
    });
    const lead = async (writing: AbortSignal) => {
      this.#writing.add(writing);
      if (this.leaders > 1) this.problems.push(`${identity} leads beside another`);
    };
    this.#ends.push(end);
    this.#running.push(
      election.run(lead, end.signal).catch((error: { code: string }) => expect(error.code).toBe('LEASE_LOST')),
    );
  }

  stop(nth: number): void {
    const [end] = this.#ends.splice(nth % Math.max(1, this.#ends.length), 1);
    end?.abort();
  }

  get leaders(): number {
    return [...this.#writing].filter(({ aborted }) => !aborted).length;
  }

  async end(): Promise<void> {
    for (const end of this.#ends) end.abort();
    await this.clock.advance(10_000);
    await Promise.all(this.#running);
  }

  #store(lease: KubeObject): KubeObject {
    this.#lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++this.#version) } };
    return this.#lease;
  }

  async #meet<T>(signal: AbortSignal, call: () => T): Promise<T> {
    const { status, beforeMs = 0, afterMs = 0, isLost } = this.fates.shift() ?? {};
    if (status) refuse(status);
    await this.clock.sleep(beforeMs, signal);
    const done = call();
    await this.clock.sleep(afterMs, signal);
    return isLost ? refuse(500) : done;
  }
}

function refuse(code: number): never {
  throw statusError({ verb: 'update', server: '' }, { code });
}

const ms = fc.constantFrom(0, 100, 3_000, 12_000, 40_000);
const fate = fc.record(
  { status: fc.constantFrom(409, 500), beforeMs: ms, afterMs: ms, isLost: fc.boolean() },
  { requiredKeys: [] },
);
const step = fc.oneof(
  fc.record({ does: fc.constantFrom('start', 'stop', 'wait', 'wait'), ms, nth: fc.nat(2) }),
  fc.record({ does: fc.constant('fates'), fates: fc.array(fate, { maxLength: 8 }) }),
) as fc.Arbitrary<{ does: string; ms: number; nth: number; fates: Fate[] }>;

// The answer to the first try comes when another has waited for the end of the lease.
const none = { ms: 0, nth: 0, fates: [] };
const late = [
  { ...none, does: 'fates', fates: [{}, { afterMs: 40_000 }] },
  { ...none, does: 'start' },
];

it('never two write, and one does in the end', async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async (steps) => {
    const scene = new Scene();
    for (const [index, { does, ms, nth, fates }] of steps.entries()) {
      if (does === 'start') scene.start(`replica-${index}`);
      else if (does === 'stop') scene.stop(nth);
      else if (does === 'fates') scene.fates.push(...fates);
      await scene.clock.advance(does === 'wait' ? ms : 0);
    }
    scene.fates.length = 0;
    scene.start('last');
    await scene.clock.advance(200_000);
    const { leaders } = scene;
    await scene.end();
    expect(scene.problems).toEqual([]);
    expect(leaders).toBe(1);
    expect(scene.clock.waiting).toBe(0);
  });
  await fc.assert(property, { numRuns: runs(100), examples: [[late]] });
});
