// Whatever breaks, and in whatever order a watch, its lists and our own writes come: in the end the cache shows what is there.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Change, Kept } from '../../../controller/engine/cache.ts';
import { Informer } from '../../../controller/engine/informer.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { type KubeObject, objectKey } from '../../../src/kube/objects.ts';
import { statusError } from '../../../src/kube/refusals.ts';
import { resources } from '../../../src/kube/resources.ts';
import { FakeClock } from '../../support/clock.ts';
import { runs } from '../../support/property.ts';

type Event = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject };
type Scope = { namespace?: string | undefined; resourceVersion?: string };

const names = ['a/x', 'a/y', 'b/x'];
const target = 'https://example.com';

/** An API server that answers when the test says so. */
class Server {
  readonly objects = new Map<string, KubeObject>();
  readonly events: Event[] = [];
  // By namespace; what the answer that is asked for there now does next.
  readonly #doors = new Map<string | undefined, { open: () => void; fail: (error: unknown) => void }>();
  // Backups are older than anything that happens.
  #version = 1_100;
  #uids = 0;
  #forgotten = 0;
  #isRestored = false;
  // By namespace: the version up to which a watcher has heard what happened.
  readonly #told = new Map<string | undefined, number>();
  #backup = { objects: new Map<string, KubeObject>(), version: 100 };

