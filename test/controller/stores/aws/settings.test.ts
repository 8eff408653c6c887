// What a store may say of AWS, and what tells one identity from another.

import { describe, expect, it } from 'vitest';
import type { AwsProvider } from '../../../../src/kube/external-secrets.ts';
import { keys, secretRef, smallAws } from '../support/small-aws.ts';
import { failureOf } from '../support/vault.ts';

const house = smallAws();

describe('settings', () => {
  it.each<[Partial<AwsProvider>, string]>([
    [
      { service: 'CertificateManager' },
      "AWS: service 'CertificateManager' is not supported: SecretsManager and ParameterStore are",
    ],
    [{ region: '' }, "AWS: '' is no region"],
    [{ region: 'evil.example/' }, "AWS: 'evil.example/' is no region"],
    [
      { auth: { secretRef: {} } },
      'AWS Secrets Manager: auth.secretRef needs accessKeyIDSecretRef and secretAccessKeySecretRef',
    ],
    [{ auth: { jwt: {} } }, 'AWS Secrets Manager: auth.jwt needs serviceAccountRef'],
  ])('%j are refused', async (provider, message) => {
    expect(await failureOf(house.open(provider))).toMatchObject({ class: 'Invalid', message });
  });

  it('tell identities apart by everything that may change an answer, and show nothing secret', async () => {
    const secrets = { ...keys, 'other/id': 'AKIASTATIC', 'other/secret': 'other-secret-key' };
    const other = {
      accessKeyIDSecretRef: { name: 'other', key: 'id' },
      secretAccessKeySecretRef: { name: 'other', key: 'secret' },
    };
    const variants: Partial<AwsProvider>[] = [
      {},
      { region: 'eu-west-2' },
      { service: 'ParameterStore' },
      { prefix: 'a' },
      { role: 'arn:aws:iam::123456789012:role/a' },
      { role: 'arn:aws:iam::123456789012:role/a', externalID: 'b' },
      { role: 'arn:aws:iam::123456789012:role/a', sessionTags: [{ key: 'a', value: 'b' }] },
      { additionalRoles: ['arn:aws:iam::123456789012:role/b'] },
      { auth: { secretRef } },
      { auth: { secretRef: other } },
    ];
    await house.open({}, { secrets });
    const identities = await Promise.all(variants.map(async (variant) => (await house.stage.open(variant)).identity));
    expect(new Set(identities).size).toBe(variants.length);
    expect(identities.join()).not.toMatch(/secret-key|AKIA/);
    expect((await house.stage.open({ auth: { secretRef } })).identity).toBe(identities[8]);
  });

  it('give the Parameter Store a pace below the quota of an account', async () => {
    expect((await house.open({ service: 'ParameterStore' })).limits).toEqual({ concurrency: 8, perSecond: 40 });
  });
});
