// Kubernetes Events: one per change, sent beside the work and never in its way.

import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { TokenBucket } from '../../src/kube/token-bucket.ts';

/** What happened to which object. */
export interface Happening {
  object: KubeObject;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** What waits to be sent: of the object only which it is, since a thousand of them may wait for minutes. */
interface Note extends Omit<Happening, 'object'> {
  involvedObject: ReturnType<typeof referenceTo>;
  at: Date;
}

export interface EventOptions {
  kube: KubeApi;
  clock: Clock;
  /** In [0, 1), for names. */
  random: () => number;
  /** Told of events that could not be sent. */
  onLost: (error: unknown) => void;
  /** Whether something urgent waits that events would slow down. Default: never. */
  isPressed?: () => boolean;
}

// A thousand new objects make a thousand events; slower than the work, so that the Secrets come first.
const eventsPerSecond = 20;
const senders = 2;
// Pods wait for Secrets, nobody for news: while something urgent waits, each sender lets so much time pass before an event.
const pauseMs = 500;
// Beyond it the oldest go, warnings last: events are news, and conditions hold the state.
const longestQueue = 5_000;
// While some have waited longer, the newest go first: what somebody does now is not told minutes later.
const lateMs = 10_000;
const longestMessage = 1_000;

/** Sends events in the background, a few at a time, warnings first. */
export class EventRecorder {
  readonly #options: EventOptions;
  readonly #bucket: TokenBucket;
  readonly #warnings: Note[] = [];
  readonly #news: Note[] = [];
  readonly #abort = new AbortController();
  readonly #sending = new Set<Promise<void>>();

  constructor(options: EventOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(eventsPerSecond, options.clock);
  }

  /** Takes note, and returns at once. */
  emit({ object, ...rest }: Happening): void {
    if (this.#abort.signal.aborted) return;
    const queue = rest.type === 'Warning' ? this.#warnings : this.#news;
    queue.push({ ...rest, involvedObject: referenceTo(object), at: this.#options.clock.now() });
    if (this.#warnings.length + this.#news.length > longestQueue) {
      (this.#news.length > 0 ? this.#news : this.#warnings).shift();
    }
    if (this.#sending.size >= senders) return;
    const sending: Promise<void> = this.#send().finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  /** Resolves when everything emitted so far was sent or lost. */
  async flushed(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  /** Sends no more. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#warnings.length = 0;
    this.#news.length = 0;
    await this.flushed();
  }

  async #send(): Promise<void> {
    const { signal } = this.#abort;
    const { clock, isPressed } = this.#options;
    for (let next = this.#next(); next; next = this.#next()) {
      try {
        await this.#bucket.take(signal);
        if (isPressed?.()) await clock.sleep(pauseMs, signal);
        await this.#options.kube.create(resources.event, this.#event(next), { signal });
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onLost(error);
      }
    }
  }

  #next(): Note | undefined {
    const queue = this.#warnings.length > 0 ? this.#warnings : this.#news;
    const [oldest] = queue;
    const isBehind = oldest !== undefined && this.#options.clock.now().getTime() - oldest.at.getTime() > lateMs;
    return isBehind ? queue.pop() : queue.shift();
  }

  #event({ involvedObject, type, reason, message, at }: Note): KubeObject & Record<string, unknown> {
    const { name, namespace } = involvedObject;
    const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
    // As client-go names them: the object, and something that does not repeat.
    const suffix = `${at.getTime().toString(16)}${Math.floor(this.#options.random() * 2 ** 20).toString(16)}`;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      // What a long name was cut behind may be what no part of a name ends with.
      metadata: { name: `${name.slice(0, 200).replace(/[.-]+$/, '')}.${suffix}`, namespace },
      involvedObject,
      type,
      reason,
      message: message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message,
      source: { component: 'sealwright' },
      reportingComponent: 'sealwright',
      reportingInstance: '',
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
  }
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject) {
  const { name = '', namespace = 'default', uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}
