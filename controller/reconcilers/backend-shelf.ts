// Backends by what they are for: made when somebody first asks, shared, and made anew when what they were made from changes.

import type { Clock } from '../../src/kube/clock.ts';
import type { Referred } from '../stores/references.ts';
import type { Backend, Fetcher } from '../stores/store.ts';
import { NameIndex } from './name-index.ts';

export interface BackendShelfOptions {
  clock: Clock;
  fetcher: Pick<Fetcher, 'forget'>;
}

/** Makes a backend, and tells of every object that it looks up for it. */
export type OpenBackend = (onUse: (referred: Referred) => void) => Promise<Backend>;

interface Entry {
  stamp: string;
  backend: Promise<Backend>;
}

// Reads that are under way go on with the old credentials until then.
const retireMs = 30_000;

/** How an object is called in the index of what backends refer to. */
export const referredKey = ({ resource: { kind }, namespace, name }: Referred) => `${kind} ${namespace}/${name}`;

/** One backend for each key, shared by all who ask for it. */
export class BackendShelf {
  readonly #options: BackendShelfOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #uses = new NameIndex();
  readonly #retiring = new Set<() => Promise<void>>();

  constructor(options: BackendShelfOptions) {
    this.#options = options;
  }

  /** The backend under `key`; made by `open` where there is none of this `stamp`. Rejects with what `open` threw. */
  async get(key: string, stamp: string, open: OpenBackend): Promise<Backend> {
    const entry = this.#entries.get(key);
    return entry?.stamp === stamp ? entry.backend : this.renew(key, stamp, open);
  }

  /** Makes the backend under `key` anew, whatever there is. */
  async renew(key: string, stamp: string, open: OpenBackend): Promise<Backend> {
    const used = new Set<string>();
    const entry = { stamp, backend: open((referred) => used.add(referredKey(referred))) };
    const before = this.#entries.get(key);
    this.#entries.set(key, entry);
    try {
      const made = await entry.backend;
      if (before) this.#retire(before.backend, made.identity);
      return made;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      if (before) this.#retire(before.backend);
      throw error;
    } finally {
      // Also of what failed: it is made when what was missing comes.
      this.#uses.set(key, used);
    }
  }

  /** The keys of the backends that refer to this object; they are made anew when they are next asked for. */
  changed(referred: string): readonly string[] {
    const keys = this.#uses.keysOf(referred);
    for (const key of keys) this.#drop(key);
    return keys;
  }

  /** Nobody will ask for the backends whose keys hold for `isOver` again. */
  forget(isOver: (key: string) => boolean): void {
    for (const key of [...this.#entries.keys()].filter(isOver)) {
      this.#drop(key);
      this.#uses.delete(key);
    }
  }

  /** Ends every session. */
  async close(): Promise<void> {
    for (const key of [...this.#entries.keys()]) this.#drop(key);
    await Promise.all([...this.#retiring].map((retire) => retire()));
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#retire(entry.backend);
  }

  #retire(backend: Promise<Backend>, unlessIdentity?: string): void {
    const { clock, fetcher } = this.#options;
    const retire = async () => {
      cancel();
      this.#retiring.delete(retire);
      await backend.then((one) => one.close()).catch(() => undefined);
    };
    const cancel = clock.timer(retireMs, () => void retire());
    this.#retiring.add(retire);
    backend.then(({ identity }) => identity !== unlessIdentity && fetcher.forget(identity)).catch(() => undefined);
  }
}
