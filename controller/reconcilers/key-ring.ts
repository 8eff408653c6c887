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

// By label, and the one that versions before 0.7 of the reference made, which has none. Each Secret is told of by one of them
// alone: they do not wait for each other, and where one says that it is gone, the other may say that it is there.
const isLegacy = (name: string) => name === keyNamePrefix;
const sources = [
  { by: { labelSelector: keySelector }, tellsOf: (name: string) => !isLegacy(name) },
  { by: { fieldSelector: `metadata.name=${keyNamePrefix}` }, tellsOf: isLegacy },
];

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
    const watches = sources.map(({ by, tellsOf }) => {
      const handler = this.#handler(tellsOf);
      return watchForever<Secret>({
        api,
        resource: resources.secret,
        namespace,
        ...by,
        handler,
        clock,
        random,
        signal,
      });
    });
    await Promise.all(watches);
  }

  #handler(tellsOf: (name: string) => boolean): WatchHandler<Secret> {
    let isFirst = true;
    const read = (secret: Secret) => {
      if (tellsOf(secret.metadata.name ?? '')) this.#enqueue(() => this.#read(secret));
    };
    return {
      onAdd: read,
      onUpdate: read,
      onDelete: ({ name }) => {
        if (tellsOf(name)) this.#enqueue(() => this.#gone(name));
      },
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

  // The watch by label says so of a Secret that was relabelled, too: it is no key any more.
  #gone(name: string): void {
    this.#reported.delete(name);
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
