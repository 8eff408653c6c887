// Every metric the controller has, in one table.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallReport } from '../../src/kube/transport.ts';

/** What is read at the moment of a scrape. */
export interface Gauged {
  /** Keys waiting for a worker. */
  queueDepth: number;
  /** Seconds that the longest-waiting key has waited. */
  queueOldestSeconds: number;
  /** Age of the key that seals, in seconds; undefined without one. */
  keyAgeSeconds: number | undefined;
  /** Key id → how many values it opened for objects that are there now. */
  valuesByKey: ReadonlyMap<string, number>;
  isLeader: boolean;
  /** Since when the longest failing refresh fails, in seconds. */
  staleSeconds: number;
  /** Secrets whose object is gone (`--deletion-grace`). */
  deletions: { waiting: number; held: number; isBraked: boolean } | undefined;
}

/** One object's condition, for the series that alerting rules written for Flux read. */
export interface ConditionSample {
  kind: string;
  namespace: string;
  name: string;
  type: string;
  status: 'True' | 'False' | 'Unknown';
}

/** One call to a secret store; `code` is an HTTP status or a short word. */
export interface ProviderCall {
  provider: string;
  call: string;
  code: string;
  seconds: number;
}

/** The metrics of one controller, by the names that its code has for them. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Counts what the API client did; for its `onCall`. */
export function callCounter({ apiCalls }: Metrics): (report: CallReport) => void {
  return ({ verb, resource, status }) => apiCalls.inc({ verb, resource, code: status });
}

const conditionStatuses = ['True', 'False', 'Unknown', 'Deleted'] as const;

/** Gauges that are asked for when someone scrapes. */
const scraped: readonly { name: string; help: string; value: (now: Gauged) => number | undefined }[] = [
  { name: 'sealwright_queue_depth', help: 'Objects waiting for a worker.', value: (now) => now.queueDepth },
  {
    name: 'sealwright_queue_oldest_seconds',
    help: 'How long the longest-waiting object waits.',
    value: (now) => now.queueOldestSeconds,
  },
  { name: 'sealwright_key_age_seconds', help: 'Age of the key that seals.', value: (now) => now.keyAgeSeconds },
  { name: 'sealwright_leader', help: '1 where this replica writes.', value: ({ isLeader }) => Number(isLeader) },
  {
    name: 'sealwright_deletions_waiting',
    help: 'Secrets whose object is gone and that are still there (--deletion-grace).',
    value: ({ deletions }) => deletions?.waiting,
  },
  {
    name: 'sealwright_deletions_held',
    help: 'Those of them that the brake holds.',
    value: ({ deletions }) => deletions?.held,
  },
  {
    name: 'sealwright_deletion_brake',
    help: '1 while no Secret is removed, since too many objects went at once.',
    value: ({ deletions }) => deletions && Number(deletions.isBraked),
  },
  {
    name: 'sealwright_secret_stale_seconds',
    help: 'How long the stores of the longest failing ExternalSecret or VaultStaticSecret have given no values; 0 when none fails.',
    value: (now) => now.staleSeconds,
  },
];

function registerScraped(registers: Registry[], read: () => Gauged | undefined): void {
  for (const { name, help, value } of scraped) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const now = read();
        const sample = now && value(now);
        if (sample !== undefined) this.set(sample);
      },
    });
  }
}

