// The gate before the private keys: turns, waits, and who is sent away.

import { expect, it } from 'vitest';
import { Gate, type GateOptions } from '../../../controller/http/gate.ts';
import { FakeClock } from '../../support/clock.ts';

function open({ perSecond = 100, isPressed = () => false }: Partial<Omit<GateOptions, 'clock'>> = {}) {
  const clock = new FakeClock();
  return { clock, gate: new Gate({ clock, perSecond, isPressed }) };
}

/** Work that goes on until it is let go. */
function work() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ended: () => ended, end };
}

it('lets one in at a time, in the order they came', async () => {
  const { gate } = open();
  const order: string[] = [];
  const first = work();
  const all = [
    gate.enter(async () => {
      order.push('first begins');
      await first.ended();
      order.push('first ends');
    }),
    gate.enter(async () => void order.push('second')),
    gate.enter(async () => void order.push('third')),
  ];
  first.end();
  await Promise.all(all);
  expect(order).toEqual(['first begins', 'first ends', 'second', 'third']);
});

it('sends away who finds four waiting, at once', async () => {
  const { gate } = open();
  const first = work();
  const inside = gate.enter(async () => first.ended());
  const waiting = Array.from({ length: 4 }, () => gate.enter(async () => 'done'));
  expect(await gate.enter(async () => 'done')).toBeUndefined();
  first.end();
  await inside;
  expect(await Promise.all(waiting)).toEqual(['done', 'done', 'done', 'done']);
});

it('sends away whose turn does not come within ten seconds, and does not do the work later', async () => {
  const { gate, clock } = open();
  const first = work();
  const inside = gate.enter(async () => first.ended());
  let isDone = false;
  const second = gate.enter(async () => {
    isDone = true;
  });
  await clock.advance(10_000);
  expect(await second).toBeUndefined();
  first.end();
  await inside;
  expect(isDone).toBe(false);
  expect(await gate.enter(async () => 'open again')).toBe('open again');
});

it('lets the next one in after a failure', async () => {
  const { gate } = open();
  await expect(gate.enter(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await gate.enter(async () => 'next')).toBe('next');
});

it('opens no more values a second than it is told', async () => {
  const { gate, clock } = open({ perSecond: 10 });
  let opened = 0;
  const all = Array.from({ length: 40 }, () => gate.pay(1).then(() => opened++));
  await clock.advance(0);
  expect(opened).toBe(20);
  await clock.advance(1000);
  expect(opened).toBe(30);
  await clock.advance(1000);
  await Promise.all(all);
  expect(opened).toBe(40);
});

it('steps aside while changed objects wait, though not for ever', async () => {
  let isPressed = true;
  const { gate, clock } = open({ isPressed: () => isPressed });
  let opened = 0;
  const first = gate.pay(1).then(() => opened++);
  await clock.advance(80);
  expect(opened).toBe(0);
  await clock.advance(20);
  await first;
  const second = gate.pay(1).then(() => opened++);
  await clock.advance(20);
  isPressed = false;
  await clock.advance(20);
  await second;
  expect(opened).toBe(2);
});
