// A backend in memory whose every call the test sees and ends by hand, or by a function.
import type {
  Backend,
  Find,
  Found,
  Limits,
  ReadOutcome,
  ReadRequest,
  RemoteValue,
} from '../../../../controller/stores/store.ts';
import { StoreError, type StoreErrorClass } from '../../../../controller/stores/store.ts';
import { SecretBytes } from '../../../../src/redact.ts';

/** A call that is out. */
export interface OpenCall {
  requests: readonly ReadRequest[];
  find?: Find;
  signal: AbortSignal;
  resolve(outcomes: readonly ReadOutcome[]): void;
  found(list: readonly Found[]): void;
  reject(error: unknown): void;
  /** Answers every key with itself. */
  echo(): void;
}

export interface FakeBackend extends Backend {
  readonly calls: OpenCall[];
  /** Calls that have not ended. */
  readonly open: OpenCall[];
  batch: number;
}

export interface FakeBackendOptions {
  identity?: string;
  destination?: string;
  batch?: number;
  limits?: Limits;
  /** Answers at once. Default: the test ends each call. */
  answer?: (request: ReadRequest) => ReadOutcome | Promise<ReadOutcome>;
  /** Ends a call when its signal aborts. Default: true. */
  obedient?: boolean;
}

export function fakeBackend(options: FakeBackendOptions = {}): FakeBackend {
  const { identity = 'store-a', destination = identity, batch = 1, limits = {}, answer, obedient = true } = options;
  const calls: OpenCall[] = [];
  const open = new Set<OpenCall>();
  const begin = <T>(requests: readonly ReadRequest[], signal: AbortSignal, find?: Find) =>
    new Promise<T>((resolve, reject) => {
      const end = (settle: () => void) => () => {
        open.delete(call);
        settle();
      };
      const call: OpenCall = {
        requests,
        ...(find && { find }),
        signal,
        resolve: (outcomes) => end(() => resolve(outcomes as T))(),
        found: (list) => end(() => resolve(list as T))(),
        reject: (error) => end(() => reject(error))(),
        echo: () => call.resolve(requests.map(({ key }) => value(key))),
      };
      calls.push(call);
      open.add(call);
      if (obedient) signal.addEventListener('abort', () => call.reject(signal.reason), { once: true });
      if (answer) void Promise.all(requests.map(answer)).then(call.resolve, call.reject);
    });
  return {
    provider: 'vault',
    identity,
    destination,
    limits,
    batch,
    calls,
    get open() {
      return [...open];
    },
    batchSize() {
      return this.batch;
    },
    read: (requests, signal) => begin<readonly ReadOutcome[]>(requests, signal),
    list: (find, signal) => begin<readonly Found[]>([], signal, find),
    validate: async () => 'valid',
    close: async () => {},
  };
}

/** A value whose bytes are the text. */
export function value(text: string, more: Partial<RemoteValue> = {}): RemoteValue {
  return { bytes: new SecretBytes(new TextEncoder().encode(text)), rules: 'vault', ...more };
}

export function textOf({ bytes }: RemoteValue): string {
  return new TextDecoder().decode(bytes.reveal());
}

export function storeError(errorClass: StoreErrorClass, retryAfterMs?: number, key?: string): StoreError {
  return new StoreError(errorClass, `vault said ${errorClass}`, { provider: 'vault', key, retryAfterMs });
}
