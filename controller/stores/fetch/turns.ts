// Reads that wait for their call: put together by identity as far as they batch, and taken in turns.

import type { Flight } from './flight.ts';

interface Group {
  readonly flights: Flight[];
  readonly size: number;
  readonly readyMs: number;
}

/** The queue of one destination. Each identity gets its turn, however much another one asks. */
export class Turns {
  // In the order of their turns.
  readonly #groups = new Map<string, Group>();

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** Puts a flight to those it may share a call of at most `size` with; the first of them decides that they wait until `readyMs`. */
  add(flight: Flight, { size, readyMs }: { size: number; readyMs: number }): void {
    const name = `${flight.ask.backend.identity}\0${size}`;
    const group = this.#groups.get(name);
    if (group) group.flights.push(flight);
    else this.#groups.set(name, { flights: [flight], size, readyMs });
  }

  /** Takes one flight out. False: it does not wait here. */
  remove(flight: Flight): boolean {
    for (const [name, group] of this.#groups) {
      const index = group.flights.indexOf(flight);
      if (index < 0) continue;
      group.flights.splice(index, 1);
      if (group.flights.length === 0) this.#groups.delete(name);
      return true;
    }
    return false;
  }

  /** Whether some call is full. */
  get hasFull(): boolean {
    return [...this.#groups.values()].some(isFull);
  }

  /** How long until some call may go: a full one at once, another when its first flight has waited for company. */
  untilReadyMs(nowMs: number): number {
    return Math.min(...[...this.#groups.values()].map((group) => (isFull(group) ? 0 : group.readyMs - nowMs)));
  }

  /** The flights of the next call: of one identity, as many as fit. Then it is the next identity's turn. */
  take(nowMs: number): Flight[] {
    for (const [name, group] of this.#groups) {
      if (!isFull(group) && group.readyMs > nowMs) continue;
      const flights = group.flights.splice(0, group.size);
      this.#groups.delete(name);
      if (group.flights.length > 0) this.#groups.set(name, group);
      return flights;
    }
    return [];
  }

  /** Takes out everything. */
  drain(): Flight[] {
    const flights = [...this.#groups.values()].flatMap((group) => group.flights);
    this.#groups.clear();
    return flights;
  }
}

function isFull({ flights, size }: Group): boolean {
  return flights.length >= size;
}
