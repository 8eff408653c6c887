// Durations, as Go 1.26 parses them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs } from '../../../src/kube/duration.ts';
import { externalSecretRules } from '../../../src/kube/external-secret-rules.ts';
import { runs } from '../../support/property.ts';

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['+0', 0],
    ['-0', 0],
    ['1h', 3_600_000],
    ['1h0m0s', 3_600_000],
    ['1.5h', 5_400_000],
    ['2h30m', 9_000_000],
    ['300ms', 300],
    ['.5s', 500],
    ['5.s', 5000],
    ['-1m', -60_000],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['1μs', 0.001],
    ['1s1s', 2000],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(durationMs(text)).toBeCloseTo(ms, 9);
  });

  it.each(['', '-', '1', '00', '1x', 'h', '.s', '1 h', ' 1h', '1h ', '1d', '--1s', '1e3s', '1h\n', '9999999h', '١h'])(
    'cannot be written %j',
    (text) => {
      expect(durationMs(text)).toBeUndefined();
    },
  );

  it('is what the rule of the kinds takes, up to the lengths that Go knows', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123.-+hmsuµn '), maxLength: 7 });
    fc.assert(
      fc.property(text, (one) => {
        expect(durationMs(one) !== undefined).toBe(externalSecretRules.duration.every((rule) => rule.holds(one)));
      }),
      { numRuns: runs(2000) },
    );
  });
});
