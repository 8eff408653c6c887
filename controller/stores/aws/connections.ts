// What the AWS backends of a controller share: the transport, the SDK, and one session for each set of credentials.

import { createHmac, randomBytes } from 'node:crypto';
import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import type { Clock } from '../../../src/kube/clock.ts';
import { Session } from '../fetch/session.ts';
import type { Environment } from '../proxy.ts';
import type { ObserveCall } from '../store.ts';
import type { KeySource } from './keys.ts';
import { type AwsKeys, AwsSdk, type AwsSdkOptions, type ClientScope } from './sdk.ts';
import { type AwsTimeouts, AwsTransport } from './transport.ts';

/** What every AWS backend is made with; one for the whole controller. */
export interface AwsDependencies extends Pick<AwsSdkOptions, 'defaultKeys'> {
  clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  random: () => number;
  /** Endpoints (`AWS_SECRETSMANAGER_ENDPOINT`, `AWS_SSM_ENDPOINT`, `AWS_STS_ENDPOINT`), HTTPS_PROXY and NO_PROXY. */
  environment: Environment;
  observe?: ObserveCall | undefined;
  timeouts?: AwsTimeouts | undefined;
}

/** A share in a session. `release` closes it with the last share, and never throws. */
export interface SharedKeys {
  session: Session<AwsKeys>;
  /** Digest of everything that tells its credentials from others. */
  key: string;
  release(): Promise<void>;
}

interface Entry {
  shares: number;
  readonly session: Session<AwsKeys>;
}

/** The sessions by identity, and with what they are opened. */
export class AwsConnections {
  readonly dependencies: AwsDependencies;
  readonly sdk: AwsSdk;
  readonly #transport: AwsTransport;
  readonly #entries = new Map<string, Entry>();
  // Digests may be read by people: without this key nobody can try credentials on them.
  readonly #key = randomBytes(32);

  constructor(dependencies: AwsDependencies) {
    this.dependencies = dependencies;
    this.#transport = new AwsTransport(dependencies);
    this.sdk = new AwsSdk({ ...dependencies, transport: this.#transport });
  }

  /**
   * A share in the session of these credentials, for one service of one region. Nothing is sent before somebody asks it for
   * keys. Whoever takes one has seen a change: what was refused is tried again.
   */
  share(source: KeySource, { provider, region }: ClientScope): SharedKeys {
    const key = this.#digest(source, [provider, region]);
    const { clock, random } = this.dependencies;
    const open = (signal: AbortSignal) => source.open(signal);
    const entry = this.#entries.get(key) ?? { shares: 0, session: new Session({ clock, random, provider, open }) };
    this.#entries.set(key, entry);
    entry.shares += 1;
    entry.session.reconsider();
    let isShared = true;
    return {
      session: entry.session,
      key,
      release: async () => {
        if (!isShared) return;
        isShared = false;
        entry.shares -= 1;
        if (entry.shares > 0) return;
        this.#entries.delete(key);
        await entry.session.close();
      },
    };
  }

  /** Ends every session and connection. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(({ session }) => session.close()));
    await this.#transport.close();
  }

  #digest({ identity, secrets }: KeySource, scope: readonly string[]): string {
    const hmac = createHmac('sha256', this.#key);
    for (const part of [utf8Bytes(JSON.stringify([scope, identity])), ...secrets.map((secret) => secret.reveal())]) {
      hmac.update(`${part.byteLength}:`).update(part);
    }
    return hmac.digest('hex').slice(0, 32);
  }
}
