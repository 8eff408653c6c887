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

/** Milliseconds until a new key is due: 0 when it is due now, undefined when it never will be. */
export function untilKeyDueMs({ newest, renewPeriodMs, now }: RenewalState): number | undefined {
  const since = newest?.certificate?.notBefore ?? newest?.createdAt;
  if (since === undefined) return 0;
  if (renewPeriodMs <= 0) return undefined;
  return Math.max(0, since.getTime() + renewPeriodMs - now.getTime());
}
