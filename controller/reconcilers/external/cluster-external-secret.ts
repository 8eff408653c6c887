// ClusterExternalSecret → one ExternalSecret in each namespace that matches.

import { isDeepStrictEqual } from 'node:util';
import { counted } from '../../../src/counted.ts';
import { isSealError } from '../../../src/errors.ts';
import type { JsonPatchOperation, KubeApi } from '../../../src/kube/api.ts';
import { isNotFound } from '../../../src/kube/errors.ts';
import { clusterExternalSecretViolations } from '../../../src/kube/external-secret-rules.ts';
import type { ClusterExternalSecret, ExternalSecret } from '../../../src/kube/external-secrets.ts';
import { type OwnerReference, objectKey } from '../../../src/kube/objects.ts';
import { apiVersionOf, resources } from '../../../src/kube/resources.ts';
import { Stalled } from '../../engine/outcome.ts';
import { esoFinalizers } from '../../secret/eso.ts';
import type { Reconciler } from '../shell.ts';
import { failureOf, textOf } from '../verdict.ts';
import { lettingGo } from './finalizers.ts';
import { matchesLabels } from './labels.ts';

/** What the body works with. */
export interface ClusterExternalSecretTools {
  kube: KubeApi;
  namespaces(): readonly { name: string; labels: Readonly<Record<string, string>>; isLeaving: boolean }[];
  /** The ExternalSecrets that were made for the object. */
  children(object: ClusterExternalSecret): readonly ExternalSecret[];
  get(key: string): ExternalSecret | undefined;
  /** Runs a write of ours of the ExternalSecret under `key`. */
  write(key: string, write: () => Promise<ExternalSecret>): Promise<void>;
}

/** On a ClusterExternalSecret it is copied to its ExternalSecrets, which read their values anew (as the reference). */
const forceSyncAnnotation = 'external-secrets.io/force-sync';

interface Failed {
  namespace: string;
  reason: string;
}

/** Some namespaces have not got what they should have; `fields` is the status that says which. */
class NamespacesFailed extends Stalled {
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(failed: readonly Failed[], fields: Readonly<Record<string, unknown>>) {
    const [first] = failed;
    const others = failed.length > 1 ? `, and ${failed.length - 1} more` : '';
    super('NamespacesFailed', `namespace ${first?.namespace}: ${first?.reason}${others}`);
    this.fields = fields;
  }
}

/** The body, for the shell. */
export const clusterExternalSecret: Reconciler<ClusterExternalSecret, ClusterExternalSecretTools> = {
  resource: resources.clusterExternalSecret,
  settledReason: 'Provisioned',

  async body(object, tools, signal) {
    const [violation] = clusterExternalSecretViolations(object.spec);
    if (violation) throw new Stalled('InvalidSpec', `${violation.path}: ${violation.message}`);
    const name = object.spec.externalSecretName || object.metadata.name || '';
    const wanted = namespacesFor(object, tools);
    const failed: Failed[] = [];
    const provisioned: string[] = [];
    for (const namespace of wanted) {
      const reason = await trying(() => provide(wantedIn(object, namespace, name), tools, signal), signal);
      if (reason === undefined) provisioned.push(namespace);
      else failed.push({ namespace, reason });
    }
    for (const child of tools.children(object)) {
      const { namespace = '' } = child.metadata;
      if (child.metadata.name === name && wanted.includes(namespace)) continue;
      const reason = await trying(() => remove(child, tools, signal), signal);
      if (reason !== undefined) failed.push({ namespace, reason });
    }
    const fields = { externalSecretName: name, provisionedNamespaces: provisioned, failedNamespaces: failed };
    if (failed.length > 0) throw new NamespacesFailed(failed, fields);
    const { length } = provisioned;
    return { message: `ExternalSecret ${name} is in ${counted(length, 'namespace')}`, fields };
  },

  failure(error) {
    const failure = failureOf(error);
    if (!(error instanceof NamespacesFailed)) return failure;
    const verdict = { ...failure.verdict, beside: 'Reconciling' as const };
    return { verdict, result: { next: 'retry' }, fields: error.fields };
  },

  leave: lettingGo(resources.clusterExternalSecret, esoFinalizers.clusterExternalSecret),
};

function namespacesFor({ spec }: ClusterExternalSecret, tools: ClusterExternalSecretTools): string[] {
  const { namespaceSelectors = [], namespaceSelector, namespaces = [] } = spec;
  const selectors = [...namespaceSelectors, ...(namespaceSelector ? [namespaceSelector] : [])];
  return tools
    .namespaces()
    .filter(({ name, labels, isLeaving }) => {
      return !isLeaving && (namespaces.includes(name) || selectors.some((selector) => matchesLabels(labels, selector)));
    })
    .map(({ name }) => name)
    .sort();
}

