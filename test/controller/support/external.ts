// Words in which the stories of ExternalSecrets are told, on any API server.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { KubeApi } from '../../../src/kube/api.ts';
import type {
  ExternalSecret,
  ExternalSecretSpec,
  SecretStore,
  StoreProvider,
} from '../../../src/kube/external-secrets.ts';
import type { Condition, KubeObject, ObjectMeta, Secret } from '../../../src/kube/objects.ts';
import { reasons } from '../../../src/kube/reasons.ts';
import { apiVersionOf, type Resource, resources } from '../../../src/kube/resources.ts';
import { patienceMs } from '../../support/patience.ts';
import { vaultToken } from './fake-vault.ts';

/** Our definitions of external-secrets.io. */
export const externalDefinitions = (): KubeObject[] =>
  ['externalsecrets', 'secretstores', 'clustersecretstores', 'clusterexternalsecrets', 'passwords'].map((name) =>
    parse(readFileSync(new URL(`../../../deploy/crds/${name}.yaml`, import.meta.url), 'utf8')),
  );

export type Words = ReturnType<typeof wordsIn>;

/** Gives each condition's rule its say: as for SealedSecrets, with the reference's words. */
export function checkExternalStatus({
  metadata,
  status,
}: {
  metadata: ObjectMeta;
  status?: { conditions?: Condition[]; observedGeneration?: number };
}): void {
  const conditions = status?.conditions ?? [];
  const problems: string[] = [];
  const ready = conditions.filter(({ type }) => type === 'Ready');
  const beside = conditions.filter(({ type }) => type === 'Reconciling' || type === 'Stalled');
  if (ready.length !== 1) problems.push(`${ready.length} Ready conditions`);
  if (beside.length > 1) problems.push('Reconciling and Stalled at once');
  if (ready[0]?.status === 'True' && beside.length > 0) problems.push('trouble beside Ready=True');
  if (beside[0]?.type === 'Stalled' && ready[0]?.status !== 'False') problems.push('Stalled without Ready=False');
  for (const { type, reason = '', message, status: is } of conditions) {
    if (!(reason in reasons)) problems.push(`reason ${reason} of ${type} is not documented`);
    if (!message) problems.push(`${type} has no message`);
    if (type !== 'Ready' && is !== 'True') problems.push(`${type} is ${is}`);
  }
  if ((status?.observedGeneration ?? 0) > (metadata.generation ?? 0)) problems.push('observedGeneration is ahead');
  if (problems.length > 0)
    throw new Error(`${metadata.name}: ${problems.join(', ')}\n${JSON.stringify(status, undefined, 1)}`);
}

/** The words of one namespace. */
export function wordsIn(kube: KubeApi, namespace: string) {
  const at = (name: string) => ({ namespace, name });
  const create = <T extends KubeObject>(resource: Resource, name: string, rest: object, metadata: ObjectMeta = {}) =>
    kube.create<T>(resource, {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name, ...(resource.namespaced && { namespace }), ...metadata },
      ...rest,
    } as unknown as T);
  const getSecret = (name = 'db') => kube.get<Secret>(resources.secret, at(name)).catch(() => undefined);
  const getExternal = (name = 'db') =>
    kube.get<ExternalSecret>(resources.externalSecret, at(name)).catch(() => undefined);
  return {
    namespace,
    kube,
    at,
    create,
    getSecret,
    getExternal,
    /** A Secret that a store's settings refer to. */
    credentials: (name: string, items: Record<string, string>) =>
      create<Secret>(resources.secret, name, {
        data: Object.fromEntries(
          Object.entries(items).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
        ),
      }),
    store: (name: string, provider: StoreProvider, more: object = {}) =>
      create<SecretStore>(resources.secretStore, name, { spec: { provider, ...more } }),
    /** The store `vault` with its token. */
    async vaultStore(server: string, name = 'vault') {
      await this.credentials('vault', { token: vaultToken }).catch(() => undefined);
      return this.store(name, vaultAt(server));
    },
    external: (name: string, spec: ExternalSecretSpec, metadata: ObjectMeta = {}) =>
      create<ExternalSecret>(
        resources.externalSecret,
        name,
        { spec: { secretStoreRef: { name: 'vault' }, ...spec } },
        metadata,
      ),
    edit: (name: string, patch: object) => kube.mergePatch<ExternalSecret>(resources.externalSecret, at(name), patch),
    values: async (name?: string) => decoded(await getSecret(name)),
    untilValues: (values: Record<string, string> | undefined, name?: string) =>
      eventually(
        async () => decoded(await getSecret(name)),
        (now) => same(now, values),
        `values of Secret ${name ?? 'db'}`,
      ),
    untilReady: (name: string, status: string, reason: string, resource: Resource = resources.externalSecret) =>
      eventually(
        () => kube.get<ExternalSecret>(resource, resource.namespaced ? at(name) : { name }).catch(() => undefined),
        (object) => {
          const ready = readyOf(object);
          return (
            ready?.status === status &&
            ready.reason === reason &&
            object?.status?.observedGeneration === object?.metadata.generation
          );
        },
        `${resource.kind} ${name} with Ready=${status} ${reason}`,
      ) as Promise<ExternalSecret>,
    until: eventually,
    condition: async (type: string, name = 'db') =>
      (await getExternal(name))?.status?.conditions?.find((one) => one.type === type),
    events: async () => {
      const { items } = await kube.list<KubeObject & { type: string; reason: string; message: string }>(
        resources.event,
        { namespace },
      );
      return items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    },
    /** Those about ExternalSecrets. */
    eventsOf: async (name = 'db') => {
      const { items } = await kube.list<
        KubeObject & { reason: string; involvedObject: { kind: string; name: string } }
      >(resources.event, { namespace });
      return items.filter(({ involvedObject: of }) => of.kind === 'ExternalSecret' && of.name === name);
    },
  };
}

export const vaultAt = (server: string): StoreProvider => ({
  vault: { server, path: 'secret', version: 'v2', auth: { tokenSecretRef: { name: 'vault', key: 'token' } } },
});

export const readyOf = (object: { status?: { conditions?: Condition[] } } | undefined) =>
  object?.status?.conditions?.find(({ type }) => type === 'Ready');

/** Asks until the answer will do; the test is a client like any other. */
export async function eventually<T>(
  get: () => Promise<T>,
  check: (now: T) => boolean,
  what: string,
  withinMs = patienceMs,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const now = await get();
    if (check(now)) return now;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}: ${JSON.stringify(now, undefined, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function decoded(secret: Secret | undefined): Record<string, string> | undefined {
  if (!secret) return undefined;
  const items = Object.entries(secret.data ?? {}).map(([item, text]) => [item, Buffer.from(text, 'base64').toString()]);
  return Object.fromEntries(items);
}

const sorted = (map: Record<string, string> | undefined) => map && Object.entries(map).sort();
const same = (a: Record<string, string> | undefined, b: Record<string, string> | undefined) =>
  JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
