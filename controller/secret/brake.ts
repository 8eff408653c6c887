// When so many objects vanish at once that it must be a mistake: a deleted kind, a wrong prune, an emptied repository.

/** More than this many of `total` at once are a mass: a fifth, and never fewer than ten. */
export function largestOrdinary(total: number): number {
  return Math.max(10, Math.floor(total * 0.2));
}

export interface VanishedOptions {
  monotonicMs: () => number;
  /** How many objects there are now. */
  count: () => number;
  /** Called once for each mass, when it becomes one. */
  onMass: (vanished: number) => void;
}

const windowMs = 5 * 60 * 1000;

/** Counts objects as they vanish, over five minutes. */
export class Vanished {
  readonly #options: VanishedOptions;
  #times: number[] = [];
  #isMass = false;

  constructor(options: VanishedOptions) {
    this.#options = options;
  }

  /** One object is gone. */
  add(): void {
    const { monotonicMs, count, onMass } = this.#options;
    const now = monotonicMs();
    this.#times.push(now);
    if ((this.#times[0] ?? now) <= now - windowMs) this.#times = this.#times.filter((time) => time > now - windowMs);
    const vanished = this.#times.length;
    const wasMass = this.#isMass;
    this.#isMass = vanished > largestOrdinary(count() + vanished);
    if (this.#isMass && !wasMass) onMass(vanished);
  }
}
