import { describe, expect, test } from 'vitest';
import { untilKeyDueMs } from '../../keys/renewal.ts';

const day = 24 * 60 * 60 * 1000;
const now = new Date('2026-11-21T00:00:00Z');
const daysAgo = (days: number) => ({ createdAt: new Date(now.getTime() - days * day) });

describe('when a new key is due', () => {
  test('at once when there is none, even with renewal off', () => {
    expect(untilKeyDueMs({ renewPeriodMs: 30 * day, now })).toBe(0);
    expect(untilKeyDueMs({ renewPeriodMs: 0, now })).toBe(0);
  });

  test('when the newest is as old as the period', () => {
    expect(untilKeyDueMs({ newest: daysAgo(30), renewPeriodMs: 30 * day, now })).toBe(0);
    expect(untilKeyDueMs({ newest: daysAgo(29), renewPeriodMs: 30 * day, now })).toBe(day);
    expect(untilKeyDueMs({ newest: daysAgo(99), renewPeriodMs: 30 * day, now })).toBe(0);
  });

  test('never with renewal off', () => {
    expect(untilKeyDueMs({ newest: daysAgo(9999), renewPeriodMs: 0, now })).toBeUndefined();
  });
});
