// What a controller is made of, put together: nothing of it runs yet.

import { KeyRegistry } from '../keys/registry.ts';
import type { KubeApi } from '../src/kube/api.ts';
import type { Clock } from '../src/kube/clock.ts';
import { resources } from '../src/kube/resources.ts';
import type { RestartReason } from '../src/kube/watch.ts';
import { Informer } from './engine/informer.ts';
import type { Workers } from './engine/worker.ts';
import { apiRoutes } from './http/api.ts';
import { healthHandler, readyHandler } from './http/health.ts';
import { metricsHandler } from './http/metrics.ts';
import { routed } from './http/respond.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { ControllerOptions } from './options.ts';
import { externalSecretFamily } from './reconcilers/external/family.ts';
import type { Family as StoreFamily, StoreFamilyOptions } from './reconcilers/family.ts';
import { type KeptSealedSecret, keptSealedSecret } from './reconcilers/kept-sealed-secret.ts';
import { KeyMaker } from './reconcilers/key-maker.ts';
import { KeyRing } from './reconcilers/key-ring.ts';
import { KeyUsage } from './reconcilers/key-usage.ts';
import type { sealedSecretFamily } from './reconcilers/sealed-secret-family.ts';
import { vaultSecretFamily } from './reconcilers/vault/family.ts';
import { type SeenSecret, seenSecret } from './secret/seen.ts';
import { EventRecorder } from './status/events.ts';
import { createProviders } from './stores/providers.ts';
import { checkProxies, type Environment } from './stores/proxy.ts';

/** What a controller is given of the outside. */
export interface ControllerInput {
  options: ControllerOptions;
  /** Where keys, certificate and lease are; the pod's namespace unless a setting says otherwise. */
  namespace: string;
  kube: KubeApi;
  clock: Clock;
  /** In [0, 1), for jitter and names. */
  random: () => number;
  log: Log;
  /** Default: a table of its own. Give the one that the client counts its calls in. */
  metrics?: Metrics;
  /** Proxies and endpoints of secret stores. Default: none. */
  environment?: Environment;
  /** Names this replica in the Lease. Default: made by chance. */
  identity?: string;
  /** Gives back what memory is free. Called while nothing is to be done. Default: left to the engine. */
  collect?: (() => void) | undefined;
}

/** The family of SealedSecrets, which is made by who leads. */
export type SealedFamily = ReturnType<typeof sealedSecretFamily>;

/** What changes while the controller runs. */
export interface State {
  fingerprintKey: Uint8Array | undefined;
  isLeader: boolean;
  workers: readonly Workers[];
  /** Once this replica leads. */
  sealed: SealedFamily | undefined;
  /** Ends when no more keys are made. */
  making: Promise<void>;
}

/** All parts of a controller. */
export type Parts = ReturnType<typeof buildParts>;

/** Puts the parts together. Throws `UsageError` for a proxy that is no address. */
export function buildParts(input: ControllerInput) {
  const { options, namespace, kube, clock, random, log } = input;
  const metrics = input.metrics ?? createMetrics();
  const state: State = {
    fingerprintKey: undefined,
    isLeader: false,
    workers: [],
    sealed: undefined,
    making: Promise.resolve(),
  };
  const isPressed = () => state.workers.some(({ queue }) => queue.isPressed);
  const watching = watchingOf(input, metrics);
  const { objects, secrets } = informersOf(watching, options);
  const registry = new KeyRegistry();
  const onRestart = watching.onRestart('keys');
  const ring = new KeyRing({ kube, namespace, registry, clock, random, log, onRestart });
  const maker = keyMakerOf(input, registry, ring);
  const events = new EventRecorder({
    ...{ kube, clock, random, isPressed },
    onLost: (error) => log.warn({ error }, 'event not sent'),
  });
  const providers = providersOf(input, metrics);
  const families = storeFamiliesOf(input, {
    ...watching,
    ...settingsOf(options),
    ...{ log, metrics, events, providers },
    secrets: secrets.cache,
    selector: options.selector,
    maxStalenessMs: options['max-staleness'],
  });
  const parts = { metrics, registry, objects, secrets, ring, maker, events, families, providers, state };
  const servesSealed = options.kinds.includes('sealedsecrets');
  return {
    ...parts,
    servesSealed,
    usage: new KeyUsage(),
    statusRoom: { keeps: undefined as boolean | undefined },
    ...routesOf(input, { ...parts, servesSealed, isPressed }),
  };
}

