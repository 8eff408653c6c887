// The one status patch at the end of a look, or none when the status already says it.

import { isDeepStrictEqual } from 'node:util';
import type { Condition, KubeObject } from '../../src/kube/objects.ts';
import { type ConditionContext, conditionsOf, isSameCondition, type Verdict } from './conditions.ts';

/** An object with the status that we write. */
export interface WithStatus extends KubeObject {
  status?: {
    observedGeneration?: number;
    conditions?: Condition[];
    sealwright?: object;
  };
}

/** What a look has found, for the status. */
export interface StatusUpdate extends Omit<ConditionContext, 'generation'> {
  verdict: Verdict;
  /** What `status.sealwright` is to say. Undefined: what it says. */
  remember: Readonly<Record<string, unknown>> | undefined;
  /** Whether the installed definition keeps what only ours has; `false`: `observedGeneration` does not count. */
  keeps?: boolean | undefined;
  /** Other fields of the status. Default: none. */
  fields?: Readonly<Record<string, unknown>> | undefined;
}

/** The merge patch for the status subresource, or undefined when nothing changed. Refused (409) at another version. */
export function statusPatch(
  object: WithStatus,
  { verdict, remember, keeps, fields = {}, mirrors, now }: StatusUpdate,
): object | undefined {
  const { generation = 0, resourceVersion } = object.metadata;
  const before: Record<string, unknown> & NonNullable<WithStatus['status']> = { ...object.status };
  const conditions = conditionsOf(verdict, before.conditions ?? [], { generation, now, mirrors });
  const isSame =
    (before.observedGeneration === generation || (keeps === false && before.observedGeneration === undefined)) &&
    isSameList(conditions, before.conditions ?? []) &&
    Object.entries(fields).every(([name, value]) => isDeepStrictEqual(value, before[name])) &&
    (remember === undefined || isDeepStrictEqual(remember, before.sealwright));
  if (isSame) return undefined;
  return {
    metadata: { resourceVersion },
    status: {
      observedGeneration: generation,
      conditions,
      ...fields,
      ...(remember && { sealwright: exactly(remember, before.sealwright) }),
    },
  };
}

// A merge patch takes away only what it names.
function exactly(next: object, before: object = {}): object {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(next, name));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...next };
}

function isSameList(a: readonly Condition[], b: readonly Condition[]): boolean {
  return (
    a.length === b.length &&
    a.every((condition, index) => isSameCondition(condition, b[index] ?? { type: '', status: 'Unknown' }))
  );
}
