// The whole controller: what starts in which order, what wakes what, and how it stops.

import { KeyRegistry } from '../keys/registry.ts';
import { aborted } from '../src/kube/abort.ts';
import type { KubeApi } from '../src/kube/api.ts';
import type { Clock } from '../src/kube/clock.ts';
import { resources } from '../src/kube/resources.ts';
import type { RestartReason } from '../src/kube/watch.ts';
import { backoffMs } from './engine/backoff.ts';
import { Informer } from './engine/informer.ts';
import { LeaderElection } from './engine/leader.ts';
import { Lull } from './engine/lull.ts';
import type { Workers } from './engine/worker.ts';
import { apiRoutes } from './http/api.ts';
import { healthHandler, readyHandler } from './http/health.ts';
import { metricsHandler } from './http/metrics.ts';
import { routed } from './http/respond.ts';
import { type Listening, serve } from './http/server.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { ControllerOptions } from './options.ts';
import { externalSecretFamily } from './reconcilers/external/family.ts';
import type { Family as StoreFamily, StoreFamilyOptions } from './reconcilers/family.ts';
import { loadFingerprintKey } from './reconcilers/fingerprint-key.ts';
import { type KeptSealedSecret, keptSealedSecret } from './reconcilers/kept-sealed-secret.ts';
import { KeyMaker } from './reconcilers/key-maker.ts';
import { KeyRing } from './reconcilers/key-ring.ts';
import { KeyUsage } from './reconcilers/key-usage.ts';
import { sealedSecretFamily } from './reconcilers/sealed-secret-family.ts';
import { vaultSecretFamily } from './reconcilers/vault/family.ts';
import { type SeenSecret, seenSecret } from './secret/seen.ts';
import { EventRecorder } from './status/events.ts';
import { keepsStatusOf } from './status/room.ts';
import { createProviders } from './stores/providers.ts';
import { checkProxies, type Environment } from './stores/proxy.ts';

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

/** A running controller. */
export interface Controller {
  /** Resolves when caches are in sync: as `/readyz`. */
  ready: Promise<void>;
  /** Resolves when this replica has begun to write; never where another leads. */
  leading: Promise<void>;
  /** Rejects when the controller has to end: it lost its lease. Never resolves before `stop`. */
  ended: Promise<void>;
  /** `http://host:port` of certificate and metrics. */
  urls: { api: string; metrics: string };
  metrics: Metrics;
  /** Resolves when nothing waits for a worker and every event is out: for tests and the demo. */
  idle(): Promise<void>;
  /** Takes no more work, lets what is in work end, releases the lease. Within ten seconds. */
  stop(): Promise<void>;
}

const finishMs = 6_000;
const flushMs = 1_500;

/** Starts everything and returns once the HTTP servers listen. Rejects when an address cannot be had. */
export async function startController(input: ControllerInput): Promise<Controller> {
  const house = build(input);
  // Health first: a kubelet asks from the first second, and followers answer as well.
  const metricsServer = await serve(input.options['metrics-address'], house.health);
  const apiServer = await serve(input.options['listen-address'], house.api).catch(async (error: unknown) => {
    await metricsServer.close();
    throw error;
  });
  return run(input, house, { api: apiServer, metrics: metricsServer });
}

type House = ReturnType<typeof build>;
type Family = ReturnType<typeof sealedSecretFamily>;

