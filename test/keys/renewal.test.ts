// When the next key is due, and when none is.

import { describe, expect, test } from 'vitest';
import { untilKeyDueMs } from '../../keys/renewal.ts';
import type { Certificate } from '../../src/seal/certificate.ts';

const minute = 60 * 1000;
const day = 24 * 60 * minute;
// What else a certificate has decides nothing here.
const sealing = {} as Certificate;
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

  test('before its certificate ends, so that nobody is left with one that has expired', () => {
    const due = (fromDays: number, validDays: number, renewPeriodMs = 30 * day) => {
      const notBefore = new Date(now.getTime() - fromDays * day);
      const certificate = { ...sealing, notBefore, notAfter: new Date(notBefore.getTime() + validDays * day) };
      return untilKeyDueMs({ newest: { createdAt: notBefore, certificate }, renewPeriodMs, now });
    };
    expect(due(0, 10)).toBe(9 * day);
    expect(due(9, 10)).toBe(0);
    expect(due(20, 10)).toBe(0);
    expect(due(20, 3650)).toBe(10 * day);
    expect(due(20, 10, 0)).toBeUndefined();
    // However short it is.
    expect(due(0, 1 / 24)).toBe(54 * minute);
    expect(due(0, 1 / 48)).toBe(27 * minute);
    // Valid for no time: not a key after the other.
    expect(due(0, 0)).toBe(minute);
    expect(due(0, -1)).toBe(minute);
    // Of a clock that was ahead: a new key would not be the newest.
    expect(due(-365, -400)).toBe(365 * day + minute);
  });

  test('never with renewal off', () => {
    expect(untilKeyDueMs({ newest: daysAgo(9999), renewPeriodMs: 0, now })).toBeUndefined();
  });
});
