// The whole controller: what starts in which order, what wakes what, and how it stops.

import { aborted } from '../src/kube/abort.ts';
import type { Clock } from '../src/kube/clock.ts';
import { resources } from '../src/kube/resources.ts';
import { backoffMs } from './engine/backoff.ts';
import { LeaderElection } from './engine/leader.ts';
import { Lull } from './engine/lull.ts';
import { type Listening, serve } from './http/server.ts';
import type { Metrics } from './metrics/metrics.ts';
import { buildParts, type ControllerInput, type Parts, type SealedFamily, settingsOf } from './parts.ts';
import { loadFingerprintKey } from './reconcilers/fingerprint-key.ts';
import { sealedSecretFamily } from './reconcilers/sealed-secret-family.ts';
import { keepsStatusOf } from './status/room.ts';

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
  const parts = buildParts(input);
  // Health first: a kubelet asks from the first second, and followers answer as well.
  const metricsServer = await serve(input.options['metrics-address'], parts.health);
  const apiServer = await serve(input.options['listen-address'], parts.api).catch(async (error: unknown) => {
    await metricsServer.close();
    throw error;
  });
  return run(input, parts, { api: apiServer, metrics: metricsServer });
}

function gauge({ clock, options }: ControllerInput, { metrics, registry, usage, state, families }: Parts): void {
  metrics.gauge(() => {
    const since = registry.newest()?.certificate.notBefore;
    return {
      queueDepth: state.workers.reduce((sum, { queue }) => sum + queue.depth, 0),
      queueOldestSeconds: Math.max(0, ...state.workers.map(({ queue }) => queue.oldestMs)) / 1000,
      keyAgeSeconds: since && (clock.now().getTime() - since.getTime()) / 1000,
      valuesByKey: usage.counts(),
      isLeader: state.isLeader || !options['leader-elect'],
      staleSeconds: Math.max(0, ...families.map((one) => one.staleSeconds())),
      deletions: deletionsOf(state.sealed?.removals.counts, ...families.map((one) => one.deletions())),
    };
  });
}

/** V8 keeps the pages that a flood has filled, also those that are free again: docs/decisions/memory.md. */
function tidyAfterFloods({ clock, collect }: ControllerInput, { objects, secrets, state }: Parts): void {
  if (!collect) return;
  const isBusy = () => state.workers.some(({ queue }) => queue.depth + queue.working > 0);
  const lull = new Lull({ clock, isBusy, action: collect });
  for (const { cache } of [objects, secrets]) cache.onChange(() => lull.note());
}

function run(input: ControllerInput, parts: Parts, servers: { api: Listening; metrics: Listening }): Controller {
  const { log } = input;
  const { events, state } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  // Earlier than `signal` aborts, which is when the work that is under way has ended: no more of it is begun.
  let isClosing = false;
  gauge(input, parts);
  tidyAfterFloods(input, parts);
  const { watches, caches } = watchAll(parts, signal);
  const loading = loadForSure(input, parts, signal);
  const synced = Promise.all([loading, caches]);
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const election = electionOf(input);
  const beginning = { loading, caches, begin, isClosing: () => isClosing };
  const lead = (writing: AbortSignal) => takeLead(input, parts, beginning, writing);
  const leading = election ? election.run(lead, signal) : lead(signal);
  const ended = new Promise<void>((_, reject) => leading.catch(reject));
  ended.catch(() => {});
  const stop = once(async () => {
    log.info({}, 'stopping');
    isClosing = true;
    await finishWork(input, parts);
    // Only now: until here the lease kept others from writing beside us.
    stopping.abort();
    await Promise.allSettled([leading, watches, state.making, loading]);
    await Promise.all([servers.api.close(), servers.metrics.close()]);
  });
  leading.catch(() => Promise.all(state.workers.map((one) => one.stop(AbortSignal.abort()))));
  return {
    ready: election ? Promise.race([synced, aborted(signal)]).then(() => undefined) : leading,
    leading: begun,
    ended,
    urls: { api: servers.api.url, metrics: servers.metrics.url },
    metrics: parts.metrics,
    idle: async () => {
      if (!election) await leading;
      await Promise.all(state.workers.map((one) => one.idle()));
      await events.flushed();
    },
    stop,
  };
}

