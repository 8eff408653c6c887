// Which workloads an object wants restarted when its values change, and how each kind of them is told: pure.

import type { KubeObject } from '../../src/kube/objects.ts';
import { apiVersionOf, type Resource, resources } from '../../src/kube/resources.ts';

/** On an object of ours: `Deployment/api,StatefulSet/db`, workloads of its namespace. */
const restartAnnotation = 'sealwright.dev/restart';

/** On the pod template of a restarted workload: when, RFC 3339. No deployment tool has it in Git, so none takes it away. */
const restartedAtAnnotation = 'sealwright.dev/restarted-at';

/** One workload. */
export interface Target {
  resource: Resource;
  name: string;
}

/** What we read and write of a workload. */
export interface Workload extends KubeObject {
  spec?: {
    template?: { metadata?: { annotations?: Record<string, string> } };
    /** Of an Argo Rollout: pods that are older are replaced. */
    restartAt?: string;
  };
}

const kinds: readonly Resource[] = [
  resources.deployment,
  resources.statefulSet,
  resources.daemonSet,
  resources.rollout,
];

const objectName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** What an object asks for in text: the workloads, each once, and the entries that name none. */
export interface Targets {
  targets: Target[];
  wrong: string[];
}

/** The workloads that the annotation names. */
export function parseTargets(text: string): Targets {
  const entries = [...new Set(text.split(',').map((entry) => entry.trim()))].filter((entry) => entry !== '');
  const parsed = entries.map((entry) => ({ entry, target: targetOf(entry) }));
  return {
    targets: parsed.flatMap(({ target }) => target ?? []),
    wrong: parsed.flatMap(({ entry, target }) => (target ? [] : [entry.slice(0, 80)])),
  };
}

function targetOf(entry: string): Target | undefined {
  const [kind, name = '', ...rest] = entry.split('/');
  const resource = kinds.find((one) => one.kind === kind);
  return resource && rest.length === 0 && objectName.test(name) ? { resource, name } : undefined;
}

/** What the object's annotation asks for; undefined where it has none. */
export function targetsOf({ metadata }: KubeObject): Targets | undefined {
  const text = metadata.annotations?.[restartAnnotation];
  return text === undefined ? undefined : parseTargets(text);
}

const isRollout = ({ resource }: Target) => resource === resources.rollout;

/** When the workload was last restarted by us, or is asked to be; undefined when never. */
export function lastRestart(target: Target, { spec }: Workload): Date | undefined {
  const text = isRollout(target) ? spec?.restartAt : spec?.template?.metadata?.annotations?.[restartedAtAnnotation];
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** What is applied to restart `live`, only as it was read. */
export function restartOf(target: Target, live: Workload, at: Date): Workload {
  const { resource, name } = target;
  const { namespace, resourceVersion } = live.metadata;
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name, ...(namespace && { namespace }), ...(resourceVersion && { resourceVersion }) },
    spec: isRollout(target)
      ? { restartAt: wholeSeconds(at) }
      : { template: { metadata: { annotations: { [restartedAtAnnotation]: at.toISOString() } } } },
  };
}

// metav1.Time has no fractions, and rounded down it would spare pods that started within that second.
const wholeSeconds = (at: Date) => new Date(Math.ceil(at.getTime() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
