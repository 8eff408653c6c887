// One small AWS for each test, and the stage of backends that ask it.

import { afterEach, beforeEach } from 'vitest';
import type { AwsProvider } from '../../../../src/kube/external-secrets.ts';
import { type AwsStageOptions, awsStage } from './aws.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';

export const secretRef = {
  accessKeyIDSecretRef: { name: 'aws', key: 'id' },
  secretAccessKeySecretRef: { name: 'aws', key: 'secret' },
};

/** What the cluster holds for `secretRef`. */
export const keys = { 'aws/id': 'AKIASTATIC', 'aws/secret': 'static-secret-key' };

/** Call it at the top of a test file. */
export function smallAws() {
  let aws: FakeAws;
  let stage = awsStage();
  beforeEach(async () => {
    aws = await fakeAws();
    aws.secrets.set('db', { text: 'hunter2' }).set('cache', { text: '{"a":1.10}' });
    aws.secrets.set('binary', { binary: new Uint8Array([0, 255]) }).set('going', { text: 'x', deleted: true });
    aws.parameters.set('/a', 'one').set('/b', 'two');
  });
  afterEach(async () => {
    await stage.close();
    await aws.close();
  });
  return {
    get aws() {
      return aws;
    },
    get stage() {
      return stage;
    },
    /** A backend on a stage of its own; more by `stage.open`. */
    open(provider: Partial<AwsProvider> = {}, options: AwsStageOptions = {}) {
      stage = awsStage({ endpoint: aws.url, ...options });
      return stage.open(provider);
    },
    operations: () => aws.calls.map(({ operation }) => operation),
  };
}
