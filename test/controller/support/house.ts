// A whole controller on a stage, the embedded API server or a real one, and the words in which tests tell their stories.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { createLog } from '../../../controller/log.ts';
import { type Controller, startController } from '../../../controller/manager.ts';
import { createMetrics } from '../../../controller/metrics/metrics.ts';
import { type ControllerOptions, parseOptions, type SettingName } from '../../../controller/options.ts';
import { importKeyPairs } from '../../../keys/import.ts';
import { keySecret } from '../../../keys/storage.ts';
import type { ApiServerOptions } from '../../../src/apiserver/server.ts';
import type { KubeApi, WriteOptions } from '../../../src/kube/api.ts';
import { createClient } from '../../../src/kube/client.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { fixedConfig } from '../../../src/kube/cluster-config.ts';
import type { KubeObject, ObjectMeta, SealedSecret, Secret } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import type { CallReport } from '../../../src/kube/transport.ts';
import { type Certificate, parseCertificates } from '../../../src/seal/certificate.ts';
import { recordAnnotation, recordLine, serializeRecord } from '../../../src/seal/record.ts';
import { annotationsOfScope, type Scope } from '../../../src/seal/scope.ts';
import { sealValue } from '../../../src/seal/value.ts';
import { startTestApiServer } from '../../support/api-server.ts';
import { patienceMs } from '../../support/patience.ts';
import { checkStatus } from './status-checker.ts';

const vectors = new URL('../../vectors/', import.meta.url);
const crdFile = new URL('../../../deploy/crds/sealedsecrets.yaml', import.meta.url);

export const controllerNamespace = 'kube-system';

/** A key pair of the vectors: small, so that tests are fast. */
export async function testKey(name: 'rsa2048' | 'other2048' | 'second2048') {
  const [pair] = await importKeyPairs(await readFile(new URL(`keys/${name}-pkcs8.key`, vectors), 'utf8'));
  const [certificate] = await parseCertificates(await readFile(new URL(`certs/${name}.crt`, vectors), 'utf8'));
  if (!pair || !certificate) throw new Error(`no vector ${name}`);
  return { ...pair, certificate };
}

/** Where a controller is tried: an API server and who reaches it how. */
export interface Stage {
  /** As a person, not as the controller. */
  user: KubeApi;
  /** As the controller's service account. */
  controllerClient(onCall: (report: CallReport) => void): Promise<KubeApi>;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The kind's definition. Default: ours; undefined for none. */
  crd?: KubeObject | undefined;
  /** Those of other kinds. Default: none. */
  definitions?: readonly KubeObject[];
  intercept?: ApiServerOptions['intercept'] | undefined;
  /** What the server takes for the time of day. Default: the system's. */
  serverClock?: Clock;
}

/** An embedded API server of its own. */
export async function embeddedStage(options: EmbeddedOptions = {}) {
  const { definitions = [], intercept, serverClock = systemClock } = options;
  const server = await startTestApiServer({ clock: serverClock, ...(intercept && { intercept }) });
  const config = fixedConfig({ server: server.url, token: server.adminToken, tls: { ca: server.caPem } });
  const client = (onCall?: (report: CallReport) => void) =>
    createClient({ config, clock: systemClock, random: Math.random, onCall });
  const user = asUser(client());
  const crd = 'crd' in options ? options.crd : ourDefinition();
  for (const definition of crd ? [crd, ...definitions] : definitions)
    await user.create(resources.customResourceDefinition, definition);
  return {
    server,
    user,
    controllerClient: async (onCall: (report: CallReport) => void) => client(onCall),
    async close() {
      await user.close();
      await server.close();
    },
  };
}

/** The definition that we ship. */
export const ourDefinition = (): KubeObject => parse(readFileSync(crdFile, 'utf8'));

export interface HouseOptions {
  settings?: Partial<Record<SettingName, readonly string[]>>;
  /** Where the controller lives. Default: kube-system. */
  home?: string;
  /** The controllers'. Default: the system's. */
  clock?: Clock;
  /** Collects garbage. Default: left to the engine. */
  collect?: () => void;
}

