// Who waits for an answer of a store, how urgently, and who takes it up.

import { describe, expect, it } from 'vitest';
import { type Ahead, heldUpBy, type Reading, takenUp } from '../../../controller/reconcilers/ahead.ts';
import { Memories } from '../../../controller/reconcilers/memory.ts';
import type { Due, Outlook } from '../../../controller/reconcilers/outlook.ts';
import type { WithStatus } from '../../../controller/status/status.ts';

const key = 'app/db';
const objectWith = (annotations: Record<string, string> = {}, generation = 1): WithStatus => ({
  apiVersion: 'example.com/v1',
  kind: 'Stored',
  metadata: { namespace: 'app', name: 'db', uid: 'u', generation, annotations },
});
const versionOf = ({ metadata }: WithStatus) => `${metadata.generation}`;

interface World {
  due?: Due;
  stands?: boolean;
  isRecognised?: boolean;
  jobNow?: () => never;
  drift?: 'correct' | 'detect';
}

type Job = Outlook<WithStatus, string, Reading<string>>;

function worldWith({ due = 'first', stands = false, isRecognised = true, jobNow, drift = 'correct' }: World = {}) {
  const memories = new Memories<string, Reading<string>>(({ length }) => length);
  const begun: { answer: (value: string) => void; refuse: (error: unknown) => void }[] = [];
  const asked: string[] = [];
  const told: boolean[] = [];
  const tools = { memories, drift, again: (name: string, lane: string) => void asked.push(`${name} ${lane}`) };
  const kind: Ahead<WithStatus, Job, typeof tools, Reading<string>> = {
    versionOf,
    jobNow: (object) =>
      jobNow?.() ?? {
        object,
        key,
        memory: memories.of(key, object),
        version: versionOf(object),
        due,
        stands,
        sources: undefined,
      },
    isRecognised: () => isRecognised,
    isAtRest: (job) => typeof job.due === 'object',
    begin(job) {
      const answer = new Promise<string>((resolve, reject) => begun.push({ answer: resolve, refuse: reject }));
      return { as: job.version, answer, isOver: false };
    },
    begun: (job) => void told.push(job.memory.reading !== undefined),
  };
  const heldUp = heldUpBy(kind);
  const isHeldUp = (object = objectWith()) => heldUp(object, tools, new AbortController().signal);
  return { isHeldUp, takenUp: () => takenUp(objectWith(), tools), memories, begun, asked, told };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an object that needs an answer of a store', () => {
  it.each([
    ['first', 'backlog'],
    ['changed', 'now'],
    ['elapsed', 'later'],
  ] as const)('is held up, and looked at when the answer is there, as urgently as it is due: %s', async (due, lane) => {
    const { isHeldUp, begun, asked } = worldWith({ due });
    expect(isHeldUp()).toBe(true);
    await turn();
    expect(asked).toEqual([]);
    begun[0]?.answer('value');
    await turn();
    expect(asked).toEqual([`${key} ${lane}`]);
    expect(isHeldUp()).toBe(false);
    expect(begun).toHaveLength(1);
  });

  it('is looked at when the answer is a refusal', async () => {
    const { isHeldUp, begun, asked, takenUp } = worldWith();
    isHeldUp();
    begun[0]?.refuse(new Error('denied'));
    await turn();
    expect(asked).toHaveLength(1);
    await expect(takenUp()?.answer).rejects.toThrow('denied');
  });

  it('asks once, however often it is looked at meanwhile', () => {
    const { isHeldUp, begun } = worldWith();
    expect([isHeldUp(), isHeldUp()]).toEqual([true, true]);
    expect(begun).toHaveLength(1);
  });

  it('asks anew when it is changed meanwhile, before and after the answer', async () => {
    const { isHeldUp, begun } = worldWith();
    isHeldUp();
    expect(isHeldUp(objectWith({}, 2))).toBe(true);
    begun[1]?.answer('value');
    await turn();
    expect(isHeldUp(objectWith({}, 3))).toBe(true);
    expect(begun).toHaveLength(3);
  });

  it('takes the answer up once, and not before it is there', async () => {
    const { isHeldUp, takenUp, begun } = worldWith();
    isHeldUp();
    expect(takenUp()).toBeUndefined();
    begun[0]?.answer('value');
    await turn();
    await expect(takenUp()?.answer).resolves.toBe('value');
    expect(takenUp()).toBeUndefined();
  });

  it('may tell others when its reading is noted', () => {
    const { isHeldUp, told } = worldWith();
    isHeldUp();
    expect(told).toEqual([true]);
  });
});

describe('an object is looked at at once', () => {
  const fails = () => {
    throw new Error('not possible');
  };
  it.each<[string, World]>([
    ['nothing is due and nothing changed', { due: { afterMs: 1 }, stands: true }],
    ['it cannot be', { jobNow: fails }],
    ['it is not known how its Secret was left', { isRecognised: false }],
  ])('where %s', (_, world) => {
    const { isHeldUp, begun } = worldWith(world);
    expect(isHeldUp()).toBe(false);
    expect(begun).toEqual([]);
  });

  it('where it is paused', () => {
    const { isHeldUp, begun } = worldWith();
    expect(isHeldUp(objectWith({ 'sealwright.dev/paused': 'true' }))).toBe(false);
    expect(begun).toEqual([]);
  });

  it('where what drifted is known, and not where drift is only told', () => {
    for (const [drift, isHeld] of [
      ['correct', false],
      ['detect', true],
    ] as const) {
      const { isHeldUp, memories } = worldWith({ due: 'elapsed', drift });
      memories.of(key, objectWith());
      memories.keep(key, 'value', '1');
      expect(isHeldUp()).toBe(isHeld);
    }
  });
});
