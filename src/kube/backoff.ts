// How long to wait before trying again.

/** Full jitter: a random part of a ceiling that doubles with each attempt (AWS Architecture Blog, 2015). */
export class Backoff {
  #attempt = 0;
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #random: () => number;

  constructor({ firstMs, longestMs, random }: { firstMs: number; longestMs: number; random: () => number }) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#random = random;
  }

  /** The next wait. */
  nextMs(): number {
    const ceiling = Math.min(this.#longestMs, this.#firstMs * 2 ** Math.min(this.#attempt++, 30));
    return ceiling * this.#random();
  }

  /** Things went well: the next wait is a short one again. */
  reset(): void {
    this.#attempt = 0;
  }
}
