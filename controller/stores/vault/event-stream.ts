// One subscription to a server's events, shared by everything that one identity reads in one namespace: opened again whenever it ends.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ping, type WebSocket } from 'undici';
import type { Clock } from '../../../src/kube/clock.ts';
import { changeIn } from './events.ts';

/** Which secret is followed. */
export interface Followed {
  mount: string;
  path: string;
}

/** `changed`: the secret is another. `missed`: it may be, since nobody listened for a while. */
export type StreamNews = 'changed' | 'missed';

/** Is told what a stream brings. */
export type StreamListener = (news: StreamNews) => void;

export interface EventStreamOptions {
  clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  random: () => number;
  /** Begins a subscription. Rejects where there is no token to be had. */
  open: (signal: AbortSignal) => Promise<WebSocket>;
  /** The status that the server refuses a subscription with. */
  refusal: (signal: AbortSignal) => Promise<number>;
}

// Servers without events, which all but Vault Enterprise are, may be exchanged for others.
const unsupportedAgainMs = 3_600_000;
const longestPauseMs = 60_000;
const pingEveryMs = 30_000;
const steadyMs = 60_000;
const mostFlaps = 5;

/** Nothing is opened before somebody follows; it is closed when nobody does any more. */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #listeners = new Map<string, Set<StreamListener>>();
  #running: AbortController | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /** Tells `listener` whenever the secret changed, or may have. Returns how to stop. */
  follow(followed: Followed, listener: StreamListener): () => void {
    const key = keyOf(followed);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    this.#running ??= this.#start();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** Ends the subscription, and forgets who follows. */
  close(): void {
    this.#listeners.clear();
    this.#running?.abort();
    this.#running = undefined;
  }

  #start(): AbortController {
    const running = new AbortController();
    void this.#run(running.signal).catch(() => undefined);
    return running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    for (let failures = 0; !signal.aborted; failures++) {
      const beganMs = clock.monotonicMs();
      const wasOpen = await this.#once(signal);
      // One that breaks at once each time is no better than none: what follows it is looked at each time.
      if (wasOpen && clock.monotonicMs() - beganMs > steadyMs) failures = 0;
      else if (wasOpen) failures = Math.min(failures, mostFlaps);
      else if (await this.#isUnsupported(signal)) await clock.sleep(unsupportedAgainMs * (1 - random() / 2), signal);
      // Full jitter: a server that comes back is not met by everybody at once.
      await clock.sleep(1 + random() * Math.min(longestPauseMs, 1_000 * 2 ** failures), signal);
    }
  }

  async #isUnsupported(signal: AbortSignal): Promise<boolean> {
    const status = await this.#options.refusal(signal).catch(() => 0);
    return status === 404 || status === 405;
  }

  /** One subscription to its end; whether it was open at all. */
  async #once(signal: AbortSignal): Promise<boolean> {
    const socket = await this.#options.open(signal).catch(() => undefined);
    if (!socket) return false;
    let wasOpen = false;
    const stopPinging = this.#keepAlive(socket);
    const end = () => socket.close();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    await new Promise<void>((resolve) => {
      socket.addEventListener('open', () => {
        wasOpen = true;
        for (const listeners of this.#listeners.values()) tell(listeners, 'missed');
      });
      socket.addEventListener('message', ({ data }) => this.#hear(data));
      // An error is followed by a close.
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('close', () => resolve());
    });
    stopPinging();
    signal.removeEventListener('abort', end);
    return wasOpen;
  }

  #hear(message: unknown): void {
    const change = typeof message === 'string' ? changeIn(message) : 'unreadable';
    if (typeof change !== 'object') return;
    tell(this.#listeners.get(keyOf(change)) ?? new Set(), 'changed');
  }

  // A connection that broke without a word is noticed by the pong that does not come.
  #keepAlive(socket: WebSocket): () => void {
    const { clock } = this.#options;
    let isAnswered = true;
    const onPong = (message: unknown) => {
      if ((message as { websocket?: unknown }).websocket === socket) isAnswered = true;
    };
    subscribe('undici:websocket:pong', onPong);
    let cancel = () => {};
    const beat = () => {
      if (!isAnswered) return socket.close();
      if (socket.readyState === socket.OPEN) {
        isAnswered = false;
        ping(socket);
      }
      cancel = clock.timer(pingEveryMs, beat);
    };
    cancel = clock.timer(pingEveryMs, beat);
    return () => {
      cancel();
      unsubscribe('undici:websocket:pong', onPong);
    };
  }
}

function tell(listeners: Iterable<StreamListener>, news: StreamNews): void {
  for (const listener of [...listeners]) listener(news);
}

const keyOf = ({ mount, path }: Followed) => JSON.stringify([mount, path]);
