// What rewriting and filtering may cost: expressions and templates come from people who may not be trusted with the controller's time.

/** More than is granted was asked for. */
export class TooCostly extends Error {}

/** Steps of about 15 ns, counted before they are made, as if every one of them were needed. */
export class Cost {
  #left: number;

  /** Default: `grantedSteps`. */
  constructor(steps = grantedSteps) {
    this.#left = steps;
  }

  /** Throws `TooCostly`. */
  pay(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooCostly();
  }
}

/** For one instruction of a regular expression, to be paid as soon as it is compiled: that takes far longer than running it. */
export const compilingSteps = 100;

/** For all the rewriting of one entry: under a second at the worst. */
const grantedSteps = 60_000_000;
