// What can be told of an object before its stores are asked: the same for everything that is read from them.

import { findCondition } from '../../src/kube/conditions.ts';
import type { WithStatus } from '../status/status.ts';
import type { Memory } from './memory.ts';

/** `first`: never read. `changed`: the object is another than at the last read, or the store says that its value is. `elapsed`: it is time. */
export type Due = 'first' | 'changed' | 'elapsed' | { afterMs: number | undefined };

/** What is known of one object at one look. */
export interface Outlook<T extends WithStatus = WithStatus, V = unknown, R = unknown> {
  object: T;
  /** `namespace/name`. */
  key: string;
  memory: Memory<V, R>;
  /** The state of the object: another one when spec, labels or annotations are others. */
  version: string;
  due: Due;
  /** The Secret is as the last success left it. */
  stands: boolean;
  /** What the watches know of the templates that it names elsewhere: another one when one of them changes. */
  sources: string | undefined;
}

/** No read is due, or it is put off; `spreadMs` says how long, by chance. */
export function isAtRest({ due, memory, object, stands }: Outlook, now: Date, spreadMs: () => number): boolean {
  if (due !== 'elapsed') return typeof due === 'object';
  // Overdue at a start of the controller: so are all others, and they shall not come together.
  if (memory.refreshedAt || memory.told || !stands) return false;
  if (findCondition(object.status?.conditions, 'Ready')?.status !== 'True') return false;
  memory.notBefore ??= new Date(now.getTime() + spreadMs());
  return now < memory.notBefore;
}

/** Nothing is due, and nothing has changed. */
export const isSettled = ({ memory, stands, sources }: Outlook, rests: boolean) =>
  rests && stands && (memory.sources === undefined || memory.sources === sources);

/** Drift or changed templates, and the values are at hand: no store is needed. */
export function isHealable({ memory, version, stands }: Outlook, rests: boolean, drift: 'correct' | 'detect'): boolean {
  // Drift that is only reported keeps no new values from coming.
  const isForMemory = rests || (!stands && drift === 'correct');
  return memory.values !== undefined && memory.valuesAs === version && isForMemory;
}
