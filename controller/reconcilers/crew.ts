// The workers of one kind.

import type { Cache } from '../engine/cache.ts';
import { Workers } from '../engine/worker.ts';
import type { WithStatus } from '../status/status.ts';
import type { IsHeldUp } from './ahead.ts';
import type { FamilyOptions } from './family.ts';
import { type KeptObject, laneOf, viewOf } from './kept.ts';
import { type Look, lookWith, type Reconciler, type ShellTools } from './shell.ts';

/** Who works on what. */
export interface CrewOptions<T extends WithStatus, Tools> {
  reconciler: Reconciler<T, Tools>;
  cache: Cache<KeptObject<T>>;
  /** Whether an object is ours to serve. */
  isServed(object: NoInfer<T>): boolean;
  tools: Tools;
  /** Default: no look waits for anything. */
  isHeldUp?: IsHeldUp<T, Tools> | undefined;
}

/** Workers that are not started yet. */
export function crewOf<T extends WithStatus, Tools>(
  { reconciler, cache, isServed, tools, isHeldUp }: CrewOptions<T, Tools>,
  options: FamilyOptions & Pick<ShellTools<T>, 'statusRoom'>,
): Workers {
  const { clock, random, concurrency, log } = options;
  const objects = viewOf(cache, isServed);
  const work = lookWith(reconciler, { ...options, objects }, tools);
  const look: Look = async (key, turn) => {
    const object = objects.get(key);
    const waits = object && !object.metadata.deletionTimestamp && isHeldUp?.(object, tools, turn.signal);
    return waits ? { next: 'held' } : await work(key, turn);
  };
  const onBug = (key: string, error: unknown) => log.error({ object: key, error }, 'reconciler failed');
  return new Workers({ clock, random, concurrency, look, onBug });
}

/** Every object that there is, for its first look. */
export function enqueueEach<T extends WithStatus>(cache: Cache<KeptObject<T>>, { queue }: Workers): void {
  for (const [key, after] of cache.entries()) queue.add(key, laneOf({ key, before: undefined, after }));
}
