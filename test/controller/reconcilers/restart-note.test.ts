// The note that restarts workloads once for each change of values.

import { describe, expect, it } from 'vitest';
import { type NoteInput, restartNote } from '../../../controller/reconcilers/restart-note.ts';
import { SecretBytes } from '../../../src/redact.ts';

const now = new Date('2026-01-01T00:00:00Z');
const valuesOf = (text: string) => new Map([['password', new SecretBytes(new TextEncoder().encode(text))]]);
const object = (annotations: Record<string, string>) => ({ apiVersion: 'v1', kind: 'X', metadata: { annotations } });
const note = (input: Partial<NoteInput>) =>
  restartNote({
    object: object({ 'sealwright.dev/restart': 'Deployment/api' }),
    isUnchanged: false,
    before: undefined,
    values: valuesOf('s3cret'),
    written: { changedValues: false },
    fingerprintKey: new Uint8Array(32),
    now,
    ...input,
  });
const { values } = note({});
const changedAt = now.toISOString();

describe('the note about restarts', () => {
  it('is empty where no workloads are named', () => {
    expect(note({ object: object({}), written: { changedValues: true } })).toEqual({});
  });

  it('holds a digest that tells values apart and shows none', () => {
    expect(values).not.toBe(note({ values: valuesOf('hunter2') }).values);
    expect(values).not.toContain('s3cret');
  });

  it.each<[string, Partial<NoteInput>, boolean]>([
    ['the Secret was just made for the first time', {}, false],
    ['there was one with other values', { written: { changedValues: true } }, true],
    ['there was one, which someone else had changed', { written: { changedValues: true }, isUnchanged: true }, false],
    [
      'the values are those of before, put right',
      { before: { values: values ?? '' }, written: { changedValues: true } },
      false,
    ],
    ['the values are others than before', { before: { values: 'others' }, written: { changedValues: true } }, true],
    ['they are others, and the Secret was gone', { before: { values: 'others' } }, true],
  ])('asks for restarts or not: %s', (_, input, isAsked) => {
    expect(note(input)).toEqual({ values, ...(isAsked && { changedAt }) });
  });

  it('keeps asking until it is done', () => {
    const before = { values: values ?? '', changedAt: '2025-12-31T23:59:59.000Z' };
    expect(note({ before })).toEqual(before);
    expect(note({ before: { ...before, values: 'others' } })).toEqual({ values, changedAt });
  });
});