/** Controllers on a stage, and what they did. */
export function houseOn(
  stage: Stage,
  { settings = {}, home = controllerNamespace, clock = systemClock, collect }: HouseOptions = {},
) {
  const lines: string[] = [];
  const controllers: Running[] = [];
  const options = parseOptions({
    'listen-address': ['127.0.0.1:0'],
    'metrics-address': ['127.0.0.1:0'],
    'key-size': ['2048'],
    'key-renew-period': ['0'],
    'restart-window': ['0'],
    ...settings,
  });
  const scenes: string[] = [];
  const told: string[] = [];
  return {
    kube: stage.user,
    /** Every line that any controller logged. */
    lines,
    async start(): Promise<Running> {
      const running = await startOne(stage, { options, namespace: home, clock, collect }, lines);
      controllers.push(running);
      return running;
    },
    /** The words to tell a story in a namespace that is there. */
    sceneIn: (namespace: string) => ({ namespace, ...sceneIn(stage.user, namespace) }),
    /** A fresh namespace and the words to tell a story in it. */
    async scene(namespace = `scene-${randomUUID().slice(0, 8)}`) {
      scenes.push(namespace);
      await stage.user.create(resources.namespace, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      });
      return { namespace, ...sceneIn(stage.user, namespace) };
    },
    /** Checks every status in the scenes so far, and removes their SealedSecrets. */
    async clear(): Promise<void> {
      for (const namespace of scenes.splice(0)) {
        const { items } = await stage.user.list<SealedSecret>(resources.sealedSecret, { namespace });
        const events = await stage.user.list(resources.event, { namespace });
        told.push(...events.items.map((event) => JSON.stringify(event)));
        for (const item of items) {
          if (item.status?.conditions) checkStatus(item);
          told.push(JSON.stringify(item.status));
          await stage.user.delete(resources.sealedSecret, { namespace, name: item.metadata.name ?? '' });
        }
      }
    },
    /** Stops everything, and checks that no log line, event or status held a value. */
    async end(secrets: readonly string[] = ['s3cret', 'hunter2']) {
      await this.clear();
      for (const { stop } of controllers) await stop();
      await stage.close();
      for (const secret of secrets) {
        const forms = [secret, Buffer.from(secret).toString('base64')];
        const leak = [...told, ...lines].find((line) => forms.some((form) => line.includes(form)));
        if (leak) throw new Error(`a value is shown: ${leak.replaceAll(secret, '…')}`);
      }
    },
  };
}

export type House = ReturnType<typeof houseOn>;
export type Scene = Awaited<ReturnType<House['scene']>>;

export interface Running extends Controller {
  /** Calls to the API server since the last `reset`, as `verb resource`, without watches and the Lease. */
  calls: string[];
  reset(): void;
  /** Resolves when all that the server has told until now is dealt with; appointments do not count. */
  idle(): Promise<void>;
  /** Ends as a killed process does: nothing that it still has to say gets out. */
  kill(): Promise<void>;
}

async function startOne(
  stage: Stage,
  how: { options: ControllerOptions; namespace: string; clock: Clock; collect?: (() => void) | undefined },
  lines: string[],
): Promise<Running> {
  const calls: string[] = [];
  const kube = await stage.controllerClient(({ verb, resource }) => {
    if (verb !== 'watch' && resource !== 'leases') calls.push(`${verb} ${resource}`);
  });
  const log = createLog({
    stream: { write: (line) => lines.push(line) },
    level: 'debug',
    format: 'json',
    now: () => new Date(),
  });
  const controller = await startController({ ...how, kube, random: Math.random, log, metrics: createMetrics() });
  return {
    ...controller,
    calls,
    reset: () => calls.splice(0),
    async idle() {
      // Again for what its own writes have told it.
      for (let turn = 0; turn < 2; turn++) {
        await roundTrip(stage.user);
        await controller.idle();
      }
    },
    async kill() {
      await kube.close();
      await controller.stop();
    },
    async stop() {
      await controller.stop();
      await kube.close();
    },
  };
}

