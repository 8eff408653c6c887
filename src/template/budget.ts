// What one rendering may cost. Templates come from people who may not be trusted with the controller's time.

import { FunctionFailure } from './errors.ts';

/** Bounds on one rendering; part of the contract, documented in docs/templates.md. */
export interface Limits {
  /** Nodes evaluated and elements handled. */
  steps: number;
  /** Bytes of output, and of any one intermediate string. */
  outputBytes: number;
  /** Templates calling templates, and parentheses inside parentheses. */
  depth: number;
}

/** Room for what a Secret can hold: 1 MiB of output. */
export const defaultLimits: Limits = { steps: 1_000_000, outputBytes: 1_048_576, depth: 100 };

/** Counts what a rendering has cost so far. */
export class Budget {
  readonly limits: Limits;
  readonly #shared: Pick<Budget, 'spend'> | undefined;
  #steps = 0;

  /** `shared`: what several renderings may cost together. */
  constructor(limits: Limits, shared?: Pick<Budget, 'spend'>) {
    this.limits = limits;
    this.#shared = shared;
  }

  /** Pays for `steps` of work; functions call it with the size of what they loop over. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.limits.steps) throw new LimitFailure(`more than ${this.limits.steps} steps`);
    this.#shared?.spend(steps);
  }

  /** Refuses a string before it is made. */
  checkBytes(bytes: number): void {
    if (bytes > this.limits.outputBytes)
      throw new LimitFailure(`a string of more than ${this.limits.outputBytes} bytes`);
  }

  checkDepth(depth: number): void {
    if (depth > this.limits.depth) throw new LimitFailure(`more than ${this.limits.depth} levels deep`);
  }
}

// Some five seconds at the very worst: no lease is lost meanwhile.
const objectSteps = 5_000_000;

/** What the templates of one object may cost together: `shared` of each. */
export const budgetOfObject = (): Budget => new Budget({ ...defaultLimits, steps: objectSteps });

/** A rendering that costs too much. */
export class LimitFailure extends FunctionFailure {}
