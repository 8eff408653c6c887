// When a new sealing key is due: a pure decision over the keys there are.

import type { KeyPair } from './key-pair.ts';

/** The state of the keys that the decision is about. */
export interface RenewalState {
  /** The key pair that seals now. Default: none, so that a first key is due at once. */
  newest?: Pick<KeyPair, 'certificate' | 'createdAt'> | undefined;
  /** How old the newest key may get. 0 turns renewal off; a first key is made all the same. */
  renewPeriodMs: number;
  now: Date;
}

// Whoever fetches a certificate shortly before its end still has some time to seal with it.
const lastPart = 0.1;
// A certificate that somebody else made may be valid for no time at all; keys are not made one after the other for that.
const leastAgeMs = 60 * 1000;

/**
 * Milliseconds until a new key is due: when the newest is old enough, or its certificate nears its end. 0 when it is due now, undefined
 * when it never will be.
 */
export function untilKeyDueMs({ newest, renewPeriodMs, now }: RenewalState): number | undefined {
  const since = newest?.certificate?.notBefore ?? newest?.createdAt;
  if (since === undefined) return 0;
  if (renewPeriodMs <= 0) return undefined;
  const oldMs = since.getTime() + renewPeriodMs;
  return Math.max(0, Math.min(oldMs, endingMs(newest?.certificate)) - now.getTime());
}

function endingMs(certificate: KeyPair['certificate']): number {
  if (certificate === undefined) return Number.POSITIVE_INFINITY;
  const [from, to] = [certificate.notBefore.getTime(), certificate.notAfter.getTime()];
  return Math.max(from + leastAgeMs, to - (to - from) * lastPart);
}
