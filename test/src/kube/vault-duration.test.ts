// Durations of secrets.hashicorp.com, and when what is asked for so often is due.

import { describe, expect, it } from 'vitest';
import { dueAfterMs, parseVaultDuration } from '../../../src/kube/vault-duration.ts';

describe('a duration', () => {
  it.each([
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['24h', 86_400_000],
    ['0s', 0],
    ['0.5s', 500],
    ['007s', 7_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseVaultDuration(text, 'spec.refreshAfter')).toBe(ms);
  });

  it.each(['', '30', '1h30m', '1d', '100ms', '-5s', '+5s', '.5s', '5.s', '1e3s', ' 5s', '5s\n', '5S', '٥s'])(
    '%j is none',
    (text) => {
      expect(() => parseVaultDuration(text, 'spec.refreshAfter')).toThrow(
        expect.objectContaining({
          code: 'VAULT_DURATION',
          message: `spec.refreshAfter is not a duration: ${JSON.stringify(text)}`,
          hints: ["write a number and one unit, 's', 'm' or 'h', such as 30s, 1.5m or 24h"],
        }),
      );
    },
  );

  it('longer than Go can count is none either, and a long one is not told in full', () => {
    expect(parseVaultDuration('2562047h', 'spec.timeout')).toBe(2_562_047 * 3_600_000);
    expect(() => parseVaultDuration('2562048h', 'spec.timeout')).toThrow(
      'spec.timeout is longer than 292 years: "2562048h"',
    );
    expect(() => parseVaultDuration('9'.repeat(1000), 'spec.timeout')).toThrow(`"${'9'.repeat(40)}…"`);
  });
});

it('what is asked for every 30 s is due after 24 to 27 s', () => {
  expect(dueAfterMs(30_000, 0)).toBeCloseTo(27_000);
  expect(dueAfterMs(30_000, 0.5)).toBeCloseTo(25_500);
  expect(dueAfterMs(30_000, 1)).toBeCloseTo(24_000);
  expect(dueAfterMs(0, 0.7)).toBe(0);
});
