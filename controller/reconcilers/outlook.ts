// What can be told of an object before its stores are asked: the same for everything that is read from them.

import type { Memory } from './memory.ts';

/** What is known of one object at one look. */
export interface Outlook {
  memory: Pick<Memory<unknown, unknown>, 'sources' | 'values' | 'valuesAs'>;
  /** The state of the object. */
  version: string;
  /** The Secret is as the last success left it. */
  stands: boolean;
  sources: string | undefined;
}

/** Nothing is due, and nothing has changed. */
export const isSettled = ({ memory, stands, sources }: Outlook, isAtRest: boolean) =>
  isAtRest && stands && (memory.sources === undefined || memory.sources === sources);

/** Drift or changed templates, and the values are at hand: no store is needed. */
export function isHealable(
  { memory, version, stands }: Outlook,
  isAtRest: boolean,
  drift: 'correct' | 'detect',
): boolean {
  // Drift that is only reported keeps no new values from coming.
  const isForMemory = isAtRest || (!stands && drift === 'correct');
  return memory.values !== undefined && memory.valuesAs === version && isForMemory;
}

/** The job of a look that is still to come. What cannot be is told by that look itself. */
export function ahead<T>(jobNow: () => T): T | undefined {
  try {
    return jobNow();
  } catch {
    return undefined;
  }
}
