// Reads of either AWS service: many in one call where the identity may, one by one where it may not.

import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../src/kube/clock.ts';
import { type Find, type Found, isStoreError, type Limits, type ReadOutcome, type ReadRequest } from '../store.ts';
import { isActionRefused } from './refusals.ts';
import type { AwsOperations, ServiceOptions } from './service.ts';

// Long enough not to ask twice for every read, short enough to notice a better policy.
const refusedMs = 15 * 60_000;

/** One of the services, as a backend uses it. */
export class BatchedReads {
  readonly #operations: AwsOperations;
  readonly #clock: Clock;
  readonly #nameOf: ServiceOptions['nameOf'];
  readonly #aloneUntilMs = new LRUCache<string, number>({ max: 10_000 });
  #noBatchUntilMs = 0;
  #refusals = 0;

  constructor(operations: AwsOperations, { clock, nameOf }: ServiceOptions) {
    this.#operations = operations;
    this.#clock = clock;
    this.#nameOf = nameOf;
  }

  get limits(): Limits {
    return this.#operations.limits;
  }

  /** As `Backend.batchSize`. */
  batchSize(request: ReadRequest): number {
    const aloneUntilMs = this.#aloneUntilMs.get(this.#nameOf(request)) ?? 0;
    const isAlone = this.#clock.monotonicMs() < Math.max(this.#noBatchUntilMs, aloneUntilMs);
    return request.version || request.metadata || isAlone ? 1 : this.#operations.batch.limit;
  }

  /** As `Backend.read`. */
  async read(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]> {
    const [only] = requests;
    if (only && requests.length === 1) return [await this.#readOne(only, signal)];
    const names = [...new Set(requests.map((request) => this.#nameOf(request)))];
    const outcomeOf = await this.#operations.many(names, signal, (error) => this.#remember(error));
    this.#refusals = 0;
    return Promise.all(
      // One that is told nothing about, as a partial ARN may be, is asked for by itself.
      requests.map((request) => outcomeOf(request, this.#nameOf(request)) ?? this.#readOne(request, signal)),
    );
  }

  /** As `Backend.list`. */
  list(find: Find, signal: AbortSignal): Promise<readonly Found[]> {
    return this.#operations.list(find, signal);
  }

  async #readOne(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    const { batch } = this.#operations;
    try {
      return await (request.metadata
        ? this.#operations.tags(request, signal)
        : this.#operations.value(request, signal));
    } catch (error) {
      if (!isStoreError(error)) throw error;
      if (error.class === 'Denied' && batch.isSpoiltByOne) {
        this.#aloneUntilMs.set(this.#nameOf(request), this.#clock.monotonicMs() + refusedMs);
      }
      return error;
    }
  }

  // Where one denied name spoils a batch it goes alone from then on; a batch that is refused all the same, again and
  // again, is one that the identity may not ask for at all.
  #remember(error: unknown): void {
    const { isSpoiltByOne } = this.#operations.batch;
    if (!isActionRefused(error) || ++this.#refusals < (isSpoiltByOne ? 3 : 1)) return;
    this.#noBatchUntilMs = this.#clock.monotonicMs() + refusedMs;
  }
}
