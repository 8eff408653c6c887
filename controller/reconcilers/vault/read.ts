// Reads the value of a VaultStaticSecret through the shared fetch layer: metadata first where that tells that nothing changed.

import { vaultIntervalMs } from '../../../src/kube/refresh-interval.ts';
import { type Backend, isPassing, isStoreError, type ReadRequest, type RemoteValue } from '../../stores/store.ts';
import { sharedAgeMs } from './due.ts';
import type { Job } from './job.ts';
import type { StaticSecretTools } from './tools.ts';

// How long a worker waits for a server before it takes up other work; the answer is used when it comes.
const patienceMs = 10_000;
// An answer read so shortly before an object was made will do for it: many objects made together share their reads.
const firstAgeMs = 10_000;
// The value may have been put right just now; but a crowd that retries still shares.
const retryAgeMs = 500;
// How long a policy that lets nobody read metadata is taken at its word.
const denialMs = 600_000;

/** The value, or `same` where it is the one that was read last. Throws `StoreError`, `Stalled` or `Waiting`. */
export async function readValue(
  job: Job,
  tools: StaticSecretTools,
  signal: AbortSignal,
): Promise<RemoteValue | 'same'> {
  const { object, memory } = job;
  const backend = await tools.backends.get(object, tools.identityOf(object), signal);
  const request = requestOf(job);
  followed(job, backend, request, tools);
  const beganMs = tools.monotonicMs();
  memory.askedMs ??= beganMs;
  const maxAgeMs = Math.max(maxAgeOf(job, tools), beganMs - memory.askedMs);
  const { told } = memory;
  // What is told from now on is not in the answer yet.
  memory.told = undefined;
  try {
    const value = await answered(job, { backend, request, maxAgeMs }, tools, signal);
    memory.askedMs = undefined;
    // Until something was made of it: an answer that was of no use once is of none again.
    memory.isAmiss = true;
    return value;
  } catch (error) {
    memory.told ??= told;
    // What is late is still to come; any other answer was had.
    if (!isPassing(error)) memory.askedMs = undefined;
    throw error;
  }
}

interface Asking {
  backend: Backend;
  request: ReadRequest;
  maxAgeMs: number;
}

async function answered(
  job: Job,
  asking: Asking,
  tools: StaticSecretTools,
  signal: AbortSignal,
): Promise<RemoteValue | 'same'> {
  const { backend, request, maxAgeMs } = asking;
  const kept = tools.fetcher.kept(backend, request, maxAgeMs);
  if (!kept && (await isSame(job, asking, tools, signal))) return 'same';
  const options = { signal, maxAgeMs, patienceMs, onLate: () => tools.again(job.key, 'now') };
  return kept ?? (await tools.fetcher.read(backend, request, options));
}

// The stream is a shortcut: reading by time goes on, since nothing promises that it tells everything.
function followed(
  { object, key, memory }: Job,
  backend: Backend,
  request: ReadRequest,
  tools: StaticSecretTools,
): void {
  if (!object.spec.syncConfig?.instantUpdates) {
    tools.followers.forget(key);
    return;
  }
  tools.followers.follow(key, backend, request, (news) => {
    memory.told = news === 'changed' ? news : (memory.told ?? news);
    tools.again(key, 'now');
  });
}

function requestOf({ object: { spec } }: Job): ReadRequest {
  const { mount, path, version, type } = spec;
  const isVersioned = type === 'kv-v2' && version !== undefined && version > 0;
  const segments = (text: string) => text.split('/').filter((segment) => segment !== '');
  const [prefix, whole] = [segments(mount), segments(path)];
  // A path that begins like its mount is below the mount all the same: the keys of stores would be taken to name it.
  const isMisleading = whole.length > prefix.length && prefix.every((segment, at) => segment === whole[at]);
  return { key: path, ...(isVersioned && { version: String(version) }), ...(isMisleading && { found: true }) };
}

// What someone asked for just now is read now; what comes round by itself shares answers.
function maxAgeOf({ object, due, memory }: Job, { now }: StaticSecretTools): number {
  if (due === 'changed' || memory.told) return 0;
  if (memory.isAmiss) return retryAgeMs;
  if (due !== 'first') return sharedAgeMs(vaultIntervalMs(object) ?? 0);
  const made = new Date(object.metadata.creationTimestamp ?? now()).getTime();
  return Math.max(0, Math.min(firstAgeMs + now().getTime() - made, 5 * firstAgeMs));
}

async function isSame(
  job: Job,
  { backend, request, maxAgeMs }: Asking,
  tools: StaticSecretTools,
  signal: AbortSignal,
): Promise<boolean> {
  const { object, memory, due, stands } = job;
  if (object.spec.type !== 'kv-v2' || due !== 'elapsed' || !stands || memory.state === undefined) return false;
  if (memory.probeAfter && tools.now() < memory.probeAfter) return false;
  // A version that goes by itself leaves its metadata as they were.
  const { expires } = memory.values ?? {};
  if (expires && expires <= tools.now()) return false;
  try {
    const probe = await tools.fetcher.read(
      backend,
      { ...request, probe: true },
      { signal, maxAgeMs, patienceMs, onLate: () => tools.again(job.key, 'now') },
    );
    return probe.state === memory.state;
  } catch (error) {
    if (!isStoreError(error) || isPassing(error)) throw error;
    // The value itself says best what is the matter; a policy may well allow no more than that.
    if (error.class === 'Denied') memory.probeAfter = new Date(tools.now().getTime() + denialMs);
    return false;
  }
}
