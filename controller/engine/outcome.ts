// How one look at an object may end: settled, stalled until something changes, or waiting for a while.

import { SealError, type SealErrorOptions } from '../../src/errors.ts';

/** The object is as its spec asks. */
export interface Settled {
  /** What stands in the Ready condition: one sentence that does not change while nothing changes. */
  readonly message: string;
  /** The reason of Ready=True. Default: the kind's own. */
  readonly reason?: string;
  /** Informational conditions that are true now, with their message. Default: none. */
  readonly notes?: Partial<Record<'Stale', string>>;
  /** Fields of the status beside the conditions. Default: as they are. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Come back after this long although nothing changed. Default: never. */
  readonly againAfterMs?: number;
  /** The status may wait while others are held up: another look would end the same. Default: only where nothing is to come. */
  readonly mayWait?: boolean;
  /** What was done just now, for one event. Default: nothing, no event. */
  readonly change?: { reason: string; message: string; type?: 'Normal' | 'Warning' };
  /** What `status.sealwright` should remember. Default: what it remembers. */
  readonly remember?: Readonly<Record<string, unknown>>;
}

/** Nothing more will happen until the object, or what it refers to, changes: a person has to act. */
export class Stalled extends SealError {
  /** One documented word in CamelCase; see `src/kube/reasons.ts`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: SealErrorOptions) {
    super('STALLED', message, options);
    this.reason = reason;
  }
}

/** The cause may pass by itself: look again after `afterMs`. */
export class Waiting extends SealError {
  /** One documented word in CamelCase; see `src/kube/reasons.ts`. */
  readonly reason: string;
  readonly afterMs: number;

  constructor(reason: string, message: string, afterMs: number, options?: SealErrorOptions) {
    super('WAITING', message, options);
    this.reason = reason;
    this.afterMs = afterMs;
  }
}

/** What the engine does with a key after one look at its object. */
export type Result =
  | { next: 'rest' }
  /** One more look, when nothing urgent waits. */
  | { next: 'later' }
  /** What it needs is on its way, and whoever brings it asks for the look; that it failed before is not forgotten. */
  | { next: 'held' }
  | { next: 'again'; afterMs: number }
  /** Per-key backoff decides; never sooner than `afterMs`. */
  | { next: 'retry'; afterMs?: number };
