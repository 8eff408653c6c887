// One watch request as a sequence of events: cut into lines, parsed, and given up when it falls silent.

import { LinkedAbort } from './abort.ts';
import type { WatchEvent } from './api.ts';
import type { Clock } from './clock.ts';
import { ApiError, type CallSubject } from './errors.ts';
import { LineTooLong, lines } from './lines.ts';
import type { KubeObject, Status } from './objects.ts';
import { badData, statusError, unreachable } from './refusals.ts';
import type { StreamedAnswer } from './transport.ts';

export interface WatchStream<T extends KubeObject> {
  open: (signal: AbortSignal) => Promise<StreamedAnswer>;
  subject: CallSubject;
  /** What to keep of each object. */
  project: (object: T) => T;
  clock: Clock;
  idleMs: number;
  signal?: AbortSignal | undefined;
}

// etcd holds objects up to 1.5 MiB; managed fields and JSON may double that.
const longestLine = 16 * 1024 * 1024;

/**
 * Ends when the server ends the stream. Throws `ApiError`: the server's for an ERROR event, `KUBE_BAD_DATA` for what is
 * no event, `KUBE_UNREACHABLE` (reason `Silent`) when nothing came for `idleMs`: such a connection is half-open.
 */
export async function* watchOnce<T extends KubeObject>(stream: WatchStream<T>): AsyncIterable<WatchEvent<T>> {
  const watchdog = new Watchdog(stream);
  try {
    const { chunks } = await stream.open(watchdog.signal);
    for await (const line of lines(watchdog.guard(chunks), longestLine)) yield parseEvent(stream, line);
  } catch (error) {
    stream.signal?.throwIfAborted();
    if (error instanceof LineTooLong) throw badData(stream.subject.server, 'watch events', error);
    throw watchdog.barked ? silent(stream.subject) : error;
  } finally {
    watchdog.stop();
  }
}

class Watchdog {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #abort: LinkedAbort;
  #cancel: () => void = () => {};
  barked = false;

  constructor({ clock, idleMs, signal }: Pick<WatchStream<KubeObject>, 'clock' | 'idleMs' | 'signal'>) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#abort = new LinkedAbort(signal);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async *guard(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    this.#rewind();
    for await (const chunk of chunks) {
      // While the consumer works, silence is ours and not the server's.
      this.#cancel();
      yield chunk;
      this.#rewind();
    }
  }

  stop(): void {
    this.#cancel();
    this.#abort.leave();
    this.#abort.abort();
  }

  #rewind(): void {
    this.#cancel();
    this.#cancel = this.#clock.timer(this.#idleMs, () => {
      this.barked = true;
      this.#abort.abort();
    });
  }
}

function parseEvent<T extends KubeObject>({ subject, project }: WatchStream<T>, line: string): WatchEvent<T> {
  const { type, object } = parseLine<T>(subject, line);
  if (type === 'ERROR') throw statusError(subject, object as unknown as Status);
  return { type, object: project(object) };
}

function parseLine<T extends KubeObject>(subject: CallSubject, line: string): WatchEvent<T> {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    // The parser's message quotes the line, which may be a Secret.
    throw badData(subject.server, 'watch events');
  }
  if (!isEvent<T>(event)) throw badData(subject.server, 'watch events');
  return event;
}

const types = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

function isEvent<T extends KubeObject>(event: unknown): event is WatchEvent<T> {
  if (typeof event !== 'object' || event === null || !('type' in event) || !('object' in event)) return false;
  const { type, object } = event;
  if (typeof type !== 'string' || !types.has(type) || typeof object !== 'object' || object === null) return false;
  return type === 'ERROR' || ('metadata' in object && typeof object.metadata === 'object' && object.metadata !== null);
}

function silent(subject: CallSubject): ApiError {
  const error = unreachable(subject.server, Object.assign(new Error('no byte came'), { code: 'KUBE_SILENT' }));
  return new ApiError(error.code, error.message, { status: 0, reason: 'Silent' }, { cause: error.cause });
}