// What was sent on other connections before the answer has come by then: without it, a controller that has not yet heard of a
// change would be taken for one that has nothing to do about it.
async function roundTrip(kube: KubeApi): Promise<void> {
  await kube.request('/version').catch(() => undefined);
}

// The default field manager is the controller's; a test plays people and other programs.
export const asUser = (kube: KubeApi): KubeApi => writingWith(kube, { fieldManager: 'kubectl' });

/** The same API, with other defaults for what is written. */
export function writingWith(kube: KubeApi, defaults: WriteOptions): KubeApi {
  return {
    get: (resource, at, options) => kube.get(resource, at, options),
    list: (resource, options) => kube.list(resource, options),
    pages: (resource, options) => kube.pages(resource, options),
    create: (resource, object, options) => kube.create(resource, object, { ...defaults, ...options }),
    replace: (resource, object, options) => kube.replace(resource, object, { ...defaults, ...options }),
    apply: (resource, object, options) => kube.apply(resource, object, { ...defaults, ...options }),
    jsonPatch: (resource, at, patch, options) => kube.jsonPatch(resource, at, patch, { ...defaults, ...options }),
    mergePatch: (resource, at, patch, options) => kube.mergePatch(resource, at, patch, { ...defaults, ...options }),
    delete: (resource, at, options) => kube.delete(resource, at, options),
    watch: (resource, options) => kube.watch(resource, options),
    request: (path, options) => kube.request(path, options),
    close: () => kube.close(),
  };
}

/** Where a test key is stored. */
export const keyAt = (name: string) => ({ namespace: controllerNamespace, name: `sealed-secrets-key-${name}` });

/** Stores a key Secret as an existing installation has it. */
export async function storeKey(kube: KubeApi, name: 'rsa2048' | 'other2048' | 'second2048'): Promise<void> {
  const secret = keySecret(controllerNamespace, await testKey(name));
  const { generateName: _, ...metadata } = secret.metadata;
  await kube.delete(resources.secret, keyAt(name)).catch(() => {});
  await kube.create(resources.secret, { ...secret, metadata: { ...metadata, name: `sealed-secrets-key-${name}` } });
}

export interface SealOptions {
  namespace?: string;
  name?: string;
  /** Item → plain value. */
  values: Record<string, string>;
  scope?: Scope;
  template?: SealedSecret['spec']['template'];
  annotations?: Record<string, string>;
  /** Seal for this name instead. */
  sealedName?: string;
  certificate?: Certificate | undefined;
  withRecord?: boolean;
}

/** A SealedSecret as `seal` makes it. */
export async function sealed(options: SealOptions): Promise<SealedSecret> {
  const {
    namespace = 'default',
    name = 'db',
    values,
    scope = 'strict',
    template,
    annotations = {},
    withRecord,
  } = options;
  const certificate = options.certificate ?? (await testKey('rsa2048')).certificate;
  const sealedFor = { scope, namespace, name: options.sealedName ?? name };
  const encryptedData: Record<string, string> = {};
  for (const [item, value] of Object.entries(values)) {
    encryptedData[item] = await sealValue(new TextEncoder().encode(value), { certificate, sealedFor });
  }
  const lines = Object.keys(values).map((item) =>
    recordLine({ item, keyId: certificate.keyId, sealedFor, now: new Date('2026-01-01') }),
  );
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: {
      name,
      namespace,
      annotations: {
        ...annotationsOfScope(scope),
        ...annotations,
        ...(withRecord && { [recordAnnotation]: serializeRecord(lines) }),
      },
    },
    spec: { encryptedData, ...(template && { template }) },
  };
}