function build(input: ControllerInput) {
  const { options, namespace, kube, clock, random, log } = input;
  const metrics = input.metrics ?? createMetrics();
  const registry = new KeyRegistry();
  const onRestart = (resource: string) => (reason: RestartReason, error: unknown) => {
    if (reason === 'ended') return;
    metrics.watchRestarts.inc({ resource, reason });
    log.warn({ resource, reason, error }, 'watch starts again');
  };
  const onBug = (error: unknown) => log.error({ error }, 'change not handled');
  const shared = { kube, clock, random, onBug, namespaces: options.namespace };
  const objects = new Informer<KeptSealedSecret>({
    ...shared,
    resource: resources.sealedSecret,
    labelSelector: options.selector || undefined,
    project: keptSealedSecret,
    onRestart: onRestart('sealedsecrets'),
  });
  const secrets = new Informer<SeenSecret>({
    ...shared,
    resource: resources.secret,
    metadataOnly: true,
    project: seenSecret,
    onRestart: onRestart('secrets'),
  });
  const ring = new KeyRing({ kube, namespace, registry, clock, random, log, onRestart: onRestart('keys') });
  const maker = keyMakerOf(input, registry, ring);
  const state = {
    fingerprintKey: undefined as Uint8Array | undefined,
    isLeader: false,
    workers: [] as readonly Workers[],
  };
  const events = new EventRecorder({
    ...{ kube, clock, random },
    onLost: (error) => log.warn({ error }, 'event not sent'),
    isPressed: () => state.workers.some(({ queue }) => queue.isPressed),
  });
  const servesSealed = options.kinds.includes('sealedsecrets');
  if (options.kinds.some((kind) => kind !== 'sealedsecrets')) checkProxies(input.environment ?? {});
  const providers = createProviders({
    ...{ clock, random, observe: metrics.providerCall },
    environment: { ...endpointsAt(options['aws-endpoint']), ...input.environment },
    onAnswered: (provider, from) => metrics.storeAnswers.inc({ provider, from }),
  });
  const ofStores: StoreFamilyOptions = {
    ...shared,
    ...settingsOf(options),
    ...{ log, metrics, events, providers, onRestart },
    secrets: secrets.cache,
    selector: options.selector,
    maxStalenessMs: options['max-staleness'],
  };
  const families: readonly StoreFamily[] = [
    ...(options.kinds.includes('externalsecrets') ? [externalSecretFamily(ofStores)] : []),
    ...(options.kinds.includes('vaultstaticsecrets')
      ? [vaultSecretFamily({ ...ofStores, home: namespace, credentialFiles: options['credential-files'] })]
      : []),
  ];
  const waitingFor = () => [
    ...(secrets.isSynced ? [] : ['Secrets']),
    ...(!servesSealed || ring.isSynced ? [] : ['sealing keys']),
    ...(!servesSealed || objects.isSynced ? [] : ['SealedSecrets']),
    ...(state.fingerprintKey ? [] : ['the fingerprint key']),
    ...families.flatMap((one) => one.waitingFor()),
  ];
  const onError = (error: unknown) => log.error({ error }, 'request failed');
  const api = apiRoutes({
    ...{ keys: registry, clock },
    caughtUp: () => maker.caughtUp(),
    // Without this family there are no keys, and never will be.
    openingRate: servesSealed ? options['opening-rate'] : 0,
    isPressed: () => state.workers.some(({ queue }) => queue.isPressed),
    isReady: () => ring.isSynced,
    onOpened: (opened) => log.info(opened, 'values opened for a request'),
  });
  return {
    metrics,
    registry,
    objects,
    secrets,
    ring,
    maker,
    events,
    servesSealed,
    families,
    providers,
    state,
    usage: new KeyUsage(),
    statusRoom: { keeps: undefined as boolean | undefined },
    api: routed(api, onError, (path, code) => metrics.httpRequests.inc({ path, code })),
    health: routed(
      {
        '/healthz': { GET: healthHandler },
        '/readyz': { GET: readyHandler(waitingFor) },
        '/metrics': { GET: metricsHandler(metrics) },
      },
      onError,
    ),
  };
}

/** What every family is told by the settings alone. */
const settingsOf = (options: ControllerOptions) => ({
  concurrency: options.concurrency,
  drift: options.drift,
  allowedTypes: options['allowed-secret-types'],
  labelledNamespaces: options['metrics-object-labels'],
  controllerClass: options['controller-class'],
  restartWindowMs: options['restart-window'],
  deletionGraceMs: options['deletion-grace'],
});

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

function gauge(
  { clock, options }: ControllerInput,
  { metrics, registry, usage, state, families }: House,
  family: () => Family | undefined,
): void {
  metrics.gauge(() => {
    const since = registry.newest()?.certificate.notBefore;
    return {
      queueDepth: state.workers.reduce((sum, { queue }) => sum + queue.depth, 0),
      queueOldestSeconds: Math.max(0, ...state.workers.map(({ queue }) => queue.oldestMs)) / 1000,
      keyAgeSeconds: since && (clock.now().getTime() - since.getTime()) / 1000,
      valuesByKey: usage.counts(),
      isLeader: state.isLeader || !options['leader-elect'],
      staleSeconds: Math.max(0, ...families.map((one) => one.staleSeconds())),
      deletions: deletionsOf(family()?.removals.counts, ...families.map((one) => one.deletions())),
    };
  });
}

/** V8 keeps the pages that a flood has filled, also those that are free again: docs/decisions/memory.md. */
function tidyAfterFloods({ clock, collect }: ControllerInput, { objects, secrets, state }: House): void {
  if (!collect) return;
  const isBusy = () => state.workers.some(({ queue }) => queue.depth + queue.working > 0);
  const lull = new Lull({ clock, isBusy, action: collect });
  for (const { cache } of [objects, secrets]) cache.onChange(() => lull.note());
}

