// Words in which the stories of VaultStaticSecrets are told, on any API server.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject, ObjectMeta, Secret } from '../../../src/kube/objects.ts';
import { apiVersionOf, type Resource, resources } from '../../../src/kube/resources.ts';
import type {
  SecretTransformationSpec,
  VaultAuthGlobalSpec,
  VaultAuthSpec,
  VaultConnectionSpec,
  VaultStaticSecret,
  VaultStaticSecretSpec,
} from '../../../src/kube/vault-secrets.ts';
import { checkExternalStatus, decoded, eventually, readyOf } from './external.ts';

/** By which the kinds are called in paths. */
export const plurals = [
  'vaultconnections',
  'vaultauths',
  'vaultauthglobals',
  'vaultstaticsecrets',
  'secrettransformations',
];

/** Our definitions of secrets.hashicorp.com. */
export const vaultDefinitions = (): KubeObject[] =>
  plurals.map((name) => parse(readFileSync(new URL(`../../../deploy/crds/${name}.yaml`, import.meta.url), 'utf8')));

export type VaultWords = ReturnType<typeof vaultWordsIn>;

/** What a test says of a VaultStaticSecret; the rest is made up. */
export type StaticSpec = Partial<Omit<VaultStaticSecretSpec, 'destination'>> & {
  destination?: Partial<VaultStaticSecretSpec['destination']>;
};

/** The words of one namespace. */
export function vaultWordsIn(kube: KubeApi, namespace: string) {
  const at = (name: string, where = namespace) => ({ namespace: where, name });
  const create = <T extends KubeObject>(resource: Resource, name: string, rest: object, metadata: ObjectMeta = {}) =>
    kube.create<T>(resource, {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name, namespace, ...metadata },
      ...rest,
    } as unknown as T);
  const getSecret = (name = 'db') => kube.get<Secret>(resources.secret, at(name)).catch(() => undefined);
  const get = (name = 'db') =>
    kube.get<VaultStaticSecret>(resources.vaultStaticSecret, at(name)).catch(() => undefined);
  const condition = async (type: string, name = 'db') =>
    (await get(name))?.status?.conditions?.find((one) => one.type === type);
  return {
    namespace,
    kube,
    at,
    create,
    get,
    getSecret,
    condition,
    secret: (name: string, items: Record<string, string>, metadata: ObjectMeta = {}, rest: object = {}) =>
      create<Secret>(
        resources.secret,
        name,
        {
          data: Object.fromEntries(
            Object.entries(items).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
          ),
          ...rest,
        },
        metadata,
      ),
    serviceAccount: (name = 'app', metadata: ObjectMeta = {}) => create(resources.serviceAccount, name, {}, metadata),
    connection: (spec: VaultConnectionSpec, name = 'vault', metadata: ObjectMeta = {}) =>
      create(resources.vaultConnection, name, { spec }, metadata),
    auth: (spec: VaultAuthSpec, name = 'auth', metadata: ObjectMeta = {}) =>
      create(resources.vaultAuth, name, { spec }, metadata),
    /** What `static` reads with: the service account, connection `vault`, and VaultAuth `auth` by kubernetes. */
    async settled(connection: VaultConnectionSpec) {
      const kubernetes = { role: 'app', serviceAccount: 'app' };
      await this.serviceAccount();
      await this.connection(connection);
      await this.auth({ vaultConnectionRef: 'vault', method: 'kubernetes', mount: 'kubernetes', kubernetes });
    },
    global: (spec: VaultAuthGlobalSpec, name = 'default', metadata: ObjectMeta = {}) =>
      create(resources.vaultAuthGlobal, name, { spec }, metadata),
    transformation: (spec: SecretTransformationSpec, name = 'shared', metadata: ObjectMeta = {}) =>
      create(resources.secretTransformation, name, { spec }, metadata),
    /** Reads `kv/db` as VaultAuth `auth`, and makes Secret `db`, unless the test says otherwise. */
    static: ({ destination, ...spec }: StaticSpec = {}, name = 'db', metadata: ObjectMeta = {}) =>
      create<VaultStaticSecret>(
        resources.vaultStaticSecret,
        name,
        {
          spec: {
            vaultAuthRef: 'auth',
            mount: 'kv',
            path: 'db',
            type: 'kv-v2',
            refreshAfter: '1h',
            ...spec,
            destination: { name, create: true, ...destination },
          },
        },
        metadata,
      ),
    edit: (name: string, patch: object, resource: Resource = resources.vaultStaticSecret) =>
      kube.mergePatch<VaultStaticSecret>(resource, at(name), patch),
    remove: (name = 'db', resource: Resource = resources.vaultStaticSecret) => kube.delete(resource, at(name)),
    values: async (name?: string) => decoded(await getSecret(name)),
    /** Waits until the Secret's items, apart from `_raw`, are these. */
    untilValues: (values: Record<string, string> | undefined, name?: string) =>
      eventually(
        async () => withoutRaw(decoded(await getSecret(name))),
        (now) => same(now, values),
        `values of Secret ${name ?? 'db'}`,
      ),
    untilReady: (status: string, reason: string, name = 'db', resource: Resource = resources.vaultStaticSecret) =>
      eventually(
        () => kube.get<VaultStaticSecret>(resource, at(name)).catch(() => undefined),
        (object) =>
          readyOf(object)?.status === status &&
          readyOf(object)?.reason === reason &&
          object?.status?.observedGeneration === object?.metadata.generation,
        `${resource.kind} ${name} with Ready=${status} ${reason}`,
      ) as Promise<VaultStaticSecret>,
    untilCondition: (type: string, reason: string | undefined, name = 'db') =>
      eventually(
        () => condition(type, name),
        (now) => now?.reason === reason,
        `${type} with ${reason} of ${name}`,
      ),
    until: eventually,
    events: async () => {
      const { items } = await kube.list<KubeObject & { type: string; reason: string; message: string }>(
        resources.event,
        { namespace },
      );
      return items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    },
  };
}

/** What Ready says. */
export const messageOf = (object: VaultStaticSecret | undefined) => readyOf(object)?.message ?? '';

function withoutRaw(values: Record<string, string> | undefined) {
  if (!values) return undefined;
  const { _raw, ...rest } = values;
  return rest;
}

const sorted = (map: Record<string, string> | undefined) => map && Object.entries(map).sort();
const same = (a: Record<string, string> | undefined, b: Record<string, string> | undefined) =>
  JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** As for ExternalSecrets, where two more conditions say what Ready says. Throws when the status breaks a rule. */
export function checkVaultStatus(object: VaultStaticSecret): void {
  const [synced, healthy, ready, ...rest] = object.status?.conditions ?? [];
  const types = [synced?.type, healthy?.type, ready?.type].join(' ');
  if (types !== 'SecretSynced Healthy Ready') throw new Error(`conditions begin with ${types}`);
  if (synced?.status !== ready?.status || healthy?.status !== ready?.status) throw new Error('conditions differ');
  if (object.status?.lastGeneration === undefined) throw new Error('no lastGeneration');
  checkExternalStatus({ ...object, status: { ...object.status, conditions: ready ? [ready, ...rest] : [] } });
}
