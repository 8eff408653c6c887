// What the two AWS services have in common: keys, names, pages, and calls that fail as our errors.

import type { Clock } from '../../../src/kube/clock.ts';
import type { Session } from '../fetch/session.ts';
import type { Find, Found, Limits, ReadOutcome, ReadRequest, RemoteValue } from '../store.ts';
import { type AwsSubject, isStale, refusedBy } from './refusals.ts';
import type { AwsKeys, AwsSdk } from './sdk.ts';

/** What a batch says of one of its names; undefined: nothing. */
export type OutcomeOf = (request: ReadRequest, name: string) => ReadOutcome | undefined;

/** Told of what a call threw, before it becomes an error of ours. */
export type OnRefusal = (error: unknown) => void;

/** What one of the services does; `batches.ts` makes the reads of a backend from it. All throw `StoreError`. */
export interface AwsOperations {
  readonly limits: Limits;
  /** Of its batch action: how many names it takes, and whether one that is denied has all of them refused. */
  readonly batch: { readonly limit: number; readonly isSpoiltByOne: boolean };
  value(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue>;
  tags(request: ReadRequest, signal: AbortSignal): Promise<RemoteValue>;
  many(names: readonly string[], signal: AbortSignal, onRefusal: OnRefusal): Promise<OutcomeOf>;
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
  call<T>(make: () => Promise<T>, subject: AwsSubject, signal: AbortSignal, onError?: OnRefusal): Promise<T>;
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

/** `make`, called at the first need and only then. */
export function onceMade<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The items of every page. `page` gets the token of the one before. */
export async function allPages<T>(
  page: (token: string | undefined) => Promise<{ items: readonly T[]; next: string | undefined }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await page(token);
    all.push(...items);
    token = next;
  } while (token);
  return all;
}