/** `watches` ends with the signal; `caches` resolves when everything is seen. */
function watchAll({ objects, secrets, ring, families, servesSealed }: Parts, signal: AbortSignal) {
  const watched = [secrets, ...(servesSealed ? [objects, ring] : []), ...families];
  return {
    watches: Promise.all(watched.map((one) => one.run(signal))),
    caches: Promise.all(watched.map((one) => one.synced)),
  };
}

function electionOf({ options, namespace, kube, clock, random, log, identity }: ControllerInput) {
  if (!options['leader-elect']) return undefined;
  return new LeaderElection({
    ...{ kube, namespace, clock, random, log },
    name: 'sealwright',
    identity: identity ?? identityBy(random),
  });
}

/** What there has to be before anything is written, and who is told that it begins. */
interface Beginning {
  loading: Promise<Uint8Array | undefined>;
  caches: Promise<unknown>;
  begin: () => void;
  /** Whether it is too late to begin, though it may still be written. */
  isClosing: () => boolean;
}

// Caches before work: what is not seen yet would be taken for missing. A key before the first value is opened.
async function takeLead(
  input: ControllerInput,
  parts: Parts,
  { loading, caches, begin, isClosing }: Beginning,
  writing: AbortSignal,
): Promise<void> {
  const isTooLate = () => writing.aborted || isClosing();
  const { families, state, objects, registry, servesSealed } = parts;
  const fingerprintKey = await loading;
  await Promise.race([caches, aborted(writing)]);
  if (isTooLate() || fingerprintKey === undefined) return;
  if (servesSealed) await startSealed(input, parts, { fingerprintKey, writing, isTooLate });
  for (const one of families) {
    if (isTooLate()) return;
    state.workers = [...state.workers, ...one.workers];
    await one.start(writing, fingerprintKey);
  }
  if (isTooLate()) return;
  state.isLeader = true;
  begin();
  input.log.info({ objects: objects.cache.size, keys: registry.size }, 'reconciling');
}

/** What a start goes by. */
interface Start {
  fingerprintKey: Uint8Array;
  writing: AbortSignal;
  isTooLate: () => boolean;
}

async function startSealed(
  { options, kube, clock, random, log }: ControllerInput,
  parts: Parts,
  { fingerprintKey, writing, isTooLate }: Start,
): Promise<void> {
  const { maker, state, objects, secrets } = parts;
  state.making = maker.run(writing);
  await maker.started;
  if (isTooLate()) return;
  state.sealed = sealedSecretFamily({
    ...parts,
    ...settingsOf(options),
    ...{ kube, clock, random, log, fingerprintKey },
    objects: objects.cache,
    secrets: secrets.cache,
  });
  state.workers = [state.sealed.workers];
  state.sealed.workers.start();
}

/** Lets what is in work end, and what is to be told of it go out. */
async function finishWork({ clock }: ControllerInput, { state, families, providers, events }: Parts): Promise<void> {
  const deadline = new AbortController();
  const cancel = clock.timer(finishMs, () => deadline.abort());
  await Promise.all(state.workers.map((one) => one.stop(deadline.signal)));
  cancel();
  await Promise.all(families.map((one) => one.close()));
  await providers.close();
  await Promise.race([events.flushed(), after(clock, flushMs)]);
  await events.stop();
}

type Deletions = SealedFamily['removals']['counts'];

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
  parts: Parts,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  parts.statusRoom.keeps = await keepsStatusOf(kube, resources.sealedSecret, signal);
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      parts.state.fingerprintKey = await loadFingerprintKey(kube, namespace, signal);
      return parts.state.fingerprintKey;
    } catch (error) {
      if (signal.aborted) break;
      log.error({ error }, 'fingerprint key not loaded');
      await clock.sleep(backoffMs(failures, random), signal).catch(() => {});
    }
  }
  return undefined;
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