function run(input: ControllerInput, house: House, servers: { api: Listening; metrics: Listening }): Controller {
  const { options, namespace, kube, clock, random, log } = input;
  const { objects, secrets, ring, maker, events, state, registry, servesSealed, providers, families } = house;
  const stopping = new AbortController();
  const { signal } = stopping;
  let family: Family | undefined;
  gauge(input, house, () => family);
  tidyAfterFloods(input, house);
  const sealed = { run: async () => void (await Promise.all([objects.run(signal), ring.run(signal)])) };
  const watches = Promise.all([
    secrets.run(signal),
    ...(servesSealed ? [sealed.run()] : []),
    ...families.map((one) => one.run(signal)),
  ]);
  const loading = loadForSure(input, house, signal);
  const caches = Promise.all([
    secrets.synced,
    ...(servesSealed ? [ring.synced, objects.synced] : []),
    ...families.map((one) => one.synced),
  ]);
  let making: Promise<void> = Promise.resolve();
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });

  // Caches before work: what is not seen yet would be taken for missing. A key before the first value is opened.
  const lead = async (writing: AbortSignal) => {
    const fingerprintKey = await loading;
    await Promise.race([caches, aborted(writing)]);
    if (writing.aborted || fingerprintKey === undefined) return;
    if (servesSealed) await leadSealed(fingerprintKey, writing);
    if (writing.aborted) return;
    for (const one of families) {
      state.workers = [...state.workers, ...one.workers];
      await one.start(writing, fingerprintKey);
    }
    state.isLeader = true;
    begin();
    log.info({ objects: objects.cache.size, keys: registry.size }, 'reconciling');
  };
  const leadSealed = async (fingerprintKey: Uint8Array, writing: AbortSignal) => {
    making = maker.run(writing);
    await maker.started;
    if (writing.aborted) return;
    family = sealedSecretFamily({
      ...house,
      ...settingsOf(options),
      ...{ kube, clock, random, log, fingerprintKey },
      objects: objects.cache,
      secrets: secrets.cache,
    });
    state.workers = [family.workers];
    family.workers.start();
  };
  const election = options['leader-elect']
    ? new LeaderElection({
        kube,
        namespace,
        name: 'sealwright',
        identity: input.identity ?? identityBy(random),
        clock,
        random,
        log,
      })
    : undefined;
  const leading = election ? election.run(lead, signal) : lead(signal);
  const synced = Promise.all([loading, caches]);
  const ended = new Promise<void>((_, reject) => leading.catch(reject));
  ended.catch(() => {});
  const stop = once(async () => {
    log.info({}, 'stopping');
    const deadline = new AbortController();
    const cancel = clock.timer(finishMs, () => deadline.abort());
    await Promise.all(state.workers.map((one) => one.stop(deadline.signal)));
    cancel();
    await Promise.all(families.map((one) => one.close()));
    await providers.close();
    await Promise.race([events.flushed(), after(clock, flushMs)]);
    await events.stop();
    // Only now: until here the lease kept others from writing beside us.
    stopping.abort();
    await Promise.allSettled([leading, watches, making, loading]);
    await Promise.all([servers.api.close(), servers.metrics.close()]);
  });
  leading.catch(() => Promise.all(state.workers.map((one) => one.stop(AbortSignal.abort()))));
  return {
    ready: election ? Promise.race([synced, aborted(signal)]).then(() => undefined) : leading,
    leading: begun,
    ended,
    urls: { api: servers.api.url, metrics: servers.metrics.url },
    metrics: house.metrics,
    idle: async () => {
      if (!election) await leading;
      await Promise.all(state.workers.map((one) => one.idle()));
      await events.flushed();
    },
    stop,
  };
}

type Deletions = Family['removals']['counts'];

function deletionsOf(...counts: readonly (Deletions | undefined)[]): Deletions | undefined {
  const known = counts.filter((one) => one !== undefined);
  if (known.length === 0) return undefined;
  return {
    waiting: known.reduce((sum, { waiting }) => sum + waiting, 0),
    held: known.reduce((sum, { held }) => sum + held, 0),
    isBraked: known.some(({ isBraked }) => isBraked),
  };
}

// Without it nothing can be told unchanged; and where it cannot be read, no Secret can be written either.
async function loadForSure(
  { kube, namespace, clock, random, log }: ControllerInput,
  house: House,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  house.statusRoom.keeps = await keepsStatusOf(kube, resources.sealedSecret, signal);
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      house.state.fingerprintKey = await loadFingerprintKey(kube, namespace, signal);
      return house.state.fingerprintKey;
    } catch (error) {
      if (signal.aborted) break;
      log.error({ error }, 'fingerprint key not loaded');
      await clock.sleep(backoffMs(failures, random), signal).catch(() => {});
    }
  }
  return undefined;
}

function endpointsAt(url: string): Environment {
  if (url === '') return {};
  return { AWS_SECRETSMANAGER_ENDPOINT: url, AWS_SSM_ENDPOINT: url, AWS_STS_ENDPOINT: url };
}

const identityBy = (random: () => number) => `sealwright-${Math.floor(random() * 2 ** 48).toString(16)}`;

const after = (clock: Clock, ms: number) => new Promise<void>((resolve) => void clock.timer(ms, resolve));

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= action();
    return running;
  };
}
