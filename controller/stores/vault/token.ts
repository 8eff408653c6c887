// One token of Vault as its login described it: how long it lives, and what is due when.

import { utf8Bytes, utf8Text } from '../../../src/encoding/bytes.ts';
import { SecretBytes } from '../../../src/redact.ts';

/** The `auth` part of an answer to a login or renewal, as far as we read it. */
interface AuthAnswer {
  client_token?: unknown;
  lease_duration?: unknown;
  renewable?: unknown;
  token_type?: unknown;
}

/** A token that a login brought. Times are on the monotonic clock, in milliseconds. */
export interface Token {
  readonly secret: SecretBytes;
  /** `X-Vault-Index` of the login: the state that reads with this token need to see. */
  readonly index: string | undefined;
  readonly bornMs: number;
  /** When it ends; undefined: never. */
  endsMs: number | undefined;
  /** Seconds that the login gave; a renewal that gives less has met the token's maximum. */
  readonly leaseSeconds: number;
  renewable: boolean;
  /** Batch tokens cannot be revoked. */
  readonly revocable: boolean;
}

/** Reads the token out of a login's answer; undefined when there is none in it (a second factor is asked for). */
export function tokenOf(text: string, index: string | undefined, askedMs: number): Token | undefined {
  const auth = authOf(text);
  if (typeof auth?.client_token !== 'string' || auth.client_token === '') return undefined;
  const leaseSeconds = seconds(auth.lease_duration);
  const isBatch = auth.token_type === 'batch';
  return {
    secret: new SecretBytes(utf8Bytes(auth.client_token)),
    index,
    bornMs: askedMs,
    endsMs: leaseSeconds > 0 ? askedMs + leaseSeconds * 1000 : undefined,
    leaseSeconds,
    renewable: auth.renewable === true && !isBatch,
    revocable: !isBatch,
  };
}

/** Takes a renewal's answer in. */
export function renewed(token: Token, text: string, askedMs: number): void {
  const auth = authOf(text);
  const granted = seconds(auth?.lease_duration);
  token.endsMs = granted > 0 ? askedMs + granted * 1000 : undefined;
  // Less than the login gave: the maximum is near, and the next renewal would give nothing.
  token.renewable = auth?.renewable === true && (granted === 0 || granted >= token.leaseSeconds);
}

/** When two thirds of what is left at `nowMs` are over, a little earlier by chance; undefined: never. */
export function dueMs({ endsMs }: Token, nowMs: number, random: () => number): number | undefined {
  return endsMs === undefined ? undefined : nowMs + Math.max(0, endsMs - nowMs) * (2 / 3 - random() / 15);
}

/** Whether the token has ended, or is about to: an answer takes its time. */
export function hasEnded({ endsMs, bornMs }: Token, nowMs: number): boolean {
  if (endsMs === undefined) return false;
  return nowMs >= endsMs - Math.min(1_000, (endsMs - bornMs) / 10);
}

/** The token as it is sent. */
export const tokenText = ({ secret }: Token): string => utf8Text(secret.reveal());

function authOf(text: string): AuthAnswer | undefined {
  try {
    const { auth } = (JSON.parse(text) ?? {}) as { auth?: AuthAnswer | null };
    return auth ?? undefined;
  } catch {
    return undefined;
  }
}

const seconds = (value: unknown) => (typeof value === 'number' && value > 0 ? value : 0);
