// The real clock, and the one that tests turn by hand.

import { expect, test } from 'vitest';
import { systemClock } from '../../../src/kube/system-clock.ts';
import { FakeClock } from '../../support/clock.ts';

test.each([
  ['real', () => systemClock],
  ['fake', () => new FakeClock()],
])('a sleep of the %s clock ends with the reason of its signal', async (_, make) => {
  const reason = new Error('enough');
  const stop = new AbortController();
  const asleep = make().sleep(60_000, stop.signal);
  stop.abort(reason);
  await expect(asleep).rejects.toBe(reason);
  await expect(make().sleep(60_000, stop.signal)).rejects.toBe(reason);
});

test('a timer of the real clock fires once, a cancelled one never', async () => {
  let cancelled = false;
  const cancel = systemClock.timer(0, () => {
    cancelled = true;
  });
  cancel();
  const before = systemClock.monotonicMs();
  await new Promise<void>((resolve) => {
    systemClock.timer(1, resolve);
    // It does not keep the process alive; this sleep does.
    void systemClock.sleep(50);
  });
  expect(cancelled).toBe(false);
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
});

test('the fake clock fires what comes due in its order, and lets each settle before the next', async () => {
  const clock = new FakeClock(new Date('2026-02-01T00:00:00Z'));
  const fired: string[] = [];
  clock.timer(20, () => fired.push(`late at ${clock.monotonicMs()}`));
  void clock.sleep(10).then(() => {
    fired.push(`early at ${clock.monotonicMs()}`);
    clock.timer(5, () => fired.push(`nested at ${clock.monotonicMs()}`));
  });
  await clock.advance(30);
  expect(fired).toEqual(['early at 10', 'nested at 15', 'late at 20']);
  expect(clock.now().toISOString()).toBe('2026-02-01T00:00:00.030Z');
  expect(clock.waiting).toBe(0);
});