function providerMetrics(registers: Registry[]) {
  const providerRequests = new Counter({
    name: 'sealwright_provider_requests_total',
    help: 'Calls to secret stores: reads, logins, renewals.',
    labelNames: ['provider', 'call', 'code'] as const,
    registers,
  });
  const providerSeconds = new Histogram({
    name: 'sealwright_provider_duration_seconds',
    help: 'How long a call to a secret store takes.',
    labelNames: ['provider', 'call'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
    registers,
  });
  return {
    providerCall({ provider, call, code, seconds }: ProviderCall) {
      providerRequests.inc({ provider, call, code });
      providerSeconds.observe({ provider, call }, seconds);
    },
    storeAnswers: new Counter({
      name: 'sealwright_store_answers_total',
      help: 'Values asked for, by where the answer came from: a call of its own, a call of others, one kept, or none.',
      labelNames: ['provider', 'from'] as const,
      registers,
    }),
  };
}

function conditionMetrics(registers: Registry[]) {
  const conditions = new Gauge({
    name: 'gotk_reconcile_condition',
    help: 'Conditions in the label shape of Flux up to 2.1; only for namespaces of --metrics-object-labels.',
    labelNames: ['kind', 'name', 'namespace', 'type', 'status'] as const,
    registers,
  });
  return {
    condition({ status, ...labels }: ConditionSample) {
      for (const one of conditionStatuses) conditions.set({ ...labels, status: one }, Number(one === status));
    },
    forgetConditions(object: Pick<ConditionSample, 'kind' | 'namespace' | 'name'>, types: readonly string[]) {
      for (const type of types) for (const status of conditionStatuses) conditions.remove({ ...object, type, status });
    },
  };
}

/** The table. Nothing is registered globally, so that several controllers may live in one process. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const kind = ['kind'] as const;
  const gauged: { read: (() => Gauged) | undefined } = { read: undefined };
  registerScraped(registers, () => gauged.read?.());
  new Gauge({
    name: 'sealwright_values_by_key',
    help: 'Values in use, by the id of the key that opened them since this process started.',
    labelNames: ['key'],
    registers,
    collect() {
      this.reset();
      for (const [key, count] of gauged.read?.().valuesByKey ?? []) this.set({ key }, count);
    },
  });
  return {
    registry,
    ...providerMetrics(registers),
    ...conditionMetrics(registers),
    /** From now on scrapes read this. */
    gauge(read: () => Gauged) {
      gauged.read = read;
    },
    reconciles: new Counter({
      name: 'sealwright_reconcile_total',
      help: 'Looks at objects, by how they ended.',
      labelNames: [...kind, 'result', 'reason'] as const,
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: 'sealwright_reconcile_duration_seconds',
      help: 'How long a look at one object takes.',
      labelNames: kind,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
      registers,
    }),
    driftRepairs: new Counter({
      name: 'sealwright_drift_repairs_total',
      help: 'Secrets put right after someone changed or deleted them.',
      labelNames: kind,
      registers,
    }),
    secretsRemoved: new Counter({
      name: 'sealwright_secrets_removed_total',
      help: 'Secrets removed --deletion-grace after their object.',
      labelNames: kind,
      registers,
    }),
    massDeletions: new Counter({
      name: 'sealwright_mass_deletions_total',
      help: 'How often more than a fifth of the objects, and more than ten, were deleted within five minutes.',
      labelNames: kind,
      registers,
    }),
    workloadRestarts: new Counter({
      name: 'sealwright_workload_restarts_total',
      help: 'Workloads that were to be restarted after a change of values (sealwright.dev/restart), by how it ended.',
      labelNames: [...kind, 'result'] as const,
      registers,
    }),
    watchRestarts: new Counter({
      name: 'sealwright_watch_restarts_total',
      help: 'Watches that had to list again or failed.',
      labelNames: ['resource', 'reason'] as const,
      registers,
    }),
    unseals: new Counter({ name: 'sealwright_unseal_total', help: 'Values opened with a private key.', registers }),
    apiCalls: new Counter({
      name: 'sealwright_kube_requests_total',
      help: 'Requests to the API server.',
      labelNames: ['verb', 'resource', 'code'] as const,
      registers,
    }),
    httpRequests: new Counter({
      name: 'sealwright_http_requests_total',
      help: 'Requests to the listen address, by how they were answered.',
      labelNames: ['path', 'code'] as const,
      registers,
    }),
  };
}
