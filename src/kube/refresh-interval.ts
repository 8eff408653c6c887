// How often an object asks for its values to be read again: pure.

import { durationMs } from './duration.ts';
import type { ExternalSecret } from './external-secrets.ts';
import { vaultDurationMs } from './vault-secret-rules.ts';
import type { VaultStaticSecret } from './vault-secrets.ts';

/** Whoever asks for less would keep a worker and the store busy for nothing. */
export const shortestIntervalMs = 1_000;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * `spec.refreshInterval` in milliseconds, at least a second; 0 for never. What is no duration counts as the default; the API
 * server refuses it.
 */
export function externalIntervalMs({ spec: { refreshInterval } }: Pick<ExternalSecret, 'spec'>): number {
  if (refreshInterval === undefined || refreshInterval === '') return hourMs;
  const ms = durationMs(refreshInterval) ?? hourMs;
  return ms > 0 ? Math.max(shortestIntervalMs, ms) : 0;
}

/** How often the value is read, in milliseconds; undefined for never again. No more often than once a second. */
export function vaultIntervalMs({
  spec: { refreshAfter, hmacSecretData = true },
}: Pick<VaultStaticSecret, 'spec'>): number | undefined {
  const asked = refreshAfter ? vaultDurationMs(refreshAfter) : undefined;
  if (asked) return Math.max(asked, shortestIntervalMs);
  return hmacSecretData ? minuteMs : undefined;
}
