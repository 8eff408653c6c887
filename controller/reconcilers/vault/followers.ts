// Which objects follow their server's events (`syncConfig.instantUpdates`), and through which backend.

import type { Backend, ReadRequest } from '../../stores/store.ts';

interface Following {
  backend: Backend;
  request: string;
  stop: () => void;
}

/** Each object follows one secret at most. */
export class Followers {
  readonly #following = new Map<string, Following>();

  /** From now on `listener` hears of what `key` reads; nothing changes where it does already. */
  follow(key: string, backend: Backend, request: ReadRequest, listener: (news: 'changed' | 'missed') => void): void {
    const before = this.#following.get(key);
    const text = JSON.stringify(request);
    // By the backend itself: one made anew with the same identity may have a connection of its own.
    if (before?.backend === backend && before.request === text) return;
    this.forget(key);
    const stop = backend.follow?.(request, listener);
    if (stop) this.#following.set(key, { backend, request: text, stop });
  }

  /** `key` follows nothing any more. */
  forget(key: string): void {
    this.#following.get(key)?.stop();
    this.#following.delete(key);
  }
}
