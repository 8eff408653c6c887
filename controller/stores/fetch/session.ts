// One session with a provider for each identity: opened once however many ask, kept alive, replaced before it ends, given back at the end.

import { unlessAborted } from '../../../src/kube/abort.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { isPassing, type Provider, StoreError } from '../store.ts';

/** What opening or renewing a session gave. */
export interface Lease<T> {
  readonly value: T;
  /** How long it lasts from when it was asked for. Default: for ever. */
  readonly lifetimeMs?: number | undefined;
  /** `renew` can make it last longer. Default: false, another one is opened in time. */
  readonly renewable?: boolean | undefined;
}

/** How a provider's sessions are made and ended. */
export interface SessionOptions<T> {
  clock: Clock;
  /** 0 ≤ x < 1. */
  random: () => number;
  /** Named to those who ask after the end. */
  provider: Provider;
  /** Opens a session. Throws `StoreError`. */
  open: (signal: AbortSignal) => Promise<Lease<T>>;
  /** Makes `value` last longer. Undefined: the provider will not, ever. What it throws may pass. */
  renew?: (value: T, signal: AbortSignal) => Promise<Lease<T> | undefined>;
  /** Gives a session back to the provider. Default: it is left to run out. */
  revoke?: (value: T, signal: AbortSignal) => Promise<void>;
}

interface Held<T> {
  readonly value: T;
  readonly renewable: boolean;
  /** When something is to be done for what comes after it. */
  readonly dueMs: number;
  /** When it is not given out any more: whoever gets it needs time to use it. */
  readonly endsMs: number;
}

const leastMs = 60_000;
const firstRefusalMs = 1_000;
const longestRefusalMs = 60_000;
const replacementPauseMs = 10_000;
const revokeTimeoutMs = 3_000;
// Node fires a timer at once when its delay does not fit 31 bits; the default life of Vault's tokens is longer.
const longestTimerMs = 2 ** 31 - 1;

/**
 * The session of one identity. Nothing is opened before somebody asks. One that is renewable is renewed whether or not
 * anybody asks; another is opened beside any other one when it is asked for in the last third of its life.
 */
export class Session<T> {
  readonly #options: SessionOptions<T>;
  readonly #closed = new AbortController();
  #held: Held<T> | undefined;
  #opening: Promise<T> | undefined;
  #cancelTimer: () => void = () => undefined;
  // A crowd that is refused must not become a crowd of logins.
  #refused: { error: unknown; untilMs: number; count: number } | undefined;

  constructor(options: SessionOptions<T>) {
    this.#options = options;
  }

  /** A session that is good for a while. Rejects with what `open` threw, or with the signal's reason; others keep waiting. */
  async get(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const held = this.#held;
    const nowMs = this.#nowMs();
    if (!held || nowMs >= held.endsMs) return unlessAborted(this.#next(), signal);
    // Still good: the next one is opened behind everybody's back, and its failure matters only once this one ends.
    if (nowMs >= held.dueMs && !held.renewable) this.#next().catch(() => undefined);
    return held.value;
  }

  /** Whether `value` is what is given out, and nothing is on the way to replace it. */
  isCurrent(value: T): boolean {
    return this.#held?.value === value && !this.#opening;
  }

  /** A session that came after `value`, which serves the others meanwhile, and on where there is no other to be had. */
  async replace(value: T, signal: AbortSignal): Promise<T> {
    if (this.#held?.value !== value && !this.#opening) return this.get(signal);
    return unlessAborted(this.#next(), signal);
  }

  /** The provider no longer takes `value`: the next `get` opens anew. Does nothing when it was already replaced. */
  invalidate(value: T): void {
    if (this.#held?.value === value) this.#held = undefined;
  }

  /** Forgets that it was refused: what it was refused for may have changed. */
  reconsider(): void {
    this.#refused = undefined;
  }

  /** Ends the session. Never rejects; later calls of `get` do. */
  async close(): Promise<void> {
    const { provider } = this.#options;
    this.#closed.abort(new StoreError('Unavailable', `${provider}: the store was closed`, { provider }));
    this.#cancelTimer();
    const held = this.#held;
    this.#held = undefined;
    if (held) await this.#revoke(held);
  }

  /** The next session, or the one that is under way. */
  #next(): Promise<T> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<T> {
    const { signal } = this.#closed;
    const askedMs = this.#nowMs();
    if (this.#refused && askedMs < this.#refused.untilMs) throw this.#refused.error;
    try {
      signal.throwIfAborted();
      const lease = await this.#options.open(signal);
      signal.throwIfAborted();
      const before = this.#held;
      this.#refused = undefined;
      this.#hold(lease, askedMs);
      if (before) void this.#revoke(before);
      return lease.value;
    } catch (error) {
      this.#pace(error);
      throw error;
    }
  }

  #pace(error: unknown): void {
    const nowMs = this.#nowMs();
    const held = this.#held;
    if (held) this.#held = { ...held, dueMs: Math.max(held.dueMs, nowMs + replacementPauseMs) };
    // What may pass is the fetch layer's to pace; a refusal is answered from here for a while.
    if (isPassing(error)) return;
    const count = this.#refused?.count ?? 0;
    const waitMs = Math.min(firstRefusalMs * 2 ** count, longestRefusalMs);
    this.#refused = { error, count: count + 1, untilMs: nowMs + waitMs };
  }

  #hold({ value, lifetimeMs = Number.POSITIVE_INFINITY, renewable = false }: Lease<T>, askedMs: number): void {
    // At two thirds of its life, up to a tenth earlier, so that the sessions of many stores do not renew together.
    const dueMs = askedMs + lifetimeMs * (2 / 3 - this.#options.random() / 10);
    this.#held = { value, renewable, dueMs, endsMs: askedMs + lifetimeMs - Math.min(leastMs, lifetimeMs / 5) };
    this.#schedule(this.#held);
  }

  #schedule(held: Held<T>): void {
    this.#cancelTimer();
    if (!held.renewable || held.dueMs === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.max(0, held.dueMs - this.#nowMs());
    this.#cancelTimer = this.#options.clock.timer(Math.min(leftMs, longestTimerMs), () => {
      if (held.value !== this.#held?.value) return;
      if (this.#nowMs() < held.dueMs) this.#schedule(held);
      else void this.#renew(held);
    });
  }

  async #renew({ value, endsMs }: Held<T>): Promise<void> {
    const askedMs = this.#nowMs();
    const { signal } = this.#closed;
    const lease = await this.#options.renew?.(value, signal).catch(() => 'later' as const);
    const held = this.#held;
    if (held?.value !== value || signal.aborted) return;
    if (lease === undefined) this.#held = { ...held, renewable: false };
    else if (lease !== 'later') this.#hold(lease, askedMs);
    else {
      const leftMs = endsMs - this.#nowMs();
      // There is a third of its life left to try again in, at a pace.
      this.#held = { ...held, renewable: leftMs > 0, dueMs: this.#nowMs() + Math.max(1_000, (leftMs * 2) / 3) };
      this.#schedule(this.#held);
    }
  }

  async #revoke({ value, endsMs }: Held<T>): Promise<void> {
    const { clock, revoke } = this.#options;
    if (!revoke || this.#nowMs() >= endsMs) return;
    const timeout = new AbortController();
    const stop = clock.timer(revokeTimeoutMs, () => timeout.abort());
    await revoke(value, timeout.signal).catch(() => undefined);
    stop();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
