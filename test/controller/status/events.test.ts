// Events: one for a change, at a bounded pace, and no trouble when they are lost.

import { describe, expect, it } from 'vitest';
import { EventRecorder } from '../../../controller/status/events.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { FakeClock } from '../../support/clock.ts';

const object = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'a', name: 'x' } };

function open() {
  const clock = new FakeClock();
  const sent: string[] = [];
  const named: (string | undefined)[] = [];
  const times: (string | undefined)[] = [];
  const create = async (_: unknown, event: KubeObject & { message?: string; firstTimestamp?: string }) => {
    sent.push(event.message ?? '');
    times.push(event.firstTimestamp);
    named.push(event.metadata.name);
  };
  const kube = { create } as unknown as KubeApi;
  const state = { isPressed: false };
  const onLost = (error: unknown) => {
    throw error;
  };
  const events = new EventRecorder({ kube, clock, random: () => 0, onLost, isPressed: () => state.isPressed });
  const emit = (message: string) => events.emit({ object, type: 'Normal', reason: 'Unsealed', message });
  return { clock, sent, named, times, state, events, emit };
}

describe('the event recorder', () => {
  it('sends at once while nothing urgent waits', async () => {
    const { clock, sent, emit } = open();
    for (const message of ['one', 'two', 'three']) emit(message);
    await clock.advance(0);
    expect(sent).toEqual(['one', 'two', 'three']);
  });

  it.each(['.', '-'])('names them as the API server takes it, wherever a long name is cut: %s', async (last) => {
    const { clock, named, events } = open();
    const name = `${'a'.repeat(199)}${last}b`;
    events.emit({
      object: { ...object, metadata: { namespace: 'a', name } },
      type: 'Normal',
      reason: 'R',
      message: 'm',
    });
    await clock.advance(0);
    // RFC 1123, as of a subdomain.
    const part = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
    expect(named).toEqual([expect.stringMatching(new RegExp(`^${part}(\\.${part})*$`))]);
  });

  it('sends a few a second while something urgent waits, and the rest at once afterwards', async () => {
    const { clock, sent, state, emit } = open();
    state.isPressed = true;
    for (let i = 0; i < 20; i++) emit(`${i}`);
    await clock.advance(499);
    expect(sent).toEqual([]);
    await clock.advance(1_001);
    expect(sent).toHaveLength(6);
    state.isPressed = false;
    await clock.advance(500);
    expect(sent).toHaveLength(20);
  });

  it('says when it happened, however long an event waited', async () => {
    const { clock, times, state, emit } = open();
    const happened = clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    state.isPressed = true;
    for (let i = 0; i < 100; i++) emit(`${i}`);
    await clock.advance(30_000);
    expect(times).toHaveLength(100);
    expect(new Set(times)).toEqual(new Set([happened]));
  });

  it('sends warnings before everything else, and each kind in its order', async () => {
    const { clock, sent, state, events, emit } = open();
    state.isPressed = true;
    for (let i = 0; i < 6; i++) emit(`${i}`);
    for (const message of ['denied', 'gone']) events.emit({ object, type: 'Warning', reason: 'Denied', message });
    await clock.advance(5_000);
    // Two were on their way.
    expect(sent).toEqual(['0', '1', 'denied', 'gone', '2', '3', '4', '5']);
  });

  it('sends what happens now within a second of a flood that takes minutes, and the flood all the same', async () => {
    const { clock, sent, emit } = open();
    for (let i = 0; i < 1_000; i++) emit(`${i}`);
    await clock.advance(20_000);
    expect(sent.length).toBeLessThan(500);
    emit('now');
    expect(sent).not.toContain('now');
    await clock.advance(1_000);
    expect(sent).toContain('now');
    await clock.advance(60_000);
    expect(new Set(sent).size).toBe(1_001);
  });

  it('keeps warnings when it cannot keep everything', async () => {
    const { clock, sent, events, emit } = open();
    events.emit({ object, type: 'Normal', reason: 'Unsealed', message: 'first' });
    for (let i = 0; i < 100; i++) events.emit({ object, type: 'Warning', reason: 'Denied', message: `denied ${i}` });
    for (let i = 0; i < 6_000; i++) emit(`${i}`);
    await clock.advance(400_000);
    expect(sent.filter((message) => message.startsWith('denied'))).toHaveLength(100);
    expect(sent).toContain('5999');
    expect(sent).not.toContain('100');
    expect(sent.length).toBeLessThanOrEqual(5_002);
  });

  it('sends no more than twenty a second over time', async () => {
    const { clock, sent, emit } = open();
    for (let i = 0; i < 200; i++) emit(`${i}`);
    await clock.advance(1_000);
    expect(sent.length).toBeGreaterThanOrEqual(58);
    expect(sent.length).toBeLessThanOrEqual(62);
  });

  it('lets go of what is left when it is stopped', async () => {
    const { clock, sent, state, events, emit } = open();
    state.isPressed = true;
    emit('one');
    await clock.advance(10);
    await events.stop();
    expect(sent).toEqual([]);
  });
});
