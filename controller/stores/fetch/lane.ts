// The way to one destination: batches what waits, keeps to its limits, and stops asking while it is down.

import type { Clock } from '../../../src/kube/clock.ts';
import { isPassing, isStoreError, StoreError } from '../store.ts';
import { type CallOutcomes, callBackend, unanswered } from './call.ts';
import { Circuit, type CircuitOptions } from './circuit.ts';
import type { Ask, Flight, Outcome } from './flight.ts';
import { Pace } from './pace.ts';
import { Turns } from './turns.ts';

/** How a lane behaves beside the limits that each backend names. */
export interface LaneOptions {
  clock: Clock;
  random: () => number;
  /** How long a read waits for company where the backend batches. Default: 5. */
  windowMs?: number;
  /** A call that takes longer is given up. Default: 30,000. */
  callTimeoutMs?: number;
  /** The same for a probe of a store that was down. Default: 5,000. */
  probeTimeoutMs?: number;
  /** A "not now" up to this long is waited out in the queue; a longer one is told to those who wait. Default: 2,000. */
  patienceMs?: number;
  circuit?: Pick<CircuitOptions, 'threshold' | 'firstMs' | 'longestMs'>;
}

/** What a lane tells its owner. */
export interface LaneEvents {
  /** The flight ended. */
  landed(flight: Flight, outcome: Outcome): void;
  /** The wait is over and nobody is queued: ask this, if it is still of use. */
  probe(ask: Ask): void;
  recovered(): void;
}

interface Call {
  readonly flights: readonly Flight[];
  readonly isProbe: boolean;
  readonly abort: AbortController;
}

