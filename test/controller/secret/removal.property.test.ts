// Whatever comes and goes in whatever order: no Secret goes while its object is there or its grace lasts, and none is left behind.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Workers } from '../../../controller/engine/worker.ts';
import { type RemovalOptions, Removals } from '../../../controller/secret/removal.ts';
import type { SeenSecret } from '../../../controller/secret/seen.ts';
import { statusError } from '../../../src/kube/refusals.ts';
import { resources } from '../../../src/kube/resources.ts';
import { FakeClock } from '../../support/clock.ts';
import { runs } from '../../support/property.ts';

const graceMs = 60_000;
const keys = ['a/x', 'a/y', 'b/x'];

/** A cluster, and what a watch has shown of it. A watch shows how things are now: what came and went in between it passes over. */
class Scene {
  readonly clock = new FakeClock();
  readonly objects = new Set<string>();
  readonly shown = new Set<string>();
  readonly secrets = new Map<string, SeenSecret>();
  readonly problems: string[] = [];
  // When the watch showed that the object went.
  readonly #wentMs = new Map<string, number>();
  readonly #answers: (() => void)[] = [];
  readonly #workers: Workers;
  readonly #removals: Removals;
  #versions = 0;

  constructor() {
    const { clock, objects, shown, secrets } = this;
    const kube = {
      list: async (_: unknown, { namespace, fieldSelector }: { namespace: string; fieldSelector: string }) => {
        const isThere = objects.has(`${namespace}/${fieldSelector.replace('metadata.name=', '')}`);
        await new Promise<void>((answer) => this.#answers.push(answer));
        return { items: isThere ? [{ metadata: {} }] : [] };
      },
      delete: async (
        _: unknown,
        at: { namespace: string; name: string },
        how: { preconditions: Partial<SeenSecret> },
      ) => {
        const key = `${at.namespace}/${at.name}`;
        const secret = secrets.get(key);
        if (secret?.resourceVersion !== how.preconditions.resourceVersion)
          throw statusError({ verb: 'delete', server: '' }, { code: secret ? 409 : 404 });
        if (shown.has(key)) this.problems.push(`Secret ${key} goes while its object is shown`);
        if (clock.monotonicMs() - (this.#wentMs.get(key) ?? 0) < graceMs)
          this.problems.push(`Secret ${key} goes before its grace is over`);
        this.take(key);
      },
    };
    const quiet = { info: () => {}, error: () => {}, emit: () => {}, inc: () => {} };
    this.#removals = new Removals({
      ...{ kube, clock, log: quiet, events: quiet, metrics: { secretsRemoved: quiet }, graceMs },
      secrets: { get: (key: string) => secrets.get(key) },
      resource: resources.sealedSecret,
      objects: { has: (key: string) => shown.has(key), size: () => shown.size },
      wake: (key: string) => this.#workers.queue.add(key, 'now'),
    } as unknown as RemovalOptions);
    this.#workers = new Workers({
      ...{ clock, random: () => 0, concurrency: 2 },
      onBug: (_, error) => {
        throw error;
      },
      look: async (key, { signal }) => (shown.has(key) ? { next: 'rest' } : this.#removals.settle(key, signal)),
    });
    this.#workers.start();
  }

  show(key: string): void {
    if (this.objects.has(key) === this.shown.has(key)) return;
    if (this.shown.delete(key)) this.#wentMs.set(key, this.clock.monotonicMs());
    else this.shown.add(key);
    this.#workers.queue.add(key, 'now');
    this.#removals.note(key);
  }

  put(key: string): void {
    const { uid = `u${++this.#versions}` } = this.secrets.get(key) ?? {};
    const resourceVersion = String(++this.#versions);
    this.secrets.set(key, { uid, resourceVersion, isDeleting: false, ownedBy: 'SealedSecret' } as SeenSecret);
    this.#moved(key);
  }

  take(key: string): void {
    this.secrets.delete(key);
    this.#moved(key);
  }

  answer(): void {
    this.#answers.shift()?.();
  }

  async rest(): Promise<void> {
    for (const key of keys) this.show(key);
    for (let turns = 0; turns < 200; turns++) {
      while (this.#answers.length > 0) {
        this.answer();
        await this.clock.advance(0);
      }
      await this.clock.advance(graceMs);
    }
  }

  get waiting(): number {
    return this.#removals.counts.waiting;
  }

  #moved(key: string): void {
    if (this.shown.has(key) || this.#removals.note(key)) this.#workers.queue.add(key, 'now');
  }
}

const key = fc.constantFrom(...keys);
const step = fc.oneof(
  fc.record({ does: fc.constantFrom('make', 'unmake', 'show', 'show', 'put', 'take'), key }),
  fc.record({ does: fc.constantFrom('answer', 'answer', 'wait'), ms: fc.constantFrom(0, 1_000, 30_000, 60_000) }),
) as fc.Arbitrary<{ does: string; key: string; ms: number }>;

it('removes what has no object, some time after it went', async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
    const scene = new Scene();
    for (const { does, key, ms } of steps) {
      if (does === 'make') scene.objects.add(key);
      else if (does === 'unmake') scene.objects.delete(key);
      else if (does === 'show') scene.show(key);
      else if (does === 'put') scene.put(key);
      else if (does === 'take') scene.take(key);
      else if (does === 'answer') scene.answer();
      await scene.clock.advance(does === 'wait' ? ms : 0);
    }
    await scene.rest();
    expect(scene.problems).toEqual([]);
    for (const key of scene.secrets.keys()) expect([...scene.objects]).toContain(key);
    expect(scene.waiting).toBe(0);
  });
  await fc.assert(property, { numRuns: runs(100) });
});
