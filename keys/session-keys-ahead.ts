// Session keys made ahead, by a thread of their own: RSA is half of what sealing takes, and it needs to know no value.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SealingCipher, SessionKey } from '../src/seal/hybrid.ts';
import { oaep, publicKeyOf, sealingCipher } from './sealing-cipher.ts';

// Bytes of one key in the memory that both threads have; for a longer label or public key nothing is made ahead.
const rooms = { label: 320, key: 32, wrapped: 512 } as const;
const capacity = 2048;
// So many keys beyond the one that was needed last the other thread begins, and goes on where it was overtaken.
const lead = 16;
/** Where in the counters it stands how many keys are ordered, and how many are needed no more. */
const counterAt = { ordered: 0, taken: 1 } as const;
/** What a place in the memory may be. */
const state = { free: 0, ordered: 1, inWork: 2, ready: 3 } as const;
// A thread makes a thousand keys in that time: one that is not done by then never will be.
const patienceMs = 100;

const shared = (bytes: number) => new SharedArrayBuffer(bytes);

/**
 * A thread that makes session keys in the order in which they were asked for. What it has not made when it is needed is
 * made here and now: it may be slow, or die, and everything is sealed all the same.
 */
export class SessionKeysAhead {
  readonly #counters = new Int32Array(shared(8));
  readonly #states = new Int32Array(shared(capacity * 4));
  readonly #publicKeyIndexes = new Uint32Array(shared(capacity * 4));
  readonly #labelLengths = new Uint16Array(shared(capacity * 2));
  readonly #labels = new Uint8Array(shared(capacity * rooms.label));
  readonly #keys = new Uint8Array(shared(capacity * rooms.key));
  readonly #wrapped = new Uint8Array(shared(capacity * rooms.wrapped));
  readonly #publicKeys: Uint8Array[] = [];
  readonly #thread: Worker;
  #ordered = 0;
  #isBroken = false;

  private constructor(program: string) {
    const memory = {
      counters: this.#counters,
      states: this.#states,
      publicKeyIndexes: this.#publicKeyIndexes,
      labelLengths: this.#labelLengths,
      labels: this.#labels,
      keys: this.#keys,
      wrapped: this.#wrapped,
    };
    this.#thread = new Worker(program, {
      workerData: { ...memory, oaep, rooms, lead, counterAt, state },
      env: {},
      execArgv: [],
      // It leaves a kilobyte behind for every key, and needs nothing of it.
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
    });
    this.#thread.on('error', () => {
      this.#isBroken = true;
    });
    this.#thread.unref();
  }

  /**
   * Starts the thread, `program` being a file. `undefined` where it would gain nothing, on one of `cores`, and where the
   * process may have no thread: Node's permissions and the system's limits forbid them.
   */
  static start({
    program = join(import.meta.dirname, 'session-keys-thread.cjs'),
    cores = availableParallelism(),
  } = {}): SessionKeysAhead | undefined {
    if (cores < 2) return undefined;
    try {
      return new SessionKeysAhead(program);
    } catch {
      return undefined;
    }
  }

  /**
   * Orders `count` session keys under a public key (SubjectPublicKeyInfo DER), bound to `label`. The cipher seals with each
   * of them once; it is for this public key, and any other cipher does instead. `undefined` where nothing is ordered: nothing
   * is needed, or there is no room. Throws where the public key is damaged.
   */
  order(spki: Uint8Array, label: Uint8Array, count: number): SealingCipher | undefined {
    if (this.#isBroken || count === 0 || count > capacity || label.byteLength > rooms.label) return undefined;
    const { modulusLength = 0 } = publicKeyOf(spki).asymmetricKeyDetails ?? {};
    const wrappedLength = Math.ceil(modulusLength / 8);
    if (wrappedLength > rooms.wrapped) return undefined;
    const from = this.#ordered;
    const slots = Array.from({ length: count }, (_, index) => (from + index) % capacity);
    if (slots.some((slot) => Atomics.load(this.#states, slot) !== state.free)) return undefined;
    const publicKeyIndex = this.#indexOf(spki);
    for (const slot of slots) this.#put(slot, publicKeyIndex, label);
    this.#ordered += count;
    Atomics.store(this.#counters, counterAt.ordered, this.#ordered);
    Atomics.notify(this.#counters, counterAt.ordered);
    return this.#cipher({ spki, label, wrappedLength, next: from, to: this.#ordered });
  }

  #indexOf(spki: Uint8Array): number {
    const known = this.#publicKeys.indexOf(spki);
    if (known >= 0) return known;
    this.#thread.postMessage(publicKeyOf(spki));
    return this.#publicKeys.push(spki) - 1;
  }

  #put(slot: number, publicKeyIndex: number, label: Uint8Array): void {
    this.#publicKeyIndexes[slot] = publicKeyIndex;
    this.#labelLengths[slot] = label.byteLength;
    this.#labels.set(label, slot * rooms.label);
    Atomics.store(this.#states, slot, state.ordered);
  }

  #cipher(order: {
    spki: Uint8Array;
    label: Uint8Array;
    wrappedLength: number;
    next: number;
    to: number;
  }): SealingCipher {
    return {
      sessionKey: (spki, label) => {
        // What is sealed with a key for something else can never be opened.
        const isForThis = spki === order.spki && Buffer.compare(label, order.label) === 0;
        const made = isForThis && order.next < order.to ? this.#take(order.next++, order.wrappedLength) : undefined;
        return made ?? sealingCipher.sessionKey(spki, label);
      },
      sealAesGcm: sealingCipher.sealAesGcm,
    };
  }

  /** `undefined` for one that is not made, and never will be. */
  #take(index: number, wrappedLength: number): SessionKey | undefined {
    const slot = index % capacity;
    Atomics.store(this.#counters, counterAt.taken, index + 1);
    if (Atomics.compareExchange(this.#states, slot, state.ordered, state.free) === state.ordered) return undefined;
    if (!this.#isBroken) Atomics.wait(this.#states, slot, state.inWork, patienceMs);
    if (Atomics.load(this.#states, slot) !== state.ready) {
      // It may be written late: no place is given out again.
      this.#isBroken = true;
      return undefined;
    }
    const keyAt = slot * rooms.key;
    const key = this.#keys.slice(keyAt, keyAt + rooms.key);
    this.#keys.fill(0, keyAt, keyAt + rooms.key);
    const wrappedAt = slot * rooms.wrapped;
    const wrapped = this.#wrapped.slice(wrappedAt, wrappedAt + wrappedLength);
    Atomics.store(this.#states, slot, state.free);
    return { key, wrapped };
  }

  /** Ends the thread. A key that nobody took has encrypted nothing. */
  stop(): void {
    this.#isBroken = true;
    Atomics.store(this.#counters, counterAt.ordered, -1);
    Atomics.notify(this.#counters, counterAt.ordered);
  }
}
