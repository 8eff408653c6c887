// Restarts workloads after their values changed: each once for all changes within a window, whoever made them.

import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { isApiError, isConflict } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { EventRecorder } from '../status/events.ts';
import { lastRestart, restartOf, type Target, type Targets, targetsOf, type Workload } from './targets.ts';

export interface RestarterOptions {
  kube: Pick<KubeApi, 'get' | 'apply'>;
  clock: Pick<Clock, 'now'>;
  log: Pick<Log, 'warn'>;
  events: Pick<EventRecorder, 'emit'>;
  metrics: Pick<Metrics, 'workloadRestarts'>;
  /** How long after a change a workload is restarted, so that changes that come together cost one restart. */
  windowMs: number;
}

/** How one workload fared. `joined`: a restart for another change came after this one. */
type Outcome = 'restarted' | 'joined' | 'missing' | 'forbidden' | 'failed';

/** Our field manager on workloads: it owns the time of the restart and nothing else. */
const restartManager = 'sealwright-restart';

const rounds = 4;
const retryMs = 10_000;

/**
 * Keeps nothing in memory: that a restart is due stands in the status of the object whose values changed, and that it was
 * done stands on the workload. So a controller that is killed in between forgets none and repeats none.
 */
export class Restarter {
  readonly #options: RestarterOptions;

  constructor(options: RestarterOptions) {
    this.#options = options;
  }

  /**
   * Restarts the `wanted` workloads of `object`, by default those that its annotation names, whose values changed at `changedAt`. Resolves to the milliseconds after
   * which it must be asked again, or to undefined when all is done. A workload that is not there, or may not be changed, is
   * told and done. Never throws.
   */
  async settle(
    object: KubeObject,
    changedAt: Date,
    signal: AbortSignal,
    wanted: Targets | undefined = targetsOf(object),
  ): Promise<number | undefined> {
    const { clock, windowMs } = this.#options;
    const leftMs = changedAt.getTime() + windowMs - clock.now().getTime();
    // More than the window is left where the clock was set back since: then it has been long enough.
    if (leftMs > 0 && leftMs <= windowMs) return leftMs;
    const { targets, wrong } = wanted ?? { targets: [], wrong: [] };
    for (const entry of wrong) {
      this.#tell(
        object,
        'RestartFailed',
        `"${entry}" is no Deployment, StatefulSet, DaemonSet or Rollout and its name`,
      );
    }
    let isDone = true;
    for (const target of targets) {
      const outcome = await this.#restart(target, object, changedAt, signal);
      if (outcome) this.#report(target, object, outcome);
      else isDone = false;
    }
    return isDone ? undefined : retryMs;
  }

  async #restart(
    target: Target,
    { metadata }: KubeObject,
    changedAt: Date,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    const { kube, clock, log } = this.#options;
    const at = { namespace: metadata.namespace, name: target.name };
    for (let round = 1; round <= rounds; round++) {
      try {
        const live = await kube.get<Workload>(target.resource, at, { signal });
        const last = lastRestart(target, live);
        if (last && last >= changedAt) return 'joined';
        // At the version that was read, so that of two that find it due at once only one restarts it.
        const wanted = restartOf(target, live, clock.now());
        await kube.apply(target.resource, wanted, { fieldManager: restartManager, signal });
        return 'restarted';
      } catch (error) {
        if (isConflict(error)) continue;
        const outcome = outcomeOf(error);
        if (outcome === undefined && !signal.aborted) {
          log.warn({ workload: nameOf(target), namespace: metadata.namespace, error }, 'workload not restarted yet');
        }
        return outcome;
      }
    }
    return undefined;
  }

  #report(target: Target, object: KubeObject, outcome: Outcome): void {
    this.#options.metrics.workloadRestarts.inc({ kind: target.resource.kind, result: outcome });
    if (outcome === 'joined') return;
    if (outcome === 'restarted') {
      this.#tell(object, 'Restarted', `${nameOf(target)} was restarted, since values changed`);
      return;
    }
    this.#tell(object, 'RestartFailed', `${nameOf(target)} was not restarted: ${whyNot[outcome]}`);
  }

  #tell(object: KubeObject, reason: 'Restarted' | 'RestartFailed', message: string): void {
    const { events, log } = this.#options;
    events.emit({ object, type: reason === 'Restarted' ? 'Normal' : 'Warning', reason, message });
    const { namespace, name } = object.metadata;
    if (reason === 'RestartFailed') log.warn({ object: `${namespace}/${name}` }, message);
  }
}

const nameOf = ({ resource, name }: Target) => `${resource.kind} ${name}`;

const whyNot = {
  missing: 'there is none in this namespace',
  forbidden: 'the controller may not get and patch it; deploy/rbac/restarts.yaml gives it the right',
  failed: 'the API server does not accept it',
} as const;

// Undefined: the cause may pass.
function outcomeOf(error: unknown): Outcome | undefined {
  if (!isApiError(error)) return undefined;
  if (error.status === 404) return 'missing';
  if (error.status === 403) return 'forbidden';
  return error.status === 400 || error.status === 422 ? 'failed' : undefined;
}
