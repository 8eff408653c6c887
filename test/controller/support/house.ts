// A whole controller against an embedded API server, for tests: started in one call, checked and stopped in another.

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { createLog } from '../../../controller/log.ts';
import { type Controller, startController } from '../../../controller/manager.ts';
import { createMetrics } from '../../../controller/metrics/metrics.ts';
import { type ControllerOptions, parseOptions, type SettingName } from '../../../controller/options.ts';
import { importKeyPairs } from '../../../keys/import.ts';
import { keySecret } from '../../../keys/storage.ts';
import { type ApiServerOptions, startApiServer } from '../../../src/apiserver/server.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { createClient } from '../../../src/kube/client.ts';
import { fixedConfig } from '../../../src/kube/cluster-config.ts';
import type { KubeObject, SealedSecret, Secret } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import type { CallReport } from '../../../src/kube/transport.ts';
import { type Certificate, parseCertificates } from '../../../src/seal/certificate.ts';
import { recordAnnotation, recordLine, serializeRecord } from '../../../src/seal/record.ts';
import { annotationsOfScope, type Scope } from '../../../src/seal/scope.ts';
import { sealValue } from '../../../src/seal/value.ts';
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

export interface HouseOptions {
  settings?: Partial<Record<SettingName, readonly string[]>>;
  /** The kind's definition. Default: ours. */
  crd?: KubeObject;
  /** Key Secrets that are there before the controller. Default: rsa2048. */
  keys?: readonly ('rsa2048' | 'other2048' | 'second2048')[];
  intercept?: ApiServerOptions['intercept'];
}

/** Everything a test of the controller needs. */
export async function startHouse({ settings = {}, crd, keys = ['rsa2048'], intercept }: HouseOptions = {}) {
  const server = await startApiServer({ clock: systemClock, ...(intercept && { intercept }) });
  const config = fixedConfig({ server: server.url, token: server.adminToken, tls: { ca: server.caPem } });
  const client = (onCall?: (report: CallReport) => void) =>
    createClient({ config, clock: systemClock, random: Math.random, onCall });
  const kube = asUser(client());
  await kube.create(resources.customResourceDefinition, crd ?? parse(await readFile(crdFile, 'utf8')));
  for (const name of keys) await storeKey(kube, name);
  const lines: string[] = [];
  const controllers: Running[] = [];
  const options = parseOptions({
    'listen-address': ['127.0.0.1:0'],
    'metrics-address': ['127.0.0.1:0'],
    'key-size': ['2048'],
    'key-renew-period': ['0'],
    ...settings,
  });

  async function start(): Promise<Running> {
    const running = await startOne(client, options, lines);
    controllers.push(running);
    return running;
  }

  return {
    server,
    kube,
    /** Every line that any controller logged. */
    lines,
    start,
    ...helpers(kube),
    /** Stops everything, and checks every status and that no log line holds any of `secrets`. */
    async end(secrets: readonly string[] = ['s3cret', 'hunter2']) {
      const { items } = await kube.list<SealedSecret>(resources.sealedSecret);
      for (const { stop } of controllers) await stop();
      await kube.close();
      await server.close();
      for (const item of items) if (item.status?.conditions) checkStatus(item);
      for (const secret of secrets) {
        const leak = lines.find(
          (line) => line.includes(secret) || line.includes(Buffer.from(secret).toString('base64')),
        );
        if (leak) throw new Error(`a value is in the log: ${leak.replace(secret, '…')}`);
      }
    },
  };
}

// The default field manager is the controller's; a test plays people and other programs.
function asUser(kube: KubeApi): KubeApi {
  const fieldManager = 'kubectl';
  return {
    get: (resource, at, options) => kube.get(resource, at, options),
    list: (resource, options) => kube.list(resource, options),
    pages: (resource, options) => kube.pages(resource, options),
    create: (resource, object, options) => kube.create(resource, object, { fieldManager, ...options }),
    replace: (resource, object, options) => kube.replace(resource, object, { fieldManager, ...options }),
    apply: (resource, object, options) => kube.apply(resource, object, { fieldManager, ...options }),
    jsonPatch: (resource, at, patch, options) => kube.jsonPatch(resource, at, patch, { fieldManager, ...options }),
    mergePatch: (resource, at, patch, options) => kube.mergePatch(resource, at, patch, { fieldManager, ...options }),
    delete: (resource, at, options) => kube.delete(resource, at, options),
    watch: (resource, options) => kube.watch(resource, options),
    request: (path, options) => kube.request(path, options),
    close: () => kube.close(),
  };
}

