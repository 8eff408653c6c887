// The contract between those who need remote secrets and the providers that hold them: requests, values, errors, backends.

import { isSealError, SealError, type SealErrorOptions } from '../../src/errors.ts';
import type { SecretBytes } from '../../src/redact.ts';

/** The providers that we speak; the word in messages and in the metrics' `provider` label. */
export type Provider = 'vault' | 'aws-secrets-manager' | 'aws-parameter-store';

/** Where values come from: a provider, or a generator in the cluster. */
export type Origin = Provider | 'generator';

/**
 * Why a store gave no value.
 *
 * - `Denied`: the store knows us and says no, or refuses our credentials.
 * - `NotFound`: there is certainly no such key or version.
 * - `Deleted`: it was there and can come back (soft-deleted, destroyed version, marked for deletion).
 * - `PropertyMissing`: the key is there, the property asked for is not.
 * - `Throttled`: the store asks for patience; `retryAfterMs` says how much where it did.
 * - `Unavailable`: no usable answer: down, sealed, unreachable, timed out.
 * - `Invalid`: the request, the store's settings or what it answered cannot be right; a person has to act.
 */
export type StoreErrorClass =
  | 'Denied'
  | 'NotFound'
  | 'Deleted'
  | 'PropertyMissing'
  | 'Throttled'
  | 'Unavailable'
  | 'Invalid';

const codes = {
  Denied: 'STORE_DENIED',
  NotFound: 'STORE_NOT_FOUND',
  Deleted: 'STORE_DELETED',
  PropertyMissing: 'STORE_PROPERTY_MISSING',
  Throttled: 'STORE_THROTTLED',
  Unavailable: 'STORE_UNAVAILABLE',
  Invalid: 'STORE_INVALID',
} as const satisfies Record<StoreErrorClass, string>;

/** What a `StoreError` carries beside its class and message. */
export interface StoreErrorFacts extends SealErrorOptions {
  provider: Origin;
  /** The remote key in the user's words: as it stands in the object, not as the provider's path. */
  key?: string | undefined;
  property?: string | undefined;
  /** When the store wants to be asked again. Only with `Throttled` and `Unavailable`. */
  retryAfterMs?: number | undefined;
}

/**
 * A store that gave no value. The message names provider, key and property and is the same at every retry: no value, no
 * body of the provider, no request id, no time (statuses and events compare messages).
 */
