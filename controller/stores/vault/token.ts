// One token of Vault, as its login and its renewals described it.

import { utf8Bytes, utf8Text } from '../../../src/encoding/bytes.ts';
import { SecretBytes } from '../../../src/redact.ts';
import type { Lease } from '../fetch/session.ts';

/** The `auth` part of an answer to a login or renewal, as far as we read it. */
interface AuthAnswer {
  client_token?: unknown;
  lease_duration?: unknown;
  renewable?: unknown;
  token_type?: unknown;
}

/** A token that a login brought. */
export interface Token {
  readonly secret: SecretBytes;
  /** `X-Vault-Index` of the login: the state that reads with this token need to see. */
  readonly index: string | undefined;
  /** When the login was sent, on the monotonic clock. */
  readonly bornMs: number;
  /** Seconds that the login gave; a renewal that gives less has met the token's maximum. */
  readonly leaseSeconds: number;
  /** Batch tokens cannot be revoked. */
  readonly revocable: boolean;
}

/** Reads the token out of a login's answer; undefined when there is none in it (a second factor is asked for). */
export function tokenOf(text: string, index: string | undefined, bornMs: number): Lease<Token> | undefined {
  const auth = authOf(text);
  if (typeof auth?.client_token !== 'string' || auth.client_token === '') return undefined;
  const leaseSeconds = seconds(auth.lease_duration);
  const isBatch = auth.token_type === 'batch';
  const secret = new SecretBytes(utf8Bytes(auth.client_token));
  return {
    value: { secret, index, bornMs, leaseSeconds, revocable: !isBatch },
    lifetimeMs: lifetimeOf(leaseSeconds),
    renewable: auth.renewable === true && !isBatch,
  };
}

/** Reads a renewal's answer. */
export function renewed(token: Token, text: string): Lease<Token> {
  const auth = authOf(text);
  const granted = seconds(auth?.lease_duration);
  return {
    value: token,
    lifetimeMs: lifetimeOf(granted),
    // Less than the login gave: the maximum is near, and the next renewal would give nothing.
    renewable: auth?.renewable === true && (granted === 0 || granted >= token.leaseSeconds),
  };
}

/** The token as it is sent. */
export const tokenText = ({ secret }: Token): string => utf8Text(secret.reveal());

// 0 is a token without an end.
const lifetimeOf = (lease: number) => (lease > 0 ? lease * 1000 : undefined);

function authOf(text: string): AuthAnswer | undefined {
  try {
    const { auth } = (JSON.parse(text) ?? {}) as { auth?: AuthAnswer | null };
    return auth ?? undefined;
  } catch {
    return undefined;
  }
}

const seconds = (value: unknown) => (typeof value === 'number' && value > 0 ? value : 0);