/** What every watch is told; each with the name of what it watches. */
function watchingOf({ options, kube, clock, random, log }: ControllerInput, { watchRestarts }: Metrics) {
  return {
    ...{ kube, clock, random, namespaces: options.namespace },
    onBug: (error: unknown) => log.error({ error }, 'change not handled'),
    onRestart: (resource: string) => (reason: RestartReason, error: unknown) => {
      if (reason === 'ended') return;
      watchRestarts.inc({ resource, reason });
      log.warn({ resource, reason, error }, 'watch starts again');
    },
  };
}

function informersOf(watching: ReturnType<typeof watchingOf>, { selector }: ControllerOptions) {
  const objects = new Informer<KeptSealedSecret>({
    ...watching,
    resource: resources.sealedSecret,
    labelSelector: selector || undefined,
    project: keptSealedSecret,
    onRestart: watching.onRestart('sealedsecrets'),
  });
  const secrets = new Informer<SeenSecret>({
    ...watching,
    resource: resources.secret,
    metadataOnly: true,
    project: seenSecret,
    onRestart: watching.onRestart('secrets'),
  });
  return { objects, secrets };
}

function keyMakerOf({ options, ...input }: ControllerInput, registry: KeyRegistry, ring: KeyRing): KeyMaker {
  return new KeyMaker({
    ...input,
    registry,
    ring,
    keyBits: options['key-size'],
    keyTtlMs: options['key-ttl'],
    renewPeriodMs: options['key-renew-period'],
  });
}

function providersOf({ options, clock, random, environment = {} }: ControllerInput, metrics: Metrics) {
  if (options.kinds.some((kind) => kind !== 'sealedsecrets')) checkProxies(environment);
  return createProviders({
    ...{ clock, random, observe: metrics.providerCall },
    environment: { ...endpointsAt(options['aws-endpoint']), ...environment },
    onAnswered: (provider, from) => metrics.storeAnswers.inc({ provider, from }),
  });
}

function endpointsAt(url: string): Environment {
  if (url === '') return {};
  return { AWS_SECRETSMANAGER_ENDPOINT: url, AWS_SSM_ENDPOINT: url, AWS_STS_ENDPOINT: url };
}

/** What every family is told by the settings alone. */
export const settingsOf = (options: ControllerOptions) => ({
  concurrency: options.concurrency,
  drift: options.drift,
  allowedTypes: options['allowed-secret-types'],
  labelledNamespaces: options['metrics-object-labels'],
  controllerClass: options['controller-class'],
  restartWindowMs: options['restart-window'],
  deletionGraceMs: options['deletion-grace'],
});

function storeFamiliesOf({ options, namespace }: ControllerInput, told: StoreFamilyOptions): readonly StoreFamily[] {
  return [
    ...(options.kinds.includes('externalsecrets') ? [externalSecretFamily(told)] : []),
    ...(options.kinds.includes('vaultstaticsecrets')
      ? [vaultSecretFamily({ ...told, home: namespace, credentialFiles: options['credential-files'] })]
      : []),
  ];
}

/** What the routes ask. */
interface Asked {
  metrics: Metrics;
  registry: KeyRegistry;
  objects: Informer<KeptSealedSecret>;
  secrets: Informer<SeenSecret>;
  ring: KeyRing;
  maker: KeyMaker;
  families: readonly StoreFamily[];
  state: State;
  servesSealed: boolean;
  isPressed: () => boolean;
}

function routesOf({ options, clock, log }: ControllerInput, asked: Asked) {
  const { metrics, registry, ring, maker, servesSealed, isPressed } = asked;
  const onError = (error: unknown) => log.error({ error }, 'request failed');
  const api = apiRoutes({
    ...{ keys: registry, clock, isPressed },
    caughtUp: () => maker.caughtUp(),
    // Without this family there are no keys, and never will be.
    openingRate: servesSealed ? options['opening-rate'] : 0,
    isReady: () => ring.isSynced,
    onOpened: (opened) => log.info(opened, 'values opened for a request'),
  });
  const health = {
    '/healthz': { GET: healthHandler },
    '/readyz': { GET: readyHandler(() => missingIn(asked)) },
    '/metrics': { GET: metricsHandler(metrics) },
  };
  return {
    api: routed(api, onError, (path, code) => metrics.httpRequests.inc({ path, code })),
    health: routed(health, onError),
  };
}

/** What is not there yet, in words. */
function missingIn({ objects, secrets, ring, families, state, servesSealed }: Asked): string[] {
  return [
    ...(secrets.isSynced ? [] : ['Secrets']),
    ...(!servesSealed || ring.isSynced ? [] : ['sealing keys']),
    ...(!servesSealed || objects.isSynced ? [] : ['SealedSecrets']),
    ...(state.fingerprintKey ? [] : ['the fingerprint key']),
    ...families.flatMap((one) => one.waitingFor()),
  ];
}
