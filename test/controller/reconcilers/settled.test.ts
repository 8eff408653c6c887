// What a look that went well says, and that it says nothing new where nothing is.

import { describe, expect, it } from 'vitest';
import { Memories } from '../../../controller/reconcilers/memory.ts';
import type { Due, Outlook } from '../../../controller/reconcilers/outlook.ts';
import { withRestarts } from '../../../controller/reconcilers/restarting.ts';
import { againAfter, asItStands } from '../../../controller/reconcilers/settled.ts';
import type { Condition } from '../../../src/kube/objects.ts';
import { shortestIntervalMs } from '../../../src/kube/refresh-interval.ts';

const now = new Date('2026-11-21T00:00:00Z');
const left = { uid: 's', resourceVersion: '7', ours: 'x' };
const ready = (changes: Partial<Condition> = {}) => ({ type: 'Ready', status: 'True', ...changes }) as Condition;

function jobWith(conditions: Condition[], due: Due = { afterMs: 5_000 }): Outlook {
  const object = {
    apiVersion: 'example.com/v1',
    kind: 'Stored',
    metadata: { namespace: 'app', name: 'db', uid: 'u' },
    status: { conditions, sealwright: { secret: left, sources: 'a', version: '1' } },
  };
  const memory = new Memories<unknown, unknown>(() => 1).of('app/db', object);
  return { object, key: 'app/db', memory, version: '1', due, stands: true, sources: 'a' };
}

describe('an object of which nothing is due and nothing differs', () => {
  it('keeps what Ready says, in the words of whoever said it, and has nothing to remember', () => {
    const job = jobWith([ready({ reason: 'SecretSynced', message: 'secret synced' })]);
    expect(asItStands(job, 'ours', now)).toEqual({
      reason: 'SecretSynced',
      message: 'secret synced',
      againAfterMs: 5_000,
    });
  });

  it('gets our words where Ready is not True, or says nothing', () => {
    expect(asItStands(jobWith([ready({ status: 'False', reason: 'R', message: 'm' })]), 'ours', now)).toMatchObject({
      message: 'ours',
    });
    const { message, reason } = asItStands(jobWith([ready({ message: '' })]), 'ours', now);
    expect([message, reason]).toEqual(['ours', undefined]);
  });

  it('stays stale, since nothing was read', () => {
    const stale = { type: 'Stale', status: 'True', message: 'Denied: no' } as Condition;
    expect(asItStands(jobWith([ready(), stale]), 'ours', now).notes).toEqual({ Stale: 'Denied: no' });
  });

  it('is looked at when the read comes that was put off, and never where none comes', () => {
    const job = jobWith([ready()], 'elapsed');
    job.memory.notBefore = new Date(now.getTime() + 700);
    expect(asItStands(job, 'ours', now).againAfterMs).toBe(700);
    expect(asItStands(jobWith([ready()], 'elapsed'), 'ours', now).againAfterMs).toBe(1);
    expect(asItStands(jobWith([ready()], { afterMs: undefined }), 'ours', now).againAfterMs).toBeUndefined();
  });

  it('remembers with which templates it stands', () => {
    const job = { ...jobWith([ready()]), sources: 'b' };
    expect(asItStands(job, 'ours', now).remember).toEqual({ secret: left, sources: 'b', version: '1' });
    expect(job.memory.sources).toBe('b');
  });

  it('has nothing to write for another version of its Secret alone', () => {
    const job = jobWith([ready()]);
    job.memory.left = { ...left, resourceVersion: '8' };
    expect(asItStands(job, 'ours', now).remember).toBeUndefined();
    job.memory.left = { ...left, uid: 't' };
    expect(asItStands(job, 'ours', now).remember).toMatchObject({ secret: { uid: 't' } });
  });
});

it('the next look comes when the next read is due, soon where it is already, and never where none comes', () => {
  expect(againAfter({ afterMs: 9 })).toEqual({ againAfterMs: 9 });
  expect(againAfter({ afterMs: undefined })).toEqual({});
  expect(againAfter('elapsed')).toEqual({ againAfterMs: shortestIntervalMs });
});

describe('a restart of workloads', () => {
  const changedAt = '2026-11-20T23:59:00.000Z';
  const run = async (afterMs: number | undefined, againAfterMs?: number) => {
    const job = jobWith([ready()]);
    job.memory.note = { values: 'v', changedAt };
    const asked: string[] = [];
    const restarts = {
      settle: async (_: unknown, at: Date) => {
        asked.push(at.toISOString());
        return afterMs;
      },
    };
    const settled = { message: 'm', remember: { old: true }, ...(againAfterMs !== undefined && { againAfterMs }) };
    const signal = new AbortController().signal;
    const ended = await withRestarts(job, settled, { restarts, signal });
    return { ended, asked, note: job.memory.note };
  };

  it('that is still to come brings another look, and is not forgotten', async () => {
    const { ended, asked, note } = await run(300, 5_000);
    expect(asked).toEqual([changedAt]);
    expect(ended).toEqual({ message: 'm', remember: { old: true }, againAfterMs: 300 });
    expect(note).toEqual({ values: 'v', changedAt });
    expect((await run(300)).ended.againAfterMs).toBe(300);
    expect((await run(300, 20)).ended.againAfterMs).toBe(20);
  });

  it('that is done is remembered as done', async () => {
    const { ended, note } = await run(undefined, 5_000);
    expect(ended).toEqual({
      message: 'm',
      againAfterMs: 5_000,
      remember: { secret: left, sources: 'a', version: '1', values: 'v' },
    });
    expect(note).toEqual({ values: 'v' });
  });

  it('that nobody wants is not asked for', async () => {
    const job = jobWith([ready()]);
    const settle = () => Promise.reject(new Error('asked'));
    const settled = { message: 'm' };
    expect(await withRestarts(job, settled, { restarts: { settle }, signal: new AbortController().signal })).toBe(
      settled,
    );
  });
});