export type House = Awaited<ReturnType<typeof startHouse>>;

interface Running extends Controller {
  /** Calls to the API server since the last `reset`, as `verb resource`, without watches and the Lease. */
  calls: string[];
  reset(): void;
}

async function startOne(
  client: (onCall: (report: CallReport) => void) => KubeApi,
  options: ControllerOptions,
  lines: string[],
): Promise<Running> {
  const calls: string[] = [];
  const kube = client(({ verb, resource }) => {
    if (verb !== 'watch') calls.push(`${verb} ${resource}`);
  });
  const log = createLog({
    stream: { write: (line) => lines.push(line) },
    level: 'debug',
    format: 'json',
    now: () => new Date(),
  });
  const controller = await startController({
    options,
    namespace: controllerNamespace,
    kube,
    clock: systemClock,
    random: Math.random,
    log,
    metrics: createMetrics(),
  });
  return {
    ...controller,
    calls,
    reset: () => calls.splice(0),
    async stop() {
      await controller.stop();
      await kube.close();
    },
  };
}

/** Stores a key Secret as an existing installation has it. */
export async function storeKey(kube: KubeApi, name: 'rsa2048' | 'other2048' | 'second2048'): Promise<void> {
  const secret = keySecret(controllerNamespace, await testKey(name));
  const { generateName: _, ...metadata } = secret.metadata;
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
  certificate?: Certificate;
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

function helpers(kube: KubeApi) {
  const at = (name = 'db', namespace = 'default') => ({ namespace, name });
  /** Waits until `check` holds for the object; polls the server, since the test is a client like any other. */
  async function until<T extends KubeObject>(
    get: () => Promise<T | undefined>,
    check: (object: T | undefined) => boolean,
    what: string,
  ): Promise<T | undefined> {
    const deadline = Date.now() + 8_000;
    for (;;) {
      const object = await get();
      if (check(object)) return object;
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}: ${JSON.stringify(object, undefined, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const getSecret = async (name?: string, namespace?: string) =>
    kube.get<Secret>(resources.secret, at(name, namespace)).catch(() => undefined);
  const getSealed = async (name?: string, namespace?: string) =>
    kube.get<SealedSecret>(resources.sealedSecret, at(name, namespace)).catch(() => undefined);
  const readyOf = (object: SealedSecret | undefined) =>
    object?.status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    getSecret,
    getSealed,
    apply: (object: SealedSecret) => kube.create(resources.sealedSecret, object),
    /** As a GitOps engine applies a changed manifest. */
    change: async (object: SealedSecret) =>
      kube.apply<SealedSecret>(resources.sealedSecret, object, { fieldManager: 'gitops', force: true }),
    /** The Secret's items, decoded. */
    values: async (name?: string, namespace?: string) => decoded(await getSecret(name, namespace)),
    untilSecret: (check: (secret: Secret | undefined) => boolean, name?: string, namespace?: string) =>
      until(() => getSecret(name, namespace), check, `Secret ${name ?? 'db'}`),
    untilValues: (values: Record<string, string>, name?: string, namespace?: string) =>
      until(
        () => getSecret(name, namespace),
        (secret) => JSON.stringify(sortedEntries(decoded(secret))) === JSON.stringify(sortedEntries(values)),
        `the values of Secret ${name ?? 'db'}`,
      ),
    untilReady: (status: string, reason: string, name?: string, namespace?: string) =>
      until(
        () => getSealed(name, namespace),
        (object) =>
          readyOf(object)?.status === status &&
          readyOf(object)?.reason === reason &&
          object?.status?.observedGeneration === object?.metadata.generation,
        `Ready=${status} ${reason}`,
      ) as Promise<SealedSecret>,
    events: async () =>
      (await kube.list<KubeObject & { reason: string; message: string; type: string }>(resources.event)).items.map(
        ({ type, reason, message }) => `${type} ${reason}: ${message}`,
      ),
  };
}

const sortedEntries = (map: Record<string, string> | undefined) => map && Object.entries(map).sort();

function decoded(secret: Secret | undefined): Record<string, string> | undefined {
  if (!secret) return undefined;
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([item, value]) => [item, Buffer.from(value, 'base64').toString()]),
  );
}