  put(key: string): KubeObject {
    const [namespace = '', name = ''] = key.split('/');
    const before = this.objects.get(key);
    const uid = before?.metadata.uid ?? `u${++this.#uids}`;
    const metadata = { namespace, name, uid, resourceVersion: String(++this.#version) };
    const object = { apiVersion: 'v1', kind: 'Secret', metadata };
    this.objects.set(key, object);
    this.events.push({ type: before ? 'MODIFIED' : 'ADDED', object });
    return object;
  }

  delete(key: string): void {
    const before = this.objects.get(key);
    if (!before) return;
    this.objects.delete(key);
    const metadata = { ...before.metadata, resourceVersion: String(++this.#version) };
    this.events.push({ type: 'DELETED', object: { ...before, metadata } });
  }

  /** What happened so far is forgotten: who watches from before has to list. */
  compact(): void {
    this.#forgotten = this.#version;
  }

  /** What is there now is what `restore` brings back; much else happens in the cluster after it. */
  backup(): void {
    if (this.#isRestored) return;
    this.#backup = { objects: new Map(this.objects), version: this.#version };
    this.#version += 1_000;
  }

  /**
   * The cluster is as it was at the last backup, versions too, and every watch breaks off. Backups are not so young that a watch
   * has heard of nothing since, and the cluster does not come to where it was before that is noticed.
   */
  restore(namespaces: readonly (string | undefined)[]): void {
    if (this.#isRestored || namespaces.some((each) => (this.#told.get(each) ?? 0) <= this.#backup.version)) return;
    this.#isRestored = true;
    this.objects.clear();
    for (const [key, object] of this.#backup.objects) this.objects.set(key, object);
    this.#version = this.#backup.version;
    this.#forgotten = Math.min(this.#forgotten, this.#version);
    this.events.splice(
      0,
      Number.POSITIVE_INFINITY,
      ...this.events.filter(({ object }) => versionOf(object) <= this.#version),
    );
    for (const namespace of namespaces) this.cut(namespace);
  }

  /** The answer that is asked for in `namespace` goes one step on. */
  step(namespace: string | undefined): void {
    this.#doors.get(namespace)?.open();
  }

  cut(namespace: string | undefined, error: unknown = new Error('cut')): void {
    this.#doors.get(namespace)?.fail(error);
  }

  async *pages({ namespace }: Scope) {
    await this.#door(namespace);
    const metadata = { resourceVersion: String(this.#version) };
    const items = [...this.objects.values()].filter((object) => isIn(namespace, object));
    for (let start = 0; start === 0 || start < items.length; start += 1) {
      await this.#door(namespace);
      this.#told.set(namespace, Number(metadata.resourceVersion));
      yield { apiVersion: 'v1', kind: 'SecretList', metadata, items: items.slice(start, start + 1) };
    }
  }

  async *watch({ namespace, resourceVersion = '' }: Scope) {
    await this.#door(namespace);
    if (Number(resourceVersion) < this.#forgotten) throw statusError({ verb: 'watch', server: target }, { code: 410 });
    let heard = Number(resourceVersion);
    for (let opened = 0; opened < 40; opened += 1) {
      await this.#door(namespace);
      const event = this.events.find(({ object }) => isIn(namespace, object) && versionOf(object) > heard);
      const next = event ?? this.#bookmark();
      // From a version that is not reached yet comes nothing, not even a bookmark.
      if (versionOf(next.object) <= heard) continue;
      heard = versionOf(next.object);
      this.#told.set(namespace, heard);
      yield next;
    }
  }

  #bookmark(): Event {
    const metadata = { resourceVersion: String(this.#version) };
    return { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Secret', metadata } };
  }

  #door(namespace: string | undefined): Promise<void> {
    return new Promise((open, fail) => this.#doors.set(namespace, { open, fail }));
  }
}

const versionOf = ({ metadata }: KubeObject) => Number(metadata.resourceVersion);

const isIn = (namespace: string | undefined, { metadata }: KubeObject) =>
  namespace === undefined || metadata.namespace === namespace;

/** A controller that writes through the informer's cache, and hears of it what its listeners are told. */
class Scene {
  readonly server = new Server();
  readonly clock = new FakeClock();
  readonly stopping = new AbortController();
  readonly informer: Informer<Kept>;
  /** What somebody who only listens believes to be there. */
  readonly told = new Map<string, string>();
  readonly namespaces: (string | undefined)[];
  // Writes on their way: first the server does it, then its answer comes.
  readonly #writes: (() => void)[][] = [];
  readonly #running: Promise<unknown>[] = [];

  constructor(namespaces: (string | undefined)[]) {
    this.namespaces = namespaces;
    this.informer = new Informer({
      kube: {
        pages: (_: unknown, scope: Scope) => this.server.pages(scope),
        watch: (_: unknown, scope: Scope) => this.server.watch(scope),
      } as unknown as KubeApi,
      resource: resources.secret,
      namespaces: namespaces.filter((each) => each !== undefined),
      project: ({ metadata: { uid = '', resourceVersion = '' } }) => ({ uid, resourceVersion }),
      clock: this.clock,
      random: () => 0,
      onBug: (error) => {
        throw error;
      },
    });
    const hear = ({ key, after }: Change<Kept>) =>
      after ? this.told.set(key, `${after.uid} ${after.resourceVersion}`) : this.told.delete(key);
    this.informer.cache.onChange(hear);
    this.informer.cache.onOwnChange(hear);
    this.#running.push(this.informer.run(this.stopping.signal));
  }

  write(key: string, does: 'put' | 'delete'): void {
    const { server } = this;
    const { cache } = this.informer;
    const [done, isDone] = signal();
    const [answered, isAnswered] = signal();
    this.#writes.push([isDone, isAnswered]);
    const writing = cache.whileCalling(key, async ({ absorb, drop }) => {
      await done;
      if (does === 'put') {
        const object = server.put(key);
        await answered;
        absorb(object);
      } else {
        server.delete(key);
        await answered;
        drop();
        this.told.delete(key);
      }
    });
    this.#running.push(writing);
  }

  /** The write that began `nth` of those on their way goes one step on. */
  proceed(nth: number): void {
    const at = nth % Math.max(1, this.#writes.length);
    const steps = this.#writes[at];
    steps?.shift()?.();
    if (steps?.length === 0) this.#writes.splice(at, 1);
  }

  /** Everything on its way comes to its end. */
  async rest(): Promise<void> {
    while (this.#writes.length > 0) {
      this.proceed(0);
      await this.turn();
    }
    for (let turns = 0; turns < 200 + this.server.events.length; turns++) {
      for (const namespace of this.namespaces) this.server.step(namespace);
      await this.clock.advance(1_000);
    }
  }

  async turn(): Promise<void> {
    await this.clock.advance(0);
  }

  get cached(): Record<string, string> {
    return Object.fromEntries(
      [...this.informer.cache.entries()].map(([key, { uid, resourceVersion }]) => [key, `${uid} ${resourceVersion}`]),
    );
  }

  get there(): Record<string, string> {
    return Object.fromEntries(
      [...this.server.objects.values()].map((object) => [
        objectKey(object),
        `${object.metadata.uid} ${object.metadata.resourceVersion}`,
      ]),
    );
  }

  async end(): Promise<void> {
    this.stopping.abort();
    for (const namespace of this.namespaces) this.server.cut(namespace);
    await Promise.all(this.#running);
  }
}

function signal(): [Promise<void>, () => void] {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return [promise, resolve];
}

const refusals = [401, 404, 410, 429, 500].map((code) => statusError({ verb: 'watch', server: target }, { code }));
const badData = new ApiError('KUBE_BAD_DATA', 'no JSON', { status: 502, reason: 'BadData' });

const key = fc.constantFrom(...names);
const place = fc.nat(1);
const step = fc.oneof(
  fc.record({ does: fc.constantFrom('put', 'delete', 'write', 'remove'), key }),
  fc.record({ does: fc.constant('proceed'), nth: fc.nat(2) }),
  fc.record({ does: fc.constantFrom('step', 'cut'), place }),
  fc.record({ does: fc.constant('step'), place }),
  fc.record({ does: fc.constant('fail'), place, nth: fc.nat(refusals.length) }),
  fc.record({ does: fc.constantFrom('compact', 'wait', 'backup', 'restore') }),
) as fc.Arbitrary<{ does: string; key: string; nth: number; place: number }>;

const then = (does: string, key = 'a/x') => ({ does, key, nth: 0, place: 0 });

// Too rare to be met in few runs: each is what another part of the code is there for.
const found = [
  // Deleted by us after the backup, and the watch had told of it as it is again.
  ['put', 'backup', 'step', 'step', 'remove', 'proceed', 'restore'].map((does) => then(does)),
  // The answer to a write that the restore undid comes after the list that follows it.
  [then('put', 'a/y'), ...['write', 'proceed', 'step', 'step', 'restore', 'step', 'step'].map((does) => then(does))],
].map((steps): [typeof steps] => [steps]);

for (const namespaces of [[undefined], ['a', 'b']]) {
  it(`shows what is there, in ${namespaces[0] ? 'two namespaces' : 'all namespaces'}`, async () => {
    const scenes = fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const scene = new Scene(namespaces);
      const { server } = scene;
      for (const { does, key, nth, place } of steps) {
        const namespace = namespaces[place % namespaces.length];
        if (does === 'put') server.put(key);
        else if (does === 'delete') server.delete(key);
        else if (does === 'write') scene.write(key, 'put');
        else if (does === 'remove') scene.write(key, 'delete');
        else if (does === 'proceed') scene.proceed(nth);
        else if (does === 'step') server.step(namespace);
        else if (does === 'cut') server.cut(namespace);
        else if (does === 'fail') server.cut(namespace, refusals[nth] ?? badData);
        else if (does === 'compact') server.compact();
        else if (does === 'backup') server.backup();
        else if (does === 'restore') server.restore(namespaces);
        await (does === 'wait' ? scene.clock.advance(1_000) : scene.turn());
      }
      await scene.rest();
      const { cached, there, told } = scene;
      await scene.end();
      expect(cached).toEqual(there);
      expect(Object.fromEntries(told)).toEqual(there);
    });
    await fc.assert(scenes, { numRuns: runs(500), examples: found });
  });
}
