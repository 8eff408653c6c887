// The sealing keys of this cluster, as their Secrets come, change and go.

import { keyPairFromSecret } from '../../keys/import.ts';
import type { KeyPair } from '../../keys/key-pair.ts';
import type { KeyRegistry } from '../../keys/registry.ts';
import { isKeySecret, keyNamePrefix, keySelector } from '../../keys/storage.ts';
import { SealError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { Clock } from '../../src/kube/clock.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { type RestartReason, type WatchHandler, watchForever } from '../../src/kube/watch.ts';
import type { Log } from '../log.ts';
import { isProduced } from '../secret/fields.ts';

export interface KeyRingOptions {
  kube: KubeApi;
  /** Where the key Secrets are. */
  namespace: string;
  registry: KeyRegistry;
  clock: Clock;
  random: () => number;
  log: Log;
  onRestart?: (reason: RestartReason, error: unknown) => void;
}

// By label, and the one that versions before 0.7 of the reference made, which has none.
const sources = [{ labelSelector: keySelector }, { fieldSelector: `metadata.name=${keyNamePrefix}` }];

// Leave to make SealedSecrets next to the controller is not leave to say what everyone seals with.
function checkNotProduced({ metadata }: Secret): void {
  if (isProduced(metadata)) throw new SealError('KEY_PRODUCED', 'it was made from a SealedSecret');
}

/** Keeps a registry as the key Secrets say. Damaged ones are reported and skipped. */
export class KeyRing {
  readonly #options: KeyRingOptions;
  readonly #pairs = new Map<string, KeyPair>();
  readonly #listeners: (() => void)[] = [];
  readonly #reported = new Map<string, string>();
  #work: Promise<void> = Promise.resolve();
  #unsynced = sources.length;
  readonly #synced: Promise<void>;
  #resolveSynced: () => void = () => {};

  constructor(options: KeyRingOptions) {
    this.#options = options;
    this.#synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  /** Resolves when every key Secret there is was read. */
  get synced(): Promise<void> {
    return this.#synced;
  }

  get isSynced(): boolean {
    return this.#unsynced === 0;
  }

  /** `listener` is called when the set of keys has changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Takes in a key Secret that was just stored or found, without waiting for the watch. */
  add(secretName: string, pair: KeyPair): void {
    this.#pairs.set(secretName, pair);
    this.#publish();
  }

  /** Follows until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { kube: api, namespace, clock, random } = this.#options;
    const watches = sources.map((source) => {
      const handler = this.#handler();
      return watchForever<Secret>({
        api,
        resource: resources.secret,
        namespace,
        ...source,
        handler,
        clock,
        random,
        signal,
      });
    });
    await Promise.all(watches);
  }

  #handler(): WatchHandler<Secret> {
    let isFirst = true;
    return {
      onAdd: (secret) => this.#enqueue(() => this.#read(secret)),
      onUpdate: (secret) => this.#enqueue(() => this.#read(secret)),
      onDelete: ({ name, last }) => this.#enqueue(() => this.#gone(name, last)),
      onSync: () => {
        if (isFirst) this.#enqueue(() => this.#sync());
        isFirst = false;
      },
      onRestart: (reason, error) => this.#options.onRestart?.(reason, error),
      onHandlerError: (error) => this.#options.log.error({ error }, 'key Secret not handled'),
    };
  }

  // One after the other, in the order of the watch: reading a key takes several steps.
  #enqueue(step: () => Promise<void> | void): void {
    this.#work = this.#work.then(step).catch((error) => this.#options.log.error({ error }, 'key Secret not handled'));
  }

  async #read(secret: Secret): Promise<void> {
    const name = secret.metadata.name ?? '';
    if (!isKeySecret(secret)) return this.#gone(name);
    try {
      checkNotProduced(secret);
      const pair = await keyPairFromSecret(secret);
      this.#reported.delete(name);
      this.#pairs.set(name, pair);
    } catch (error) {
      this.#pairs.delete(name);
      this.#report(name, secret.metadata.resourceVersion ?? '', error);
    }
    if (this.isSynced) this.#publish();
  }

  // The watch by label also ends for a Secret that was relabelled; by then it is no key any more.
  #gone(name: string, last?: Secret): void {
    if (last && name === keyNamePrefix && isKeySecret(last)) this.#reported.delete(name);
    if (this.#pairs.delete(name) && this.isSynced) this.#publish();
  }

  #sync(): void {
    this.#unsynced -= 1;
    if (!this.isSynced) return;
    this.#publish();
    this.#resolveSynced();
  }

  #publish(): void {
    if (this.#options.registry.replace(this.#pairs.values())) {
      for (const listener of this.#listeners) listener();
    }
  }

  #report(name: string, version: string, error: unknown): void {
    if (this.#reported.get(name) === version) return;
    this.#reported.set(name, version);
    const secret = `${this.#options.namespace}/${name}`;
    this.#options.log.warn({ secret, error }, 'key Secret cannot be used, and is skipped');
  }
}
