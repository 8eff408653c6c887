// `seal status`: how everything of our kinds in the cluster stands, once or as it changes.

import { SealError } from '../../src/errors.ts';
import { LinkedAbort } from '../../src/kube/abort.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { excluding } from '../arguments.ts';
import { type ClusterOptions, clusterOptions, withCluster } from '../cluster.ts';
import { type Call, command } from '../command.ts';
import type { Context } from '../context.ts';
import { defaultNamespace } from '../default-namespace.ts';
import { jsonDocument } from '../json.ts';
import { checkNamespace } from '../names.ts';
import { flag, text } from '../options.ts';
import { reachOf } from '../reach.ts';
import { Board } from '../status/board.ts';
import { type Collected, collect, countedRepairs, repairEvents, type Scope } from '../status/collect.ts';
import { Lines, layoutOf, rowsOf, Screen, type View } from '../status/views.ts';
import { note, warn } from '../ui.ts';

const options = {
  namespace: text('-n, --namespace <name>', "objects of this namespace; default: the kubeconfig's"),
  allNamespaces: flag('-A, --all-namespaces', 'objects of every namespace'),
  selector: text('-l, --selector <labels>', 'only objects with these labels, as kubectl takes them'),
  fieldSelector: text('--field-selector <fields>', 'only objects with these fields, such as metadata.name=db'),
  watch: flag('-w, --watch', 'stay and follow changes: drawn anew on a terminal, a line for each change elsewhere'),
  json: flag('--json', 'as JSON: one document; with --watch one object a line'),
  ...clusterOptions,
} as const;

type StatusCall = Call<typeof options>;

/** The columns that nobody has anything to say in are left out. */
export const status = command({
  name: 'status',
  summary: 'tell how SealedSecrets, ExternalSecrets and the like stand in the cluster',
  description: `A line for each object of our kinds: whether it is ready, where its values come from, when they were read and will be read again,
how often its Secret had to be put right (by the events that the cluster still has, an hour of them by default), and the
keys that its values are sealed under, by the seal record. It reads what the controllers write, ours and the reference ones.
Kinds that the cluster does not have, or does not show, are named on standard error.

With --json: {"objects": [{kind, namespace, name, ready, reason, message, stale, paused, created, source, lastRefresh, nextRefresh,
refreshSeconds, repaired, lastRepair, keyIds}], "absent": [kind], "denied": [kind]}; what is not known is left out.`,
  options,
  excess: 'choose with -n NAMESPACE or -l LABELS; of one object or file tells seal why',
  examples: [
    { does: 'see everything', run: 'seal status -A' },
    { does: 'follow the objects of a namespace', run: 'seal status -n shop --watch' },
    {
      does: 'name what is not ready',
      run: 'seal status -A --json | jq -r \'.objects[] | select(.ready != "True") | .name\'',
    },
  ],
  async run(call) {
    const { options: given, context } = call;
    if (given.allNamespaces && given.namespace !== undefined) throw excluding('-n', '-A');
    if (given.namespace !== undefined) checkNamespace(given.namespace);
    const scope = await scopeOf(call);
    await withCluster(given, context, (api) => (given.watch ? watch : once)(api, scope, call));
  },
});

async function scopeOf({ options: given, context }: StatusCall): Promise<Scope> {
  const { namespace } = given.allNamespaces ? {} : await namespaceOf(given, context);
  return { namespace, labelSelector: given.selector, fieldSelector: given.fieldSelector };
}

async function namespaceOf({ namespace, ...where }: StatusCall['options'], context: Context) {
  return namespace === undefined ? defaultNamespace(context, where) : { namespace };
}

async function once(api: KubeApi, scope: Scope, { options: given, context }: StatusCall): Promise<void> {
  const { out } = context.streams;
  const [collected, events] = await Promise.all([collect(api, scope), repairEvents(api, scope)]);
  checkInstalled(collected, given);
  const rows = rowsOf(objectsOf(collected), events && countedRepairs(events), context.clock.now());
  if (given.json) return out.write(jsonDocument({ objects: rows, ...unseen(collected) }));
  tellUnseen(collected, context);
  if (rows.length === 0) return note(context, `nothing of our kinds is in ${placeOf(scope)}`);
  const layout = layoutOf(rows, scope, context);
  out.write([layout.header, ...rows.map(layout.line)].map((line) => `${line}\n`).join(''));
}

const placeOf = ({ namespace }: Scope) => (namespace === undefined ? 'the cluster' : `namespace ${namespace}`);

const objectsOf = (collected: readonly Collected[]) =>
  collected.flatMap((one) => ('objects' in one ? one.objects : []));

function unseen(collected: readonly Collected[]) {
  return {
    absent: collected.flatMap((one) => ('absent' in one ? [one.kind.kind] : [])),
    denied: collected.flatMap((one) => ('denied' in one ? [one.kind.kind] : [])),
  };
}

function checkInstalled(collected: readonly Collected[], chosen: ClusterOptions): void {
  if (collected.some((one) => !('absent' in one))) return;
  throw new SealError('NOT_INSTALLED', 'the cluster has none of the kinds that Sealwright serves', {
    hint: `kubectl${reachOf(chosen)} apply -k deploy installs them, with the controller`,
  });
}

function tellUnseen(collected: readonly Collected[], context: Context): void {
  const { absent, denied } = unseen(collected);
  if (absent.length > 0) note(context, `not installed: ${absent.join(', ')}`);
  if (denied.length > 0) warn(context, `may not be listed: ${denied.join(', ')}`);
}

const connection = 'connection';
const awayText = 'the connection broke off, and what is shown may be old; trying again';

async function watch(api: KubeApi, scope: Scope, { options: given, context }: StatusCall): Promise<void> {
  const { clock, jitter: random, streams } = context;
  const [collected, events] = await Promise.all([collect(api, scope), repairEvents(api, scope)]);
  const view: View = streams.out.isTTY && !given.json ? new Screen(scope, context) : new Lines(scope, context, given);
  const { absent, denied } = unseen(collected);
  if (absent.length > 0) note(context, `not installed: ${absent.join(', ')}`);
  if (denied.length > 0) view.tell('denied', `may not be listed: ${denied.join(', ')}`);
  const troubled = new Set<string>();
  const ending = new LinkedAbort(context.signal);
  const { signal } = ending;
  const board: Board = new Board({
    ...{ api, scope, clock, random, signal },
    onChange: (uid) => view.changed(board, uid),
    onError: (error) => ending.abort(error),
    onTrouble(plural, reason) {
      // Of the connection there is one to speak of, however many watches go through it.
      const about = reason === 'denied' ? plural : connection;
      if (troubled.has(about)) return;
      troubled.add(about);
      view.tell(about, about === connection ? awayText : `${plural}: no right to watch`);
    },
    onHeard() {
      if (troubled.delete(connection)) view.tell(connection, undefined);
    },
  });
  board.fill(collected, events ?? []);
  view.begin(board);
  await Promise.all([board.follow(collected, { events: events !== undefined }), view.keep(board, signal)]);
  // Whoever read the output may have gone: nothing else ends it but an interrupt.
  signal.throwIfAborted();
}