/** A Deployment as small as the API server takes it. */
export const deployment = (metadata: { namespace: string; name: string }) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: {
    selector: { matchLabels: { app: metadata.name } },
    template: {
      metadata: { labels: { app: metadata.name } },
      spec: { containers: [{ name: 'main', image: 'example.com/main:1' }] },
    },
  },
});

function sceneIn(kube: KubeApi, namespace: string) {
  /** Waits until `check` holds for the object; polls the server, since the test is a client like any other. */
  async function until<T extends KubeObject>(
    get: () => Promise<T | undefined>,
    check: (object: T | undefined) => boolean,
    what: string,
  ): Promise<T | undefined> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const object = await get();
      if (check(object)) return object;
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}: ${JSON.stringify(object, undefined, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const getSecret = (name = 'db') => kube.get<Secret>(resources.secret, { namespace, name }).catch(() => undefined);
  const getSealed = (name = 'db') =>
    kube.get<SealedSecret>(resources.sealedSecret, { namespace, name }).catch(() => undefined);
  const readyOf = (object: SealedSecret | undefined) =>
    object?.status?.conditions?.find(({ type }) => type === 'Ready');
  const at = { namespace, name: 'db' };
  return {
    at,
    seal: (options: Omit<SealOptions, 'namespace'>) => sealed({ ...options, namespace }),
    getSecret,
    getSealed,
    /** As `kubectl create`. */
    create: (object: SealedSecret) => kube.create<SealedSecret>(resources.sealedSecret, object),
    /** As a GitOps engine applies a changed manifest. */
    apply: (object: SealedSecret) =>
      kube.apply<SealedSecret>(resources.sealedSecret, object, { fieldManager: 'gitops' }),
    remove: () => kube.delete(resources.sealedSecret, at),
    annotate: (annotations: Record<string, string | null>) =>
      kube.mergePatch(resources.sealedSecret, at, { metadata: { annotations } }),
    /** A Secret that someone else made. */
    createSecret: (data: Record<string, string>, metadata: ObjectMeta = {}) =>
      kube.create<Secret>(resources.secret, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { ...at, ...metadata },
        data: encoded(data),
      }),
    /** As `kubectl edit secret`; null removes. */
    editSecret: (data: Record<string, string | null>, metadata: object = {}) =>
      kube.mergePatch<Secret>(resources.secret, at, {
        data: Object.fromEntries(
          Object.entries(data).map(([item, value]) => [item, value === null ? null : encoded({ item: value }).item]),
        ),
        metadata,
      }),
    deleteSecret: () => kube.delete(resources.secret, at),
    /** The Secret's items, decoded. */
    values: async (name?: string) => decoded(await getSecret(name)),
    untilSecret: (check: (secret: Secret | undefined) => boolean) => until(() => getSecret(), check, 'Secret db'),
    untilValues: (values: Record<string, string>, name?: string) =>
      until(
        () => getSecret(name),
        (secret) => JSON.stringify(sortedEntries(decoded(secret))) === JSON.stringify(sortedEntries(values)),
        `the values of Secret ${name ?? 'db'}`,
      ),
    async untilReady(status: string, reason: string, name?: string): Promise<SealedSecret> {
      const found = await until(
        () => getSealed(name),
        (object) =>
          readyOf(object)?.status === status &&
          readyOf(object)?.reason === reason &&
          object?.status?.observedGeneration === object?.metadata.generation,
        `Ready=${status} ${reason}`,
      );
      if (!found) throw new Error('no SealedSecret');
      return found;
    },
    events: async () => {
      const { items } = await kube.list<KubeObject & { type: string; reason: string; message: string }>(
        resources.event,
        {
          namespace,
        },
      );
      return items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    },
  };
}

const encoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([item, value]) => [item, Buffer.from(value).toString('base64')]));

const sortedEntries = (map: Record<string, string> | undefined) => map && Object.entries(map).sort();

function decoded(secret: Secret | undefined): Record<string, string> | undefined {
  if (!secret) return undefined;
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([item, value]) => [item, Buffer.from(value, 'base64').toString()]),
  );
}
