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