function wantedIn(object: ClusterExternalSecret, namespace: string, name: string): ExternalSecret {
  const { kind, metadata, spec } = object;
  const { labels = {}, annotations = {} } = spec.externalSecretMetadata ?? {};
  const forced = metadata.annotations?.[forceSyncAnnotation];
  const owner: OwnerReference = {
    apiVersion: object.apiVersion,
    kind,
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: apiVersionOf(resources.externalSecret),
    kind: resources.externalSecret.kind,
    metadata: {
      name,
      namespace,
      labels,
      annotations: { ...annotations, ...(forced !== undefined && { [forceSyncAnnotation]: forced }) },
      ownerReferences: [owner],
    },
    spec: spec.externalSecretSpec,
  };
}

async function provide(wanted: ExternalSecret, tools: ClusterExternalSecretTools, signal: AbortSignal): Promise<void> {
  const { namespace, name = '' } = wanted.metadata;
  const key = objectKey(wanted);
  const live = tools.get(key);
  if (!live) return await tools.write(key, () => tools.kube.create(resources.externalSecret, wanted, { signal }));
  if (!isOwnedBy(live, wanted)) {
    throw new Stalled('NotOwned', `external secret ${name} already exists in namespace ${namespace}`);
  }
  const patch = differences(live, wanted);
  if (patch.length === 0) return;
  const guarded: JsonPatchOperation[] = [
    { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
    ...patch,
  ];
  await tools.write(key, () =>
    tools.kube.jsonPatch<ExternalSecret>(resources.externalSecret, { namespace, name }, guarded, { signal }),
  );
}

// By kind and name: one that was deleted and made again takes its children back.
function isOwnedBy({ metadata }: ExternalSecret, wanted: ExternalSecret): boolean {
  const [ours] = wanted.metadata.ownerReferences ?? [];
  const controller = metadata.ownerReferences?.find((one) => one.controller === true);
  return controller?.kind === ours?.kind && controller?.name === ours?.name;
}

// As the reference: spec, labels and annotations of the children are the parent's alone.
function differences(live: ExternalSecret, { metadata, spec }: ExternalSecret): JsonPatchOperation[] {
  const patch: JsonPatchOperation[] = [];
  const put = (path: string, value: unknown) => patch.push({ op: 'add', path, value });
  if (!holds(live.spec, spec)) put('/spec', spec);
  for (const field of ['labels', 'annotations'] as const) {
    if (!isDeepStrictEqual(live.metadata[field] ?? {}, metadata[field] ?? {}))
      put(`/metadata/${field}`, metadata[field]);
  }
  const [live0, wanted0] = [live.metadata.ownerReferences?.[0]?.uid, metadata.ownerReferences?.[0]?.uid];
  if (live0 !== wanted0) put('/metadata/ownerReferences', metadata.ownerReferences);
  return patch;
}

// Defaults of the reference's definition, where that is installed, are no difference.
const defaults: Readonly<Record<string, unknown>> = {
  conversionStrategy: 'Default',
  decodingStrategy: 'None',
  metadataPolicy: 'None',
  nullBytePolicy: 'Ignore',
  refreshInterval: '1h0m0s',
  creationPolicy: 'Owner',
  deletionPolicy: 'Retain',
  engineVersion: 'v2',
  mergePolicy: 'Replace',
  templateAs: 'Values',
  target: { creationPolicy: 'Owner', deletionPolicy: 'Retain' },
};

function holds(live: unknown, wanted: unknown, name = ''): boolean {
  if (wanted === undefined) return live === undefined || isDeepStrictEqual(live, defaults[name]) || live === 'Data';
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) && live.length === wanted.length && wanted.every((one, index) => holds(live[index], one))
    );
  }
  if (typeof wanted !== 'object' || wanted === null || typeof live !== 'object' || live === null)
    return live === wanted;
  const [a, b] = [live as Record<string, unknown>, wanted as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => holds(a[key], b[key], key));
}

async function remove({ metadata }: ExternalSecret, { kube }: ClusterExternalSecretTools, signal: AbortSignal) {
  const { namespace, name = '', uid = '' } = metadata;
  try {
    await kube.delete(resources.externalSecret, { namespace, name }, { preconditions: { uid }, signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** What went wrong, in words; undefined when nothing did. What is no error of ours goes on. */
async function trying(action: () => Promise<void>, signal: AbortSignal): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (signal.aborted || !isSealError(error)) throw error;
    return textOf(error);
  }
}
