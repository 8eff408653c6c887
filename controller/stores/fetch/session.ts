// One session with a provider for each identity: opened once however many ask, renewed before it ends, closed at the end.

import type { Clock } from '../../../src/kube/clock.ts';
import { isPassing } from '../store.ts';
import { unlessAborted } from '../unless-aborted.ts';

/** What opening or renewing a session gave. */
export interface Lease<T> {
  readonly value: T;
  /** How long it lasts from now. Default: for ever. */
  readonly lifetimeMs?: number | undefined;
}

/** How a provider's sessions are made and ended. */
export interface SessionOptions<T> {
  clock: Clock;
  /** 0 ≤ x < 1. */
  random: () => number;
  /** Opens a session, or prolongs `current`, which is still good. Throws `StoreError`. */
  open: (signal: AbortSignal, current: T | undefined) => Promise<Lease<T>>;
  /** Ends a session at the provider. Default: it is left to run out. */
  revoke?: (value: T, signal: AbortSignal) => Promise<void>;
  /** The least time that what `get` gives must still last. Default: 60,000, or a fifth of a shorter life. */
  leastMs?: number;
}

interface Held<T> {
  readonly value: T;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

// A crowd that is refused must not become a crowd of logins.
const refusalMs = 1_000;
const renewalPauseMs = 10_000;
const revokeTimeoutMs = 5_000;

/** The session of one identity. Nothing is opened before somebody asks, and nothing is renewed while nobody does. */
export class Session<T> {
  readonly #options: Required<Omit<SessionOptions<T>, 'revoke'>> & Pick<SessionOptions<T>, 'revoke'>;
  readonly #closed = new AbortController();
  #held: Held<T> | undefined;
  #opening: Promise<T> | undefined;
  #refused: { error: unknown; untilMs: number } | undefined;

  constructor(options: SessionOptions<T>) {
    this.#options = { leastMs: 60_000, ...options };
  }

  /** A session that is good for a while. Rejects with what `open` threw, or with the signal's reason; others keep waiting. */
  async get(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const now = this.#options.clock.monotonicMs();
    const held = this.#held;
    if (held && now < Math.min(held.renewAtMs, held.endsAtMs)) return held.value;
    if (!held && this.#refused && now < this.#refused.untilMs) throw this.#refused.error;
    this.#opening ??= this.#open();
    const opening = this.#opening;
    if (held && now < held.endsAtMs) {
      // Still good: the renewal goes on behind everybody's back, and its failure matters only once this one ends.
      opening.catch(() => undefined);
      return held.value;
    }
    return await unlessAborted(opening, signal);
  }

  /** The provider no longer takes `value`: the next `get` opens anew. Does nothing when it was already replaced. */
  invalidate(value: T): void {
    if (this.#held?.value === value) this.#held = undefined;
  }

  /** Ends the session. Never rejects; later calls of `get` do. */
  async close(): Promise<void> {
    this.#closed.abort();
    const { clock, revoke } = this.#options;
    const value = this.#held?.value;
    this.#held = undefined;
    if (value === undefined || !revoke) return;
    const timeout = new AbortController();
    const stop = clock.timer(revokeTimeoutMs, () => timeout.abort());
    await revoke(value, timeout.signal).catch(() => undefined);
    stop();
  }

  async #open(): Promise<T> {
    try {
      this.#closed.signal.throwIfAborted();
      const lease = await this.#options.open(this.#closed.signal, this.#held?.value);
      this.#hold(lease);
      return lease.value;
    } catch (error) {
      // What may pass is the fetch layer's to pace; a refusal is answered from here for a moment.
      const now = this.#options.clock.monotonicMs();
      this.#refused = isPassing(error) ? undefined : { error, untilMs: now + refusalMs };
      if (this.#held) this.#held = { ...this.#held, renewAtMs: now + renewalPauseMs };
      throw error;
    } finally {
      this.#opening = undefined;
    }
  }

  #hold({ value, lifetimeMs = Number.POSITIVE_INFINITY }: Lease<T>): void {
    const { clock, random, leastMs } = this.#options;
    const now = clock.monotonicMs();
    this.#refused = undefined;
    // At two thirds of its life, up to a tenth earlier, so that the sessions of many stores do not renew together.
    const renewAtMs = now + lifetimeMs * (2 / 3 - random() / 10);
    this.#held = { value, renewAtMs, endsAtMs: now + lifetimeMs - Math.min(leastMs, lifetimeMs / 5) };
  }
}
