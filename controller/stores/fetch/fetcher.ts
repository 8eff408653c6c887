// The shared way to every store: identical reads are one read, answers serve a refresh cycle, each destination has its lane.

import type { Clock } from '../../../src/kube/clock.ts';
import {
  type Backend,
  type Fetcher,
  type FetchOptions,
  type Find,
  type Found,
  isStoreError,
  type Provider,
  type ReadRequest,
  type RemoteValue,
  StoreError,
} from '../store.ts';
import { Answers, type Keeping } from './answers.ts';
import { unanswered } from './call.ts';
import { type Answer, type Ask, Flight, type Landed, type Outcome } from './flight.ts';
import { keyOf, Lane, type LaneOptions } from './lane.ts';

/** Where an answer came from: a call of its own, someone else's call, one that was kept, or none because the store is down. */
export type AnsweredFrom = 'call' | 'joined' | 'kept' | 'refused';

/** The fetcher's surroundings; every limit has a default. */
export interface FetcherOptions extends Omit<LaneOptions, 'clock' | 'random'> {
  clock: Clock;
  /** 0 ≤ x < 1. */
  random: () => number;
  keep?: Keeping;
  /** Told for every ask. */
  onAnswered?: (provider: Provider, from: AnsweredFrom) => void;
}

interface Slot {
  current: Flight;
  /** For those who need a read that begins later than the current one did. */
  next: Flight | undefined;
}

/**
 * Makes the one fetcher of a controller. Answers are kept here only to be shared within a refresh cycle; the last good data
 * of an object, and for how long that may serve while a store is down, is the business of whoever produces from it.
 */
export function createFetcher(options: FetcherOptions): Fetcher {
  return new StoreFetcher(options);
}

class StoreFetcher implements Fetcher {
  readonly #options: FetcherOptions;
  readonly #answers: Answers;
  readonly #slots = new Map<string, Slot>();
  readonly #lanes = new Map<string, Lane>();
  readonly #listeners = new Set<(destination: string) => void>();
  readonly #closed = new AbortController();

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#answers = new Answers(options.clock, options.keep);
  }

  async read(backend: Backend, request: ReadRequest, options: FetchOptions): Promise<RemoteValue> {
    return (await this.#fetch({ backend, request }, options)) as RemoteValue;
  }

  async list(backend: Backend, find: Find, options: FetchOptions): Promise<readonly Found[]> {
    return (await this.#fetch({ backend, find }, options)) as readonly Found[];
  }

  onRecovered(listener: (destination: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  forget(identity: string): void {
    this.#answers.drop(`${identity}\0`);
    for (const { current, next } of this.#slots.values()) {
      for (const flight of [current, next]) if (flight?.ask.backend.identity === identity) flight.isKept = false;
    }
    for (const [destination, lane] of this.#lanes) {
      lane.forget(identity);
      if (!lane.idle) continue;
      lane.close();
      this.#lanes.delete(destination);
    }
  }

  close(): void {
    this.#closed.abort();
    for (const lane of this.#lanes.values()) lane.close();
    for (const [key, { current, next }] of this.#slots) {
      this.#slots.delete(key);
      for (const flight of [current, next]) flight?.land(unanswered(flight.ask));
    }
    this.#answers.clear();
    this.#listeners.clear();
  }

  async #fetch(ask: Ask, options: FetchOptions): Promise<Answer> {
    const { signal, maxAgeMs = 0, onServed } = options;
    signal.throwIfAborted();
    if (this.#closed.signal.aborted) throw unanswered(ask);
    const notBeforeMs = this.#options.clock.monotonicMs() - maxAgeMs;
    const kept = this.#answers.get(keyOf(ask), notBeforeMs);
    if (kept) this.#tell(ask, 'kept');
    const { outcome, startedMs } = kept ?? (await this.#wait(ask, this.#join(ask, notBeforeMs, signal), options));
    if (isStoreError(outcome)) throw outcome;
    if (startedMs !== undefined) onServed?.(startedMs);
    return outcome;
  }

  // Joins the read that will do, or begins one.
  #join(ask: Ask, notBeforeMs: number, signal: AbortSignal): Promise<Landed> {
    const key = keyOf(ask);
    const slot = this.#slots.get(key);
    if (!slot) {
      const flight = this.#flight(ask);
      // Joined first: where the store is known to be down, it lands while it is being added.
      const landed = flight.join(signal);
      this.#slots.set(key, { current: flight, next: undefined });
      this.#laneOf(ask).add(flight);
      this.#tell(ask, this.#slots.get(key)?.current === flight ? 'call' : 'refused');
      return landed;
    }
    this.#tell(ask, 'joined');
    const { current } = slot;
    if (!current.isGivenUp && (current.startedMs ?? notBeforeMs) >= notBeforeMs) return current.join(signal);
    slot.next ??= this.#flight(ask);
    return slot.next.join(signal);
  }

  #flight(ask: Ask): Flight {
    return new Flight(ask, (flight) => this.#abandoned(flight));
  }

  #abandoned(flight: Flight): void {
    const slot = this.#slots.get(keyOf(flight.ask));
    if (slot?.next === flight) slot.next = undefined;
    else this.#lanes.get(flight.ask.backend.destination)?.abandon(flight);
  }

  #landed(flight: Flight, outcome: Outcome): void {
    const key = keyOf(flight.ask);
    const slot = this.#slots.get(key);
    if (slot?.current === flight) {
      if (flight.isKept && !flight.isGivenUp && flight.startedMs !== undefined) {
        this.#answers.set(key, outcome, flight.startedMs);
      }
      this.#slots.delete(key);
    }
    flight.land(outcome);
    if (!slot?.next) return;
    this.#slots.set(key, { current: slot.next, next: undefined });
    this.#laneOf(slot.next.ask).add(slot.next);
  }

  #laneOf({ backend: { destination } }: Ask): Lane {
    const known = this.#lanes.get(destination);
    if (known) return known;
    const lane = new Lane(this.#options, {
      landed: (flight, outcome) => this.#landed(flight, outcome),
      probe: (ask) => this.#probe(lane, ask),
      recovered: () => {
        for (const listener of this.#listeners) listener(destination);
      },
    });
    this.#lanes.set(destination, lane);
    return lane;
  }

  // Its answer, where there is one, is kept for those who will be called back.
  #probe(lane: Lane, ask: Ask): void {
    const flight = this.#flight(ask);
    void flight.join(this.#closed.signal).catch(() => undefined);
    this.#slots.set(keyOf(ask), { current: flight, next: undefined });
    lane.add(flight, { isProbe: true });
  }

  // Waits no longer than the caller's patience. The flight stays joined: what is late serves the next asking.
  #wait(ask: Ask, coming: Promise<Landed>, { signal, patienceMs, onLate }: FetchOptions): Promise<Landed> {
    if (patienceMs === undefined) return coming;
    const { provider } = ask.backend;
    return new Promise((resolve, reject) => {
      let isLate = false;
      const stop = this.#options.clock.timer(patienceMs, () => {
        isLate = true;
        const key = ask.request?.key;
        const outcome = new StoreError('Unavailable', `${provider} has not answered yet`, { provider, key });
        resolve({ outcome, startedMs: undefined });
      });
      const arrived = () => {
        stop();
        if (isLate && !signal.aborted) onLate?.();
      };
      coming.then(resolve, reject).finally(arrived);
    });
  }

  #tell({ backend: { provider } }: Ask, from: AnsweredFrom): void {
    this.#options.onAnswered?.(provider, from);
  }
}
