// Durations of secrets.hashicorp.com, and when what is asked for so often is due.

import { describe, expect, it } from 'vitest';
import { dueAfterMs } from '../../../src/kube/vault-duration.ts';
import { vaultDurationMs, vaultStaticSecretViolations } from '../../../src/kube/vault-secret-rules.ts';
import type { VaultStaticSecretSpec } from '../../../src/kube/vault-secrets.ts';

describe('a duration', () => {
  const violations = (refreshAfter: string) =>
    vaultStaticSecretViolations({ refreshAfter } as VaultStaticSecretSpec).map(
      ({ path, message }) => `${path} ${message}`,
    );

  it.each([
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['24h', 86_400_000],
    ['0s', 0],
    ['0.5s', 500],
    ['007s', 7_000],
    ['2562047h', 2_562_047 * 3_600_000],
    ['2562048h', 2 ** 63 / 1e6],
    [`${'9'.repeat(400)}h`, 2 ** 63 / 1e6],
  ])('%s is %d ms', (text, ms) => {
    expect(vaultDurationMs(text)).toBe(ms);
    expect(violations(text)).toEqual([]);
  });

  it.each(['30', '1h30m', '1d', '100ms', '-5s', '+5s', '.5s', '5.s', '1e3s', ' 5s', '5s\n', '5S', '٥s'])(
    '%j is none',
    (text) => {
      expect(vaultDurationMs(text)).toBeUndefined();
      expect(violations(text)).toEqual([
        'spec.refreshAfter must be a number and one unit, such as "30s", "1.5m" or "1h"',
      ]);
    },
  );
});

it('what is asked for every 30 s is due after 24 to 27 s', () => {
  expect(dueAfterMs(30_000, 0)).toBeCloseTo(27_000);
  expect(dueAfterMs(30_000, 0.5)).toBeCloseTo(25_500);
  expect(dueAfterMs(30_000, 1)).toBeCloseTo(24_000);
  expect(dueAfterMs(0, 0.7)).toBe(0);
});
