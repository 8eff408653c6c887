// What is told of an object before its stores are asked.

import { describe, expect, it } from 'vitest';
import { Memories } from '../../../controller/reconcilers/memory.ts';
import { isAtRest, isHealable, isSettled, type Outlook } from '../../../controller/reconcilers/outlook.ts';
import type { WithStatus } from '../../../controller/status/status.ts';

const now = new Date('2026-11-21T00:00:00Z');
const key = 'app/db';

function jobWith(changes: Partial<Outlook> = {}, ready: 'True' | 'False' = 'True'): Outlook<WithStatus, string> {
  const object: WithStatus = {
    apiVersion: 'example.com/v1',
    kind: 'Stored',
    metadata: { namespace: 'app', name: 'db', uid: 'u' },
    status: { conditions: [{ type: 'Ready', status: ready, lastTransitionTime: now.toISOString() }] },
  };
  const memories = new Memories<string, unknown>(({ length }) => length);
  const memory = memories.of(key, object);
  memories.keep(key, 'value', '1');
  return { object, key, memory, version: '1', due: 'elapsed', stands: true, sources: 'a', ...changes } as Outlook<
    WithStatus,
    string
  >;
}

const spread = (ms: number) => () => ms;

describe('a read that is due', () => {
  it.each(['first', 'changed'] as const)('comes at once: %s', (due) => {
    expect(isAtRest(jobWith({ due }), now, spread(1_000))).toBe(false);
  });

  it('is not there before its time', () => {
    expect(isAtRest(jobWith({ due: { afterMs: 1 } }), now, spread(0))).toBe(true);
    expect(isAtRest(jobWith({ due: { afterMs: undefined } }), now, spread(0))).toBe(true);
  });

  it('is put off once at a start, for as long as chance says', () => {
    const job = jobWith();
    expect(isAtRest(job, now, spread(1_000))).toBe(true);
    expect(isAtRest(job, new Date(now.getTime() + 999), spread(5_000))).toBe(true);
    expect(isAtRest(job, new Date(now.getTime() + 1_000), spread(5_000))).toBe(false);
  });

  it('is not put off where it was read before, the store told of news, the Secret does not stand, or the object is not ready', () => {
    const read = jobWith();
    read.memory.refreshedAt = now;
    const told = jobWith();
    told.memory.told = 'missed';
    for (const job of [read, told, jobWith({ stands: false }), jobWith({}, 'False')]) {
      expect(isAtRest(job, now, spread(1_000))).toBe(false);
    }
  });
});

it('what stands is settled where nothing is due, and the templates are those that it was made with, as far as is known', () => {
  const job = jobWith();
  expect(isSettled(job, true)).toBe(true);
  expect(isSettled(job, false)).toBe(false);
  expect(isSettled(jobWith({ stands: false }), true)).toBe(false);
  job.memory.sources = 'a';
  expect(isSettled(job, true)).toBe(true);
  job.memory.sources = 'b';
  expect(isSettled(job, true)).toBe(false);
});

it('what is known of the values heals what does not stand, for the same state of the object alone', () => {
  const job = jobWith({ stands: false });
  expect(isHealable(job, false, 'correct')).toBe(true);
  expect(isHealable(job, false, 'detect')).toBe(false);
  expect(isHealable(job, true, 'detect')).toBe(true);
  expect(isHealable(jobWith(), false, 'correct')).toBe(false);
  expect(isHealable(jobWith({ stands: false, version: '2' }), true, 'correct')).toBe(false);
});
