// Leader election by a Lease: of several replicas one writes, and it stops before another may begin.

import { SealError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import type { Log } from '../log.ts';

export interface LeaderOptions {
  kube: KubeApi;
  namespace: string;
  /** The Lease's name. */
  name: string;
  /** Names this replica; different for each. */
  identity: string;
  clock: Clock;
  random: () => number;
  log: Log;
}

// client-go's defaults (tools/leaderelection): a dead leader is replaced after 15 s, a live one gives up after 10.
const leaseMs = 15_000;
const renewMs = 10_000;
const retryMs = 2_000;
// Leaves time for a first renewal.
const acquireMs = 5_000;

/** coordination.k8s.io/v1 Lease. Times are RFC 3339 with microseconds. */
interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** The lease was lost: whoever led must end. */
class LeaseLost extends SealError {
  constructor(message: string) {
    super('LEASE_LOST', message, { hint: 'another replica goes on; this one has to be started again' });
  }
}

/** One replica's part in the election. */
export class LeaderElection {
  readonly #options: LeaderOptions;
  // What was seen last and since when by our own clock: clocks of others do not count.
  #seen: { version: string; sinceMs: number } | undefined;
  #held: Lease | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  /**
   * Waits for the lease, calls `lead`, and keeps the lease until `signal` aborts; then releases it. Rejects with `LeaseLost`
   * when it could not be renewed in time; the signal that `lead` was given is aborted by then.
   */
  async run(lead: (writing: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { log, identity } = this.#options;
    const sinceMs = await this.#acquire(signal);
    if (signal.aborted) return this.#release();
    log.info({ identity }, 'leading');
    const writing = new AbortController();
    const leading = lead(writing.signal);
    const losing = this.#keep(sinceMs, signal).finally(() => writing.abort());
    await Promise.all([leading, losing]);
    await this.#release();
  }

  // Resolves to the time from which the lease lasts, which is when it was asked for; and at shutdown.
  async #acquire(signal: AbortSignal): Promise<number> {
    const { clock, random } = this.#options;
    for (;;) {
      const startedMs = clock.monotonicMs();
      // Of an answer that comes later, another may have waited for the end already.
      if ((await this.#within(acquireMs, signal)) || signal.aborted) return startedMs;
      await clock.sleep(retryMs * (1 + random() * 0.2), signal).catch(() => {});
    }
  }

  // Resolves at shutdown, rejects when the lease is lost.
  async #keep(sinceMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let renewedMs = sinceMs;
    while (!signal.aborted) {
      await clock.sleep(retryMs, signal).catch(() => {});
      if (signal.aborted) return;
      // An answer that comes too late is none: the call ends with the time that is left.
      const leftMs = renewedMs + renewMs - clock.monotonicMs();
      const startedMs = clock.monotonicMs();
      if (leftMs > 0 && (await this.#within(leftMs, signal))) renewedMs = startedMs;
      else if (clock.monotonicMs() - renewedMs >= renewMs) throw new LeaseLost('the lease was lost');
      if (this.#held === undefined) throw new LeaseLost('another replica has the lease');
    }
  }

  async #within(ms: number, signal: AbortSignal): Promise<boolean> {
    const timeout = new AbortController();
    const cancel = this.#options.clock.timer(ms, () => timeout.abort());
    try {
      return await this.#try(AbortSignal.any([signal, timeout.signal]));
    } finally {
      cancel();
    }
  }

  /** Takes or renews the lease; false when another has it or the server did not answer. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { kube, namespace, name, identity, log } = this.#options;
    try {
      const lease = await kube.get<Lease>(resources.lease, { namespace, name }, { signal }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      if (!lease) {
        this.#held = await kube.create<Lease>(resources.lease, this.#claim(undefined), { signal });
        return true;
      }
      if (lease.spec?.holderIdentity !== identity && !this.#hasExpired(lease)) {
        this.#held = undefined;
        return false;
      }
      this.#held = await kube.replace<Lease>(resources.lease, this.#claim(lease), { signal });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      // Someone was faster, perhaps with nothing that matters: the next look tells who holds it.
      if (!isConflict(error) && !isAlreadyExists(error)) log.warn({ error }, 'lease not renewed');
      return false;
    }
  }

  // Expired when it did not change for its whole duration while we watched.
  #hasExpired({ metadata, spec }: Lease): boolean {
    const { clock } = this.#options;
    if (!spec?.holderIdentity) return true;
    const version = metadata.resourceVersion ?? '';
    if (this.#seen?.version !== version) this.#seen = { version, sinceMs: clock.monotonicMs() };
    return clock.monotonicMs() - this.#seen.sinceMs >= (spec.leaseDurationSeconds ?? leaseMs / 1000) * 1000;
  }

  #claim(lease: Lease | undefined): Lease {
    const { namespace, name, identity, clock } = this.#options;
    const now = clock.now().toISOString().replace(/Z$/, '000Z');
    const isOurs = lease?.spec?.holderIdentity === identity;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease?.metadata ?? { namespace, name },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: leaseMs / 1000,
        acquireTime: isOurs ? (lease?.spec?.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (lease && !isOurs ? 1 : 0),
      },
    };
  }

  // Another may begin at once instead of after fifteen seconds.
  async #release(): Promise<void> {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    const { kube, clock, log } = this.#options;
    const spec = { ...held.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    const timeout = new AbortController();
    const cancel = clock.timer(retryMs, () => timeout.abort());
    await kube
      .replace<Lease>(resources.lease, { ...held, spec }, { signal: timeout.signal })
      .catch((error: unknown) => {
        log.warn({ error }, 'lease not released');
      });
    cancel();
  }
}
