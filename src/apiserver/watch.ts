// Watch requests: a stream of JSON lines, from a revision on or from the state of now.

import type { KubeObject } from '../kube/objects.ts';
import { apiVersionOf } from '../kube/resources.ts';
import type { Call, Cluster } from './cluster.ts';
import { revisionOf, selection } from './lists.ts';
import { checkListOptions, flag, integer } from './options.ts';
import type { View } from './request.ts';
import { refuse } from './status.ts';
import type { Change } from './store.ts';
import { showObject } from './views.ts';

/** Where a watch writes to. */
export interface Sink {
  write(line: string): void;
  end(): void;
  onClose(callback: () => void): void;
}

const bookmarkEveryMs = 60_000;
const defaultTimeoutSeconds = 1_800;

/** Everything that can be refused is refused here, before the stream has begun. */
export function prepareWatch(cluster: Cluster, call: Call, view: View): (sink: Sink) => void {
  const { query } = call;
  checkListOptions(query, true);
  const selected = selection(call);
  const initial = flag(query, 'sendInitialEvents');
  const from = revisionOf(query);
  if (from !== undefined && from > cluster.store.revision) throw refuse.futureVersion(from, cluster.store.revision);
  const bookmarks = flag(query, 'allowWatchBookmarks') ?? false;
  const seconds = integer(query, 'timeoutSeconds') || defaultTimeoutSeconds;
  const fromState = initial ?? !from;
  return (sink) => {
    const stream = new Stream(cluster, call, view, sink);
    const replay = fromState ? stream.state(selected) : cluster.store.since(from ?? cluster.store.revision);
    if (!replay) return stream.tooOld(from ?? 0);
    for (const change of replay) stream.change(change, selected);
    if (initial && bookmarks) stream.bookmark({ 'k8s.io/initial-events-end': 'true' });
    follow(cluster, stream, sink, selected, { bookmarks, seconds });
  };
}

type Selected = (object: KubeObject) => boolean;

function follow(
  cluster: Cluster,
  stream: Stream,
  sink: Sink,
  selected: Selected,
  options: { bookmarks: boolean; seconds: number },
) {
  const stops: (() => void)[] = [];
  let cancelBookmark = () => {};
  const again = () => {
    stream.bookmark();
    cancelBookmark = cluster.clock.timer(bookmarkEveryMs, again);
  };
  if (options.bookmarks) cancelBookmark = cluster.clock.timer(bookmarkEveryMs, again);
  stops.push(() => cancelBookmark());
  stops.push(cluster.store.subscribe((change) => stream.change(change, selected)));
  stops.push(
    cluster.clock.timer(options.seconds * 1000, () => {
      // A last bookmark lets the reader go on from here rather than list again.
      if (options.bookmarks) stream.bookmark();
      sink.end();
    }),
  );
  sink.onClose(() => {
    for (const stop of stops) stop();
  });
}

class Stream {
  readonly #cluster: Cluster;
  readonly #call: Call;
  readonly #view: View;
  readonly #sink: Sink;
  #headersSent = false;

  constructor(cluster: Cluster, call: Call, view: View, sink: Sink) {
    this.#cluster = cluster;
    this.#call = call;
    this.#view = view;
    this.#sink = sink;
  }

  /** The objects of now, as changes that made them. */
  state(selected: Selected): Change[] {
    const { kind, namespace } = this.#call;
    const { store } = this.#cluster;
    return store
      .list(kind.collection, namespace)
      .filter(selected)
      .map((object) => ({ revision: 0, collection: kind.collection, type: 'ADDED', object, previous: undefined }));
  }

  /** A change as the selectors see it: an object that no longer matches is deleted for this watch. */
  change({ collection, type, object, previous }: Change, selected: Selected): void {
    const { kind, namespace } = this.#call;
    if (collection !== kind.collection || (namespace && object.metadata.namespace !== namespace)) return;
    const was = previous !== undefined && selected(previous);
    const is = type !== 'DELETED' && selected(object);
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', object);
    else if (was) {
      // The last state that matched, at the revision at which it stopped to.
      const { resourceVersion = '' } = object.metadata;
      this.#send('DELETED', { ...previous, metadata: { ...previous.metadata, resourceVersion } });
    }
  }

  bookmark(annotations?: Record<string, string>): void {
    const { kind } = this.#call;
    const metadata = { resourceVersion: String(this.#cluster.store.revision), ...(annotations ? { annotations } : {}) };
    const meta = this.#view === 'metadata';
    const object = {
      kind: meta ? 'PartialObjectMetadata' : kind.kind,
      apiVersion: meta ? 'meta.k8s.io/v1' : apiVersionOf(kind),
      metadata,
    };
    this.#line('BOOKMARK', this.#view === 'table' ? this.#emptyTable(metadata) : object);
  }

  tooOld(from: number): void {
    const { status } = refuse.expired(`too old resource version: ${from} (${this.#cluster.store.oldest})`);
    this.#line('ERROR', status);
    this.#sink.end();
  }

  #emptyTable(metadata: object): object {
    return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: [], rows: [] };
  }

  #send(type: string, object: KubeObject): void {
    this.#line(type, showObject(this.#cluster, this.#call, object, this.#view, !this.#headersSent));
    this.#headersSent = true;
  }

  #line(type: string, object: unknown): void {
    this.#sink.write(`${JSON.stringify({ type, object })}\n`);
  }
}
