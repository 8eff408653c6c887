// `seal wait`: until objects are ready with what they ask for now, or why they never will be.

import { SealError, UsageError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { shellPath } from '../../src/shell-words.ts';
import { excluding } from '../arguments.ts';
import { type ClusterOptions, clusterOptions, withCluster, withClusters } from '../cluster.ts';
import { type Call, command } from '../command.ts';
import { defaultNamespace } from '../default-namespace.ts';
import { addressed, called } from '../diagnosis/words.ts';
import { timeLimitOf } from '../durations.ts';
import { jsonDocument } from '../json.ts';
import { findLive } from '../live.ts';
import { checkNamespace } from '../names.ts';
import { flag, text } from '../options.ts';
import { reachOf } from '../reach.ts';
import { type PlacedNamed, placedNamed } from '../ruled-cluster.ts';
import { Ruling } from '../ruling.ts';
import { objectOptions } from '../shared-options.ts';
import { type Collected, collect } from '../status/collect.ts';
import { namedObjects } from '../subjects.ts';
import { note } from '../ui.ts';
import { type Outcome, type Standing, type Target, waitFor } from '../waiting.ts';

const options = {
  all: flag('--all', 'every object of our kinds that is in the namespace now'),
  ...objectOptions,
  allNamespaces: flag('-A, --all-namespaces', 'with --all: of every namespace'),
  selector: text('-l, --selector <labels>', 'with --all: only objects with these labels'),
  timeout: text('--timeout <duration>', 'how long to wait, such as 90s or 10m; default: 5m'),
  json: flag('--json', 'as one JSON document'),
  ...clusterOptions,
} as const;

type WaitCall = Call<typeof options>;

/** Exit code 1, with the reason, where one of them fails or the time is up. */
export const wait = command({
  name: 'wait',
  summary: 'wait until objects are ready with what they ask for now',
  description: `Waits until each object is Ready for the generation that it has now; of a manifest, first until the cluster has what the file says.
An object that only a person can mend (Stalled, or paused) ends the waiting at once with its reason, and so does the end of the time.
A file is waited for in the cluster that its rule names. What is waited for is told on standard error.

With --json: {"objects": [{kind, namespace, name, cluster, ready, reason}]}; reason is left out of what is ready, and cluster where there is only one.`,
  arguments: { name: '[object...]', help: 'KIND/NAME, a file or a folder' },
  options,
  examples: [
    {
      does: 'wait for a Secret before what needs it',
      run: 'seal wait sealedsecret/db-credentials -n shop --timeout 90s',
    },
    { does: 'wait until a commit has arrived', run: 'seal wait environments/production' },
  ],
  async run(call) {
    const { options: given, context } = call;
    const timeoutMs = timeLimitOf('--timeout', given.timeout, standardMs);
    checkUsage(call);
    await withTargets(call, async (targets) => {
      const outcome = await waitFor(targets, {
        ...{ timeoutMs, clock: context.clock, random: context.jitter, signal: context.signal },
        onChange(target, standing) {
          if (given.progress) note(context, lineOf(target, standing));
        },
      });
      tell(targets, outcome, call);
      checkReady(targets, outcome, timeoutMs);
    });
  },
});

const standardMs = 5 * 60_000;

function checkUsage({ options: given, args }: WaitCall): void {
  const { all, allNamespaces, namespace, selector } = given;
  if (namespace !== undefined) checkNamespace(namespace);
  if (all && args.length > 0) throw excluding('--all', 'names');
  if (!all && args.length === 0) throw new UsageError('nothing is named', { hint: 'seal wait KIND/NAME, or --all' });
  if (!all && (allNamespaces || selector !== undefined))
    throw new UsageError('-A and -l are for --all', { hint: 'add --all, or leave them out' });
  if (allNamespaces && namespace !== undefined) throw excluding('-n', '-A');
}

/** Runs `work` with what is waited for, in as many clusters as the rules of its files name. */
async function withTargets(call: WaitCall, work: (targets: readonly WaitTarget[]) => Promise<void>): Promise<void> {
  const { options: given, args, context } = call;
  if (given.all) return withCluster(given, context, async (api) => work(await allOf(api, call)));
  const ruling = new Ruling({ branch: given.branch }, context);
  const named = await namedObjects(args, given, context);
  const placed = await Promise.all(named.map((one) => placedNamed(one, { given, ruling, context })));
  const choices = new Map(placed.map(({ chosen }) => [keyOf(chosen), chosen]));
  await withClusters([...choices.values()], context, async (apis) => {
    const byKey = new Map([...choices.keys()].map((key, at) => [key, apis[at]]));
    const targets = placed.flatMap((one) => {
      const api = byKey.get(keyOf(one.chosen));
      return api ? [targetOf(api, one, { isOneOfSeveral: apis.length > 1 })] : [];
    });
    await work(await Promise.all(targets));
  });
}

const keyOf = ({ kubeconfig, context }: ClusterOptions) => JSON.stringify([kubeconfig, context]);

async function allOf(api: KubeApi, { options: given, context }: WaitCall): Promise<WaitTarget[]> {
  const place = given.namespace ?? (await defaultNamespace(context, given)).namespace;
  const namespace = given.allNamespaces ? undefined : place;
  const collected = await collect(api, { namespace, labelSelector: given.selector });
  const targets = collected.flatMap((one) => {
    if (!('objects' in one)) return [];
    const { resource, objects } = one;
    const reach = reachOf(given);
    return objects.map(({ metadata: { namespace, name = '' } }) => ({ api, resource, namespace, name, reach }));
  });
  if (targets.length > 0) return targets;
  throw nothingThere(namespace, given, collected);
}

function nothingThere(
  namespace: string | undefined,
  { selector }: WaitCall['options'],
  collected: readonly Collected[],
): SealError {
  const labelled = selector === undefined ? '' : ` with the labels ${selector}`;
  const place = namespace === undefined ? 'the cluster' : `namespace ${namespace}`;
  const denied = collected.flatMap((one) => ('denied' in one ? one.kind.kind : []));
  return new SealError('NOTHING_THERE', `nothing of our kinds${labelled} is in ${place}`, {
    hint: [
      ...(denied.length > 0 ? [`may not be listed: ${denied.join(', ')}`] : []),
      ...(namespace === undefined ? [] : ['of another namespace: -n NAMESPACE; of every one: -A']),
      'what is still to come is waited for by its name or its file: seal wait KIND/NAME, seal wait FILE',
    ],
  });
}

/** One target, as it is told of. */
interface WaitTarget extends Target {
  /** Its file. */
  file?: string | undefined;
  /** Flags by which commands reach its cluster. */
  reach?: string;
  /** Cluster of `.sealwright.yaml`, where several are waited for. */
  cluster?: string | undefined;
}

async function targetOf(
  api: KubeApi,
  { named, cluster, chosen }: PlacedNamed<ClusterOptions>,
  { isOneOfSeveral }: { isOneOfSeveral: boolean },
): Promise<WaitTarget> {
  const { kind, name, namespace, manifest } = named;
  // Which version the cluster serves; and whoever may not read it is told at once.
  const { resource = kind.versions[0] } = await findLive(api, kind, { namespace, name });
  const told = { file: manifest?.file, cluster: isOneOfSeveral ? cluster : undefined };
  return { api, resource, namespace, name, wanted: manifest?.object, reach: reachOf(chosen), ...told };
}

const calledOf = ({ resource: { kind }, namespace, name, cluster }: WaitTarget) =>
  `${called({ kind, namespace, name })}${cluster === undefined ? '' : ` of cluster ${cluster}`}`;

function lineOf(target: WaitTarget, standing: Standing): string {
  if (standing.is === 'ready') return `${calledOf(target)} is ready`;
  return `${standing.is === 'failed' ? 'giving up on' : 'waiting for'} ${calledOf(target)}: ${standing.why}`;
}

function tell(targets: readonly WaitTarget[], outcome: Outcome, { options: given, context }: WaitCall): void {
  if (!given.json) return;
  const objects = targets.map((target) => {
    const { resource, namespace, name, cluster } = target;
    const standing = outcome.get(target);
    const reason = standing && 'why' in standing ? standing.why : undefined;
    return {
      kind: resource.kind,
      ...(namespace !== undefined && { namespace }),
      name,
      ...(cluster !== undefined && { cluster }),
      ready: standing?.is === 'ready',
      ...(reason !== undefined && { reason }),
    };
  });
  context.streams.out.write(jsonDocument({ objects }));
}

function checkReady(targets: readonly WaitTarget[], outcome: Outcome, timeoutMs: number): void {
  const failed = targets.find((target) => outcome.get(target)?.is === 'failed');
  const late = failed ?? targets.find((target) => outcome.get(target)?.is !== 'ready');
  if (!late) return;
  const standing = outcome.get(late);
  const why = standing && 'why' in standing ? standing.why : 'the cluster did not answer';
  const others = targets.filter((target) => outcome.get(target)?.is !== 'ready').length - 1;
  const more = others > 0 ? ` (and ${others} more)` : '';
  const { resource, namespace, name, file, reach = '' } = late;
  const address = file === undefined ? addressed({ kind: resource.kind, namespace, name }) : shellPath(file);
  const hint = `seal why ${address}${reach} says more`;
  if (failed) throw new SealError('NOT_READY', `${calledOf(late)} is not ready: ${why}`, { hint });
  throw new SealError('NOT_IN_TIME', `waited ${timeoutMs / 1000} s in vain for ${calledOf(late)}${more}: ${why}`, {
    hint,
  });
}
