// What leads to the stores, shared by every family that reads from them: who asks for the same as the same identity asks once.

import { readFile } from 'node:fs/promises';
import type { Clock } from '../../src/kube/clock.ts';
import { version } from '../../src/version.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { AwsConnections } from '../stores/aws/connections.ts';
import { awsIdentity } from '../stores/aws/identity.ts';
import { createFetcher } from '../stores/fetch/fetcher.ts';
import type { Environment } from '../stores/proxy.ts';
import { VaultConnections } from '../stores/vault/connections.ts';

export interface ProvidersOptions {
  clock: Clock;
  random: () => number;
  /** Proxies and endpoints. */
  environment: Environment;
  metrics: Pick<Metrics, 'providerCall' | 'storeAnswers'>;
}

/** One for the whole controller. */
export type Providers = ReturnType<typeof providersOf>;

const ownTokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Nothing is sent before somebody asks. */
export function providersOf({ clock, random, environment, metrics }: ProvidersOptions) {
  const observe = metrics.providerCall;
  const fetcher = createFetcher({
    clock,
    random,
    onAnswered: (provider, from) => metrics.storeAnswers.inc({ provider, from }),
  });
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
  return { fetcher, aws, vault };
}
