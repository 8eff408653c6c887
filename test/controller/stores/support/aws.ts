// Backends for AWS as tests want them: settings from a few lines, references from memory, calls counted.

import { awsBackend } from '../../../../controller/stores/aws/backend.ts';
import { AwsConnections, type AwsDependencies } from '../../../../controller/stores/aws/connections.ts';
import type { AwsRetries } from '../../../../controller/stores/aws/retries.ts';
import type { References } from '../../../../controller/stores/references.ts';
import type { Backend, ProviderCall } from '../../../../controller/stores/store.ts';
import type { AwsProvider } from '../../../../src/kube/external-secrets.ts';
import { systemClock } from '../../../../src/kube/system-clock.ts';
import { type Held, heldReferences } from './vault.ts';

export interface AwsStageOptions extends Held, Partial<AwsDependencies> {
  /** Where all three services answer. */
  endpoint?: string;
  references?: References;
  /** Annotations of every service account. */
  annotations?: Record<string, string>;
  namespace?: string;
  retries?: AwsRetries;
}

/** A place for backends that share connections; `close` closes what was opened. */
export function awsStage(options: AwsStageOptions = {}) {
  const calls: ProviderCall[] = [];
  const opened: Backend[] = [];
  const { endpoint, environment = {} } = options;
  const endpoints = endpoint && {
    AWS_SECRETSMANAGER_ENDPOINT: endpoint,
    AWS_SSM_ENDPOINT: endpoint,
    AWS_STS_ENDPOINT: endpoint,
  };
  const connections = new AwsConnections({
    clock: systemClock,
    random: () => 0,
    observe: (call) => calls.push(call),
    defaultKeys: async () => ({ accessKeyId: 'AKIADEFAULT', secretAccessKey: 'default' }),
    ...options,
    environment: { ...endpoints, ...environment },
  });
  const held = heldReferences(options);
  const references: References = options.references ?? {
    ...held,
    serviceAccount: async ({ name = '' }) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: 'default', annotations: options.annotations ?? {} },
    }),
  };
  return {
    connections,
    calls,
    asked: held.asked,
    /** How often each operation was called. */
    counts: () => {
      const counts: Record<string, number> = {};
      for (const { call } of calls) counts[call] = (counts[call] ?? 0) + 1;
      return counts;
    },
    async open(provider: Partial<AwsProvider> = {}): Promise<Backend> {
      const backend = await awsBackend({
        provider: { service: 'SecretsManager', region: 'eu-west-1', ...provider },
        references,
        consumer: { storeKind: 'SecretStore', storeName: 'aws', namespace: options.namespace ?? 'default' },
        connections,
        retries: options.retries,
        signal: new AbortController().signal,
      });
      opened.push(backend);
      return backend;
    },
    async close() {
      for (const backend of opened.splice(0)) await backend.close();
      await connections.close();
    },
  };
}
