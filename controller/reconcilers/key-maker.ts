// Sees to it that there is a key to seal with: makes the first, renews the newest when it is old, and publishes its certificate.

import { createHash } from 'node:crypto';
import { certificateConfigMap, certificateItem } from '../../keys/cluster-certificate.ts';
import { generateKeyPair } from '../../keys/generate.ts';
import { keyPairFromSecret } from '../../keys/import.ts';
import type { KeyRegistry } from '../../keys/registry.ts';
import { untilKeyDueMs } from '../../keys/renewal.ts';
import { isKeySecret, keyNamePrefix, saveKeyPair } from '../../keys/storage.ts';
import { LinkedAbort } from '../../src/kube/abort.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import { isAlreadyExists, isNotFound } from '../../src/kube/errors.ts';
import type { ConfigMap, Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { backoffMs } from '../engine/backoff.ts';
import type { Log } from '../log.ts';
import { isProduced } from '../secret/fields.ts';
import type { KeyRing } from './key-ring.ts';
import { keyManager } from './stored-key.ts';

export interface KeyMakerOptions {
  kube: KubeApi;
  namespace: string;
  registry: KeyRegistry;
  ring: Pick<KeyRing, 'add' | 'onChange'>;
  clock: Clock;
  random: () => number;
  log: Log;
  keyBits: number;
  /** How long certificates are valid. */
  keyTtlMs: number;
  /** How old the sealing key may get; 0 turns renewal off. */
  renewPeriodMs: number;
}

// A wall clock may jump; looking once an hour costs nothing.
const longestNapMs = 60 * 60 * 1000;
// How long somebody who asks for the certificate waits for a new one.
const patienceMs = 5_000;

/** Runs beside the reconcilers, on the replica that writes. */
export class KeyMaker {
  readonly #options: KeyMakerOptions;
  #changed: LinkedAbort | undefined;
  #does: 'nothing' | 'looks' | 'rests' | 'backs off' = 'nothing';
  /** What all wait for who ask for a certificate meanwhile: one thing, however long a look hangs and however many they are. */
  #coming: { promise: Promise<void>; tell: () => void } | undefined;
  #resolveStarted: () => void = () => {};
  /** Resolves after the first attempt, whether it succeeded or not. */
  readonly started: Promise<void>;

  constructor(options: KeyMakerOptions) {
    this.#options = options;
    this.started = new Promise((resolve) => {
      this.#resolveStarted = resolve;
    });
    options.ring.onChange(() => this.#changed?.abort());
  }

  /** Until the signal aborts: keeps a fresh key and its certificate published. Failures are logged and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      // From here on: a change, or the end, that comes during the work also ends the nap after it.
      const changed = new LinkedAbort(signal);
      this.#changed = changed;
      this.#does = 'looks';
      failures = (await this.#look(signal)) ? 0 : failures + 1;
      this.#does = failures === 0 ? 'rests' : 'backs off';
      this.#tell();
      const napMs = failures === 0 ? (this.#untilDueMs() ?? longestNapMs) : backoffMs(failures, this.#options.random);
      await this.#options.clock.sleep(Math.min(napMs, longestNapMs), changed.signal).catch(() => {});
      changed.leave();
    }
    this.#does = 'nothing';
    this.#tell();
  }

  #tell(): void {
    this.#resolveStarted();
    this.#coming?.tell();
  }

  /**
   * Resolves when a key that is due by now was made, so that nobody gets a certificate that has ended while this one rests. At
   * once where none is due, where others make the keys, and after a failure; and never later than in a few seconds.
   */
  caughtUp(): Promise<void> {
    const isComing = this.#does === 'looks' || this.#does === 'rests';
    if (!isComing || this.#untilDueMs() !== 0) return Promise.resolve();
    this.#coming ??= this.#expect();
    if (this.#does === 'rests') this.#changed?.abort();
    return this.#coming.promise;
  }

  #expect(): { promise: Promise<void>; tell: () => void } {
    let tell = () => {};
    const promise = new Promise<void>((resolve) => {
      const cancel = this.#options.clock.timer(patienceMs, () => tell());
      tell = () => {
        cancel();
        this.#coming = undefined;
        resolve();
      };
    });
    return { promise, tell };
  }

  async #look(signal: AbortSignal): Promise<boolean> {
    try {
      await this.ensure(signal);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#options.log.error({ error }, 'no sealing key could be made or published');
      return false;
    }
  }

  /** Makes a key where one is due, and publishes the certificate of the newest. Throws `ApiError`. */
  async ensure(signal: AbortSignal): Promise<void> {
    if (this.#untilDueMs() === 0) await this.#makeKey(signal);
    await this.#publish(signal);
  }

  #untilDueMs(): number | undefined {
    const { registry, renewPeriodMs, clock } = this.#options;
    return untilKeyDueMs({ newest: registry.newest(), renewPeriodMs, now: clock.now() });
  }

  // The name follows from the key that is replaced, so that of two replicas that find it due at once only one succeeds.
  async #makeKey(signal: AbortSignal): Promise<void> {
    const { kube, namespace, registry, ring, clock, keyBits, keyTtlMs, log } = this.#options;
    const predecessor = registry.newest()?.id ?? 'none';
    for (let attempt = 0; ; attempt++) {
      const name = `${keyNamePrefix}${suffixFor(predecessor, attempt)}`;
      const other = await this.#existing(name, signal);
      if (other) {
        // Retired, damaged, or made by someone who guessed it: its name is taken for good.
        if (!isKeySecret(other) || isProduced(other.metadata)) continue;
        const pair = await keyPairFromSecret(other).catch(() => undefined);
        if (!pair) continue;
        return ring.add(name, pair);
      }
      const pair = await generateKeyPair({ now: clock.now(), bits: keyBits, ttlMs: keyTtlMs });
      try {
        await saveKeyPair(kube, { namespace, pair, name, fieldManager: keyManager, signal });
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        attempt -= 1;
        continue;
      }
      log.info({ key: pair.id, secret: `${namespace}/${name}`, bits: keyBits }, 'sealing key made');
      return ring.add(name, { ...pair, secretName: name });
    }
  }

  async #existing(name: string, signal: AbortSignal): Promise<Secret | undefined> {
    const { kube, namespace } = this.#options;
    try {
      return await kube.get<Secret>(resources.secret, { namespace, name }, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #publish(signal: AbortSignal): Promise<void> {
    const { kube, namespace, registry, log } = this.#options;
    const pem = registry.newest()?.certificate.pem;
    if (pem === undefined) return;
    const at = { namespace, name: certificateConfigMap };
    const live = await kube.get<ConfigMap>(resources.configMap, at, { signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (live?.data?.[certificateItem] === pem) return;
    const data = { [certificateItem]: pem };
    await kube.apply<ConfigMap>(
      resources.configMap,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: at, data },
      { signal },
    );
    log.info({ configMap: `${namespace}/${certificateConfigMap}` }, 'certificate published');
  }
}

const suffixFor = (predecessor: string, attempt: number) =>
  createHash('sha256').update(`${predecessor}/${attempt}`).digest('hex').slice(0, 10);
