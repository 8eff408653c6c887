// Durations of secrets.hashicorp.com: a number and one unit, such as `30s` or `1.5m`; and when what is asked for so often is due.

import { FormatError } from '../errors.ts';

// As the CRDs of Vault Secrets Operator 1.4 have it.
const form = /^([0-9]+(?:\.[0-9]+)?)(s|m|h)$/;

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Go's durations are 64-bit nanoseconds: some 292 years. */
const longestMs = 2 ** 63 / 1e6;

/** In milliseconds, fractions included. `field` is what messages call it. Throws `FormatError`. */
export function parseVaultDuration(text: string, field: string): number {
  const [, number, unit] = form.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    throw new FormatError('VAULT_DURATION', `${field} is not a duration: ${shown(text)}`, {
      hint: "write a number and one unit, 's', 'm' or 'h', such as 30s, 1.5m or 24h",
    });
  }
  const ms = Number(number) * unitMs[unit as keyof typeof unitMs];
  if (ms < longestMs) return ms;
  throw new FormatError('VAULT_DURATION', `${field} is longer than 292 years: ${shown(text)}`);
}

/**
 * How long to wait for something that is to happen every `intervalMs`: 80 to 90 % of it, so that it has happened before the interval
 * is over, and not everything happens at once (as Vault Secrets Operator 1.4). `random` is from 0 up to 1.
 */
export function dueAfterMs(intervalMs: number, random: number): number {
  return intervalMs * (0.9 - 0.1 * random);
}

const shown = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