/** One for each destination; reads of every identity there pass through it, taking turns. */
export class Lane {
  readonly #options: Required<LaneOptions>;
  readonly #events: LaneEvents;
  readonly #circuit: Circuit;
  readonly #pace: Pace;
  readonly #turns = new Turns();
  readonly #calls = new Set<Call>();
  readonly #alone = new WeakSet<Flight>();
  #cancelTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(options: LaneOptions, events: LaneEvents) {
    this.#options = {
      windowMs: 5,
      callTimeoutMs: 30_000,
      probeTimeoutMs: 5_000,
      patienceMs: 2_000,
      circuit: {},
      ...options,
    };
    this.#events = events;
    this.#circuit = new Circuit({ ...options, ...options.circuit });
    this.#pace = new Pace(options.clock);
  }

  /** Nothing waits, nothing is out, nothing is remembered. */
  get idle(): boolean {
    return this.#turns.isEmpty && this.#calls.size === 0 && !this.#circuit.isOfUse && this.#pace.isFull;
  }

  /** Queues a flight. Where the destination is known to be down it lands at once, unless it is the probe. */
  add(flight: Flight, { isProbe = false } = {}): void {
    this.#pace.limit(flight.ask.backend.limits ?? {});
    const refusal = isProbe ? undefined : this.#refusal(flight.ask);
    if (refusal) {
      this.#circuit.remember(keyOf(flight.ask), flight.ask);
      this.#events.landed(flight, refusal);
      return;
    }
    this.#enqueue(flight);
    this.#pump({ isBreath: true });
  }

  /** Nobody wants the flight any more: it leaves the queue, and a call that carries nothing else is given up. */
  abandon(flight: Flight): void {
    if (this.#turns.remove(flight)) {
      this.#events.landed(flight, unanswered(flight.ask));
      return;
    }
    for (const call of this.#calls) {
      if (!call.flights.includes(flight) || call.flights.some(({ wanted }) => wanted)) continue;
      for (const one of call.flights) one.isGivenUp = true;
      call.abort.abort();
    }
  }

  forget(identity: string): void {
    this.#circuit.forget(identity);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    for (const { abort } of this.#calls) abort.abort();
    for (const flight of this.#turns.drain()) this.#events.landed(flight, unanswered(flight.ask));
  }

  #enqueue(flight: Flight): void {
    const size = this.#alone.has(flight) ? 1 : batchSizeOf(flight.ask);
    const waitMs = size > 1 ? this.#options.windowMs : 0;
    this.#turns.add(flight, { size, readyMs: this.#options.clock.monotonicMs() + waitMs });
  }

  // Sends what may go; otherwise sets the one timer for the moment at which something may. While flights are being added, time
  // that goes by is this process's own: what waits for company has it until the next turn of the event loop.
  #pump({ isBreath = false } = {}): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    // Calls given up by closing end later, and must not start others.
    if (this.#isClosed) return;
    for (;;) {
      const waitMs = this.#waitMs();
      if (waitMs === undefined) return;
      if (waitMs > 0 || (isBreath && !this.#turns.isEmpty && !this.#turns.hasFull)) {
        this.#cancelTimer = this.#options.clock.timer(Math.max(waitMs, 0), () => this.#pump());
        return;
      }
      if (this.#tryProbe()) return;
      const nowMs = isBreath ? Number.NEGATIVE_INFINITY : this.#options.clock.monotonicMs();
      const [first, ...more] = this.#turns.take(nowMs);
      if (!first) return;
      this.#pace.take();
      void this.#call([first, ...more]);
    }
  }

  // How long until the next call may go; undefined where only the end of a call changes that.
  #waitMs(): number | undefined {
    const open = this.#circuit.closedBy;
    // Calls that went out before it opened may hang on: they do not stand in the way of a probe.
    if (open ? this.#isProbed : this.#calls.size >= this.#pace.concurrency) return undefined;
    if (open && open.waitMs > 0) return open.waitMs;
    if (this.#turns.isEmpty) return open ? 0 : undefined;
    return Math.max(this.#pace.waitMs(), this.#turns.untilReadyMs(this.#options.clock.monotonicMs()));
  }

  // Whether a probe is out.
  get #isProbed(): boolean {
    return [...this.#calls].some(({ isProbe }) => isProbe);
  }

  // Whether the circuit's wait is over and nobody is there to be the probe: then a remembered ask is.
  #tryProbe(): boolean {
    if (this.#circuit.isClosed) return false;
    this.#circuit.probe();
    if (!this.#turns.isEmpty) return false;
    const out = new Set([...this.#calls].flatMap(({ flights }) => flights.map(({ ask }) => keyOf(ask))));
    const candidate = this.#circuit.candidate((key) => out.has(key));
    if (candidate) this.#events.probe(candidate);
    return true;
  }

  async #call(flights: readonly [Flight, ...Flight[]]): Promise<void> {
    const { clock, callTimeoutMs, probeTimeoutMs } = this.#options;
    const call = { flights, abort: new AbortController(), isProbe: !this.#circuit.isClosed };
    this.#calls.add(call);
    const startedMs = clock.monotonicMs();
    for (const flight of flights) flight.startedMs = startedMs;
    const timeoutMs = call.isProbe ? probeTimeoutMs : callTimeoutMs;
    const [{ ask }, ...others] = flights;
    const outcomes = await callBackend([ask, ...others.map((other) => other.ask)], {
      clock,
      timeoutMs,
      abort: call.abort,
    });
    this.#calls.delete(call);
    // Given up because nobody waited: its failure says nothing about the destination.
    const isTelling = !call.abort.signal.aborted || outcomes.timedOut;
    const isBack = isTelling && this.#judge(outcomes.all, flights);
    for (const [index, flight] of flights.entries()) this.#land(flight, outcomes, index);
    // Told last, so that whoever asks at once finds the probe's answer.
    try {
      if (isBack) this.#events.recovered();
    } finally {
      this.#pump();
    }
  }

  #land(flight: Flight, { all, asOne }: CallOutcomes, index: number): void {
    const outcome = all[index] ?? unanswered(flight.ask);
    // Refused as one, which says nothing about its single keys (the batch action itself may be what is denied).
    const isUndecided = asOne && !isPassing(outcome);
    if (isUndecided && flight.wanted) {
      this.#alone.add(flight);
      flight.startedMs = undefined;
      this.#enqueue(flight);
      return;
    }
    if (isUndecided) flight.isKept = false;
    this.#events.landed(flight, outcome);
  }

  // What a call says about the destination. True where it ended an outage.
  #judge(outcomes: readonly Outcome[], flights: readonly Flight[]): boolean {
    const [first] = outcomes;
    const failure = outcomes.every(isPassing) && isStoreError(first) ? first : undefined;
    if (!failure) {
      this.#pace.succeeded();
      return this.#circuit.answered();
    }
    if (failure.class === 'Throttled') this.#pace.throttled();
    for (const { ask } of flights) this.#circuit.remember(keyOf(ask), ask);
    if (this.#circuit.failed(failure)) this.#turnAway();
    return false;
  }

  // The destination is given up for now: those in the queue are told, unless the wait is short.
  #turnAway(): void {
    for (const flight of this.#turns.drain()) {
      const refusal = this.#refusal(flight.ask);
      if (refusal) this.#events.landed(flight, refusal);
      else this.#enqueue(flight);
    }
  }

  // What those who ask are told while the destination is down. Made anew each time: the cause may name another's key.
  #refusal({ backend: { provider }, request }: Ask): StoreError | undefined {
    const open = this.#circuit.closedBy;
    if (!open) return undefined;
    // The wait is over and nothing was left to probe with: this is the probe.
    if (this.#circuit.isProbing && !this.#isProbed && this.#turns.isEmpty) return undefined;
    const isThrottled = open.cause.class === 'Throttled';
    if (isThrottled && open.waitMs <= this.#options.patienceMs) return undefined;
    const what = request ? `"${request.key}" was not read` : 'nothing was listed';
    const why = isThrottled ? `${provider} asks for fewer requests` : `${provider} does not answer`;
    return new StoreError(open.cause.class, `${what}: ${why}`, {
      provider,
      key: request?.key,
      retryAfterMs: isThrottled ? open.waitMs : undefined,
    });
  }
}

function batchSizeOf({ backend, request }: Ask): number {
  return request ? Math.max(1, backend.batchSize(request)) : 1;
}

/** Stable text for an ask: the same text is the same read. */
export function keyOf({ backend: { identity }, request, find }: Ask): string {
  if (request) {
    const { key, version, metadata = false, found = false } = request;
    return `${identity}\0read\0${JSON.stringify([key, version, metadata, found])}`;
  }
  const tags = Object.entries(find.tags ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  return `${identity}\0list\0${JSON.stringify([find.path, find.regexp, tags])}`;
}
