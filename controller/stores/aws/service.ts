// What the two AWS services have in common for a backend: keys, names, and calls that fail as our errors.

import type { Clock } from '../../../src/kube/clock.ts';
import type { Session } from '../fetch/session.ts';
import type { Find, Found, Limits, ReadOutcome, ReadRequest } from '../store.ts';
import { type AwsSubject, isStale, refusedBy } from './refusals.ts';
import type { AwsKeys, AwsSdk } from './sdk.ts';

/** One of the services, as a backend uses it. */
export interface AwsService {
  readonly limits: Limits;
  batchSize(request: ReadRequest): number;
  read(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]>;
  list(find: Find, signal: AbortSignal): Promise<readonly Found[]>;
}

/** What a service is made with. */
export interface ServiceOptions {
  readonly clock: Clock;
  readonly sdk: AwsSdk;
  /** Keys for the next request. */
  readonly keys: () => Promise<AwsKeys>;
  /** The name that AWS knows a key by. */
  nameOf(request: ReadRequest): string;
  /** Makes a call and turns what it throws into a `StoreError`. `onError` sees it first. */
  call<T>(
    make: () => Promise<T>,
    subject: AwsSubject,
    signal: AbortSignal,
    onError?: (error: unknown) => void,
  ): Promise<T>;
}

/** Calls with the keys of a session, and once more with fresh ones where AWS no longer took the first. */
export function serviceOptions(
  { clock, sdk, prefix }: { clock: Clock; sdk: AwsSdk; prefix: string },
  session: Session<AwsKeys>,
): ServiceOptions {
  // Signing happens inside the SDK, which hands no signal on: closing the session ends it.
  const never = new AbortController().signal;
  const keys = () => session.get(never);
  return {
    clock,
    sdk,
    keys,
    // An ARN is complete by itself.
    nameOf: ({ key, found }) => (found || key.startsWith('arn:') ? key : `${prefix}${key}`),
    async call(make, subject, signal, onError) {
      try {
        const used = await keys();
        return await make().catch(async (error: unknown) => {
          if (!isStale(error)) throw error;
          session.invalidate(used);
          const fresh = await keys();
          if (fresh.accessKeyId === used.accessKeyId && fresh.sessionToken === used.sessionToken) throw error;
          return make();
        });
      } catch (error) {
        signal.throwIfAborted();
        onError?.(error);
        throw refusedBy(error, subject, clock.now());
      }
    },
  };
}
