// Waiting until objects are ready with what they ask for now: pure judgement, and the watches that bring the news.

import { LinkedAbort } from '../src/kube/abort.ts';
import type { KubeApi } from '../src/kube/api.ts';
import type { Clock } from '../src/kube/clock.ts';
import { type ReadStatus, readinessOf } from '../src/kube/conditions.ts';
import { type KubeObject, objectKey } from '../src/kube/objects.ts';
import type { Resource } from '../src/kube/resources.ts';
import { watchForever } from '../src/kube/watch.ts';
import { isApplied } from './applied.ts';
import { withKind } from './status/collect.ts';

/** What is known of one object that is waited for. */
export type Standing =
  | { is: 'ready' }
  /** Only a person can change it. */
  | { is: 'failed'; why: string }
  | { is: 'waiting'; why: string };

/** `wanted`: the manifest that the cluster is to have first. */
export function standingOf(object: KubeObject | undefined, wanted?: KubeObject): Standing {
  if (!object) return { is: 'waiting', why: 'it is not there' };
  if (object.metadata.deletionTimestamp) return { is: 'waiting', why: 'it is being deleted' };
  if (wanted && !isApplied(object, wanted))
    return { is: 'waiting', why: 'the cluster has another version than the file' };
  const { ready, reason, message, isCurrent, stalled, isPaused } = readinessOf(
    object as KubeObject & { status?: ReadStatus },
  );
  if (!isCurrent) return { is: 'waiting', why: 'nobody has looked at it as it is now' };
  if (ready === 'True') return { is: 'ready' };
  const said = [stalled?.reason ?? reason, stalled?.message ?? message].filter(Boolean).join(': ');
  const why = said || 'its controller gives no reason';
  return { is: stalled || isPaused ? 'failed' : 'waiting', why };
}

/** One object that is waited for, and under which version of its kind. */
export interface Target {
  /** Of the cluster that has it. */
  api: KubeApi;
  resource: Resource;
  namespace: string | undefined;
  name: string;
  wanted?: KubeObject | undefined;
}

export interface WaitOptions {
  clock: Clock;
  random: () => number;
  signal: AbortSignal;
  timeoutMs: number;
  /** Told of every change of what is known of a target. */
  onChange(target: Target, standing: Standing): void;
}

/** What became of each target when the waiting ended: all are ready, one failed, or the time was up. */
export type Outcome = ReadonlyMap<Target, Standing>;

/**
 * Follows the targets until each is ready or one has failed, or until the time is up. Nothing is asked again and again.
 * Throws the `ApiError` where they may not be watched.
 */
export async function waitFor(targets: readonly Target[], options: WaitOptions): Promise<Outcome> {
  const { clock, signal, timeoutMs } = options;
  const ending = new LinkedAbort(signal);
  const known = new Map<Target, Standing>();
  const cancel = clock.timer(timeoutMs, () => ending.abort());
  let failure: unknown;
  const see = (target: Target, object: KubeObject | undefined) => {
    const standing = standingOf(object, target.wanted);
    const before = known.get(target);
    known.set(target, standing);
    if (JSON.stringify(before) !== JSON.stringify(standing)) options.onChange(target, standing);
    const isOver = standing.is === 'failed' || targets.every((each) => known.get(each)?.is === 'ready');
    if (isOver) ending.abort();
  };
  const fail = (error: unknown) => {
    failure ??= error;
    ending.abort();
  };
  try {
    await Promise.all(grouped(targets).map((group) => follow(group, { ...options, signal: ending.signal }, see, fail)));
  } finally {
    cancel();
    ending.leave();
  }
  if (failure !== undefined) throw failure;
  return known;
}

/** Those that one watch can follow: of one kind in one namespace of one cluster. */
function grouped(targets: readonly Target[]): Target[][] {
  const clusters = [...new Set(targets.map(({ api }) => api))];
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const { api, resource, namespace = '' } = target;
    const key = `${clusters.indexOf(api)} ${resource.group}/${resource.plural} ${namespace}`;
    const group = groups.get(key);
    if (group) group.push(target);
    else groups.set(key, [target]);
  }
  return [...groups.values()];
}

async function follow(
  group: readonly Target[],
  { clock, random, signal }: Pick<WaitOptions, 'clock' | 'random' | 'signal'>,
  see: (target: Target, object: KubeObject | undefined) => void,
  fail: (error: unknown) => void,
): Promise<void> {
  const [first] = group;
  if (!first) return;
  const { api, resource, namespace, name } = first;
  const byKey = new Map(group.map((target) => [keyOf(target), target]));
  const present = new Set<Target>();
  const seen = (object: KubeObject) => {
    const target = byKey.get(objectKey(object));
    if (!target) return;
    present.add(target);
    see(target, withKind(object, resource));
  };
  await watchForever<KubeObject>({
    ...{ api, clock, random, signal, resource, namespace },
    ...(group.length === 1 && { fieldSelector: `metadata.name=${name}` }),
    handler: {
      onAdd: seen,
      onUpdate: seen,
      onDelete({ key }) {
        const target = byKey.get(key);
        if (target) see(target, undefined);
      },
      onSync() {
        for (const target of group) if (!present.has(target)) see(target, undefined);
      },
      onRestart(reason, error) {
        if (reason === 'denied') fail(error);
      },
      onHandlerError: fail,
    },
  });
}

const keyOf = ({ namespace, name }: Target) => (namespace === undefined ? name : `${namespace}/${name}`);
