// What leads to the providers, one for the whole controller: kinds that read with one identity log in once, and read once.

import { readFile } from 'node:fs/promises';
import type { Clock } from '../../src/kube/clock.ts';
import { version } from '../../src/version.ts';
import { AwsConnections } from './aws/connections.ts';
import { awsIdentity } from './aws/identity.ts';
import { type AnsweredFrom, createFetcher } from './fetch/fetcher.ts';
import type { Environment } from './proxy.ts';
import type { Fetcher, ObserveCall, Provider } from './store.ts';
import { VaultConnections } from './vault/connections.ts';

export interface ProvidersOptions {
  clock: Clock;
  /** In [0, 1), for jitter. */
  random: () => number;
  /** Proxies and endpoints. */
  environment: Environment;
  observe: ObserveCall;
  /** Told for every read that is asked for. */
  onAnswered: (provider: Provider, from: AnsweredFrom) => void;
}

/** Nothing is sent, and no library of a provider loaded, before the first store needs it. */
export interface Providers {
  fetcher: Fetcher;
  vault: VaultConnections;
  aws: AwsConnections;
  /** Ends what waits and what is open; after the backends were closed, which give their logins back. */
  close(): Promise<void>;
}

const ownTokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Opens nothing: connections are made with the first store that needs them. */
export function createProviders({ clock, random, environment, observe, onAnswered }: ProvidersOptions): Providers {
  const fetcher = createFetcher({ clock, random, onAnswered });
  const aws = new AwsConnections({ clock, random, environment, observe });
  const vault = new VaultConnections({
    clock,
    random,
    environment,
    observe,
    userAgent: `sealwright/${version}`,
    ownToken: () => readFile(ownTokenFile, 'utf8'),
    awsIdentity: awsIdentity(aws),
  });
  return {
    fetcher,
    vault,
    aws,
    async close() {
      fetcher.close();
      await aws.close();
    },
  };
}