export class StoreError extends SealError {
  readonly class: StoreErrorClass;
  readonly provider: Origin;
  readonly key: string | undefined;
  readonly property: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(errorClass: StoreErrorClass, message: string, facts: StoreErrorFacts) {
    super(codes[errorClass], message, facts);
    this.class = errorClass;
    this.provider = facts.provider;
    this.key = facts.key;
    this.property = facts.property;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Whether `error` came from a store; true across bundles. */
export function isStoreError(error: unknown): error is StoreError {
  return isSealError(error) && error.code.startsWith('STORE_') && 'class' in error;
}

/** Whether asking again later may help although nobody changed anything. */
export function isPassing(error: unknown): boolean {
  return isStoreError(error) && (error.class === 'Throttled' || error.class === 'Unavailable');
}

/** One read. Requests that are deeply equal are the same read. */
export interface ReadRequest {
  /** As it stands in the object; the backend adds prefix, mount and the like. */
  key: string;
  /** The provider's word for a version. Default: the current one. */
  version?: string | undefined;
  /** Read the key's metadata (Vault custom_metadata, AWS tags) in place of its value. Default: false. */
  metadata?: boolean | undefined;
  /** `key` is one that a find came upon: complete, so no prefix is added. Default: false. */
  found?: boolean | undefined;
}

/** What a store holds under one key. */
export interface RemoteValue {
  /** The whole value exactly as an entry without `property` gets it (Vault: JSON as Go writes it; AWS: the raw text or bytes). */
  bytes: SecretBytes;
  /** The JSON text that properties and `extract` look into, with every number as the server wrote it. Default: `bytes`, which need not be JSON. */
  json?: SecretBytes | undefined;
  /**
   * How parts of the JSON become bytes. `vault`: strings raw, null empty, booleans and numbers as text, the rest
   * re-encoded as Go does. `aws`: strings raw, everything else the very text in the document.
   */
  rules: 'vault' | 'aws';
  /** The provider's name for this version, where it has one. */
  version?: string | undefined;
  /** The value is known to go at this moment (Vault `delete_version_after`). */
  expires?: Date | undefined;
  /** The exact text of the provider's answer where someone needs it (`_raw` of VaultStaticSecret). */
  raw?: SecretBytes | undefined;
}

/** The answer to one request of a batch. */
export type ReadOutcome = RemoteValue | StoreError;

/** What `dataFrom[].find` asks for: every part that is there must match. */
export interface Find {
  /** Where to look; each provider's own meaning. */
  path?: string | undefined;
  /** RE2, unanchored, on the name. */
  regexp?: string | undefined;
  /** All of these must be there with these values (Vault: custom_metadata; AWS: tags). */
  tags?: Readonly<Record<string, string>> | undefined;
}

/** One key that a find came upon. */
export interface Found {
  /** What the regexp matched and the produced key is made from. */
  name: string;
  /** What reads it: the `key` of a `ReadRequest` that says `found`. */
  key: string;
  /** The value, where listing brought it along for nothing. */
  value?: RemoteValue | undefined;
}

/** What a backend lets through at once. Numbers are per `destination`. */
export interface Limits {
  /** Calls in flight. Default: 16. */
  concurrency?: number;
  /** Calls a second, with bursts of twice that. Default: none. */
  perSecond?: number;
}

/**
 * One store with one set of credentials. Implemented by `vault/` and `aws/`; consumers reach it through `fetch/`.
 * Every failure is a `StoreError`, or the signal's reason when that aborted.
 */
export interface Backend {
  readonly provider: Provider;
  /**
   * Stable text for store, settings and credentials together: what two backends with the same identity read is the same,
   * and neither may see what the other may not. A digest stands for anything secret in it.
   */
  readonly identity: string;
  /** What is up or down, slow and throttled as one (a Vault server; an AWS account, region and service). */
  readonly destination: string;
  readonly limits?: Limits;
  /** How many requests like this one go in one call: 1 is alone. May change while running (a denied batch). */
  batchSize(request: ReadRequest): number;
  /** One call's worth of requests, never more than `batchSize`. Outcomes in the order of the requests. Throws when all failed as one. */
  read(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadOutcome[]>;
  /** Every key that matches, sorted by name. Nothing matching is an empty list. */
  list(find: Find, signal: AbortSignal): Promise<readonly Found[]>;
  /** Whether the store can be used. `unknown`: only known once somebody's credentials are used. Throws why not. */
  validate(signal: AbortSignal): Promise<'valid' | 'unknown'>;
  /** Revokes sessions and ends connections. Never throws. */
  close(): Promise<void>;
}

/** One call to a provider as metrics see it: also logins, token requests and renewals. */
export interface ProviderCall {
  provider: Provider;
  /** The provider's name of the operation: `GetSecretValue`, `AssumeRole`, `kv-read`, `login` … */
  call: string;
  /** HTTP status, or a short word where none came (`timeout`, `refused`). Never free text. */
  code: string;
  seconds: number;
}

/** Told of every call to a provider. */
export type ObserveCall = (call: ProviderCall) => void;

/** How fresh an answer must be, and until when anybody waits for it. */
export interface FetchOptions {
  signal: AbortSignal;
  /** An answer whose read began at most this long before asking will do. Default: 0, a read that begins now or later. */
  maxAgeMs?: number | undefined;
  /**
   * How long the caller waits, so that a slow store does not hold workers that others need. After it `read` throws
   * `Unavailable` although the read goes on. Default: until it ends.
   */
  patienceMs?: number | undefined;
  /** Told when the read behind the answer began, on the monotonic clock: how fresh a shared answer is. */
  onServed?: ((startedMs: number) => void) | undefined;
  /** Called once when an answer that was not waited for is there: ask again, with a `maxAgeMs` that reaches back to this asking. */
  onLate?: (() => void) | undefined;
}

/** What reconcilers call. One for the whole controller; `fetch/fetcher.ts` is the implementation. */
export interface Fetcher {
  /** Throws `StoreError`, or the signal's reason. Identical reads of one identity are one read. */
  read(backend: Backend, request: ReadRequest, options: FetchOptions): Promise<RemoteValue>;
  /** Throws `StoreError`, or the signal's reason. */
  list(backend: Backend, find: Find, options: FetchOptions): Promise<readonly Found[]>;
  /** Calls `listener` with the destination as soon as a store that was down answers again. Returns how to stop. */
  onRecovered(listener: (destination: string) => void): () => void;
  /** Drops every answer kept for an identity: its credentials changed or its store went. */
  forget(identity: string): void;
  /** Ends probes, fails what waits, drops every answer. Backends are closed by those who made them. */
  close(): void;
}
