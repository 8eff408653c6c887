// Where keys come from, how often they are asked for, and what happens when they end.

import { describe, expect, it } from 'vitest';
import { awsIdentity } from '../../../../controller/stores/aws/identity.ts';
import { FakeClock } from '../../../support/clock.ts';
import type { Refusal } from '../support/fake-aws.ts';
import { keys, secretRef, smallAws } from '../support/small-aws.ts';
import { failureOf, heldReferences, refusalOf, textOf } from '../support/vault.ts';

const { signal } = new AbortController();
const house = smallAws();

describe('credentials', () => {
  const role = 'arn:aws:iam::123456789012:role/reader';

  it('of a Secret sign the request, without the line ends that editors add', async () => {
    await textOf(
      await house.open({ auth: { secretRef } }, { secrets: { 'aws/id': ' AKIASTATIC\n', 'aws/secret': 'x\n' } }),
      'db',
    );
    expect(house.aws.calls).toMatchObject([{ operation: 'GetSecretValue', accessKeyId: 'AKIASTATIC' }]);
  });

  it('of roles are taken one after another, external id and tags with the last alone', async () => {
    const backend = await house.open(
      {
        auth: { secretRef },
        role,
        additionalRoles: ['arn:aws:iam::123456789012:role/first', 'arn:aws:iam::123456789012:role/second'],
        externalID: 'tenant',
        sessionTags: [{ key: 'team', value: 'red' }],
        transitiveTagKeys: ['team'],
        sessionTagsPolicy: 'Custom',
        customSessionTags: { stage: 'prod' },
      },
      { secrets: keys, namespace: 'shop' },
    );
    await textOf(backend, 'db');
    const signers = house.aws.calls.map(
      ({ operation, accessKeyId }) => `${operation} ${accessKeyId.replace(/\d+\./, '')}`,
    );
    expect(signers).toEqual([
      'AssumeRole AKIASTATIC',
      'AssumeRole ASIAfirst',
      'AssumeRole ASIAsecond',
      'GetSecretValue ASIAreader',
    ]);
    expect(house.aws.calls[0]?.input).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::123456789012:role/first',
      RoleSessionName: 'sealwright',
    });
    expect(house.aws.calls[2]?.input).toMatchObject({
      RoleArn: role,
      ExternalId: 'tenant',
      'TransitiveTagKeys.member.1': 'team',
    });
    const tags = Object.entries(house.aws.calls[2]?.input ?? {}).filter(([name]) => name.startsWith('Tags.'));
    const pairs = tags
      .filter(([name]) => name.endsWith('Key'))
      .map(([name, key]) => [key, house.aws.calls[2]?.input[name.replace(/Key$/, 'Value')]]);
    expect(Object.fromEntries(pairs)).toEqual({
      team: 'red',
      stage: 'prod',
      esoNamespace: 'shop',
      esoStoreName: 'aws',
      esoStoreKind: 'SecretStore',
    });
  });

  it("cannot pass for another namespace's by a store's own tags", async () => {
    const customSessionTags = { esoNamespace: 'payments' };
    const backend = await house.open({ role, sessionTagsPolicy: 'Custom', customSessionTags }, { namespace: 'shop' });
    await textOf(backend, 'db');
    expect(Object.values(house.aws.calls[0]?.input ?? {})).toContain('shop');
    expect(Object.values(house.aws.calls[0]?.input ?? {})).not.toContain('payments');
  });

  it('of a service account come unsigned, by its token, for its audience', async () => {
    const annotations = { 'eks.amazonaws.com/role-arn': role, 'eks.amazonaws.com/audience': 'mine' };
    const backend = await house.open(
      { auth: { jwt: { serviceAccountRef: { name: 'app', audiences: ['more'] } } } },
      { annotations, tokens: { app: 'the.web.token' } },
    );
    await textOf(backend, 'db');
    expect(house.aws.calls[0]).toMatchObject({
      operation: 'AssumeRoleWithWebIdentity',
      accessKeyId: '',
      input: { RoleArn: role, RoleSessionName: 'external-secrets-provider-aws', WebIdentityToken: 'the.web.token' },
    });
    expect(house.stage.asked).toEqual([{ kind: 'token', name: 'app', options: { audiences: ['mine', 'more'] } }]);
  });

  it('of a service account without a role are an error with a remedy', async () => {
    const error = await failureOf(house.open({ auth: { jwt: { serviceAccountRef: { name: 'app' } } } }));
    expect(error).toMatchObject({
      class: 'Invalid',
      message: "AWS Secrets Manager: service account 'default/app' names no role",
    });
    expect(error.hints).toEqual(['annotate it with eks.amazonaws.com/role-arn']);
  });

  it('are fetched once for a crowd', async () => {
    const backend = await house.open({ role });
    await Promise.all(Array.from({ length: 50 }, () => textOf(backend, 'db')));
    expect(house.operations().filter((operation) => operation === 'AssumeRole')).toHaveLength(1);
  });

  it('are renewed before they end, without a failed read', async () => {
    const clock = new FakeClock(new Date());
    const backend = await house.open({ role }, { clock });
    await textOf(backend, 'db');
    await clock.advance(2_500_000);
    await textOf(backend, 'db');
    while (house.stage.counts().AssumeRole !== 2) await new Promise((resolve) => setImmediate(resolve));
    await textOf(backend, 'db');
    expect(house.aws.calls.at(-1)?.accessKeyId).not.toBe(house.aws.calls[1]?.accessKeyId);
  });

  it('that AWS no longer takes are replaced once, and the read goes on', async () => {
    const backend = await house.open({ role });
    await textOf(backend, 'db');
    let count = 0;
    house.aws.refusals.set('GetSecretValue', () => (count++ === 0 ? { name: 'ExpiredTokenException' } : undefined));
    expect(await textOf(backend, 'db')).toBe('hunter2');
    expect(house.operations()).toEqual([
      'AssumeRole',
      'GetSecretValue',
      'GetSecretValue',
      'AssumeRole',
      'GetSecretValue',
    ]);
  });

  it('that cannot be replaced are refused without trying the same again', async () => {
    house.aws.refusals.set('GetSecretValue', { name: 'UnrecognizedClientException' });
    const backend = await house.open({ auth: { secretRef } }, { secrets: keys });
    expect(await refusalOf(backend, 'db')).toMatchObject({ class: 'Denied' });
    expect(house.operations()).toEqual(['GetSecretValue']);
  });

  it('that the controller does not have are said to be missing, with the ways to give some', async () => {
    const defaultKeys = () =>
      Promise.reject(Object.assign(new Error('no providers'), { name: 'CredentialsProviderError' }));
    const error = await failureOf((await house.open({}, { defaultKeys })).validate(signal));
    expect(error).toMatchObject({
      class: 'Denied',
      message:
        "AWS Secrets Manager: looking for the controller's own credentials: the controller has no AWS credentials of its own",
    });
    expect(error.hints[0]).toContain('auth.jwt');
  });

  it.each<[string, Refusal, string]>([
    ['a role that may not be assumed', { name: 'AccessDenied', status: 403 }, 'Denied'],
    ['STS being busy', { name: 'Throttling' }, 'Throttled'],
    ['STS being down', { name: 'ServiceUnavailable', status: 503 }, 'Unavailable'],
  ])('say %s for what it is', async (_, refusal, errorClass) => {
    house.aws.refusals.set('AssumeRole', refusal);
    const error = await refusalOf(await house.open({ role }, { retries: { maxRetries: 0 } }), 'db');
    expect(error.class).toBe(errorClass);
    expect(error.message).toContain(`assuming the role '${role}'`);
  });

  it('of whoever uses the store leave its validation open, and read nothing for nobody', async () => {
    const backend = await house.open({ auth: { secretRef } }, { referent: true });
    expect(await backend.validate(signal)).toBe('unknown');
    expect(await failureOf(backend.read([{ key: 'db' }], signal))).toMatchObject({ class: 'Invalid' });
    expect(house.aws.calls).toEqual([]);
  });

  it('are not asked for anew by each request where our clock is an hour ahead', async () => {
    const clock = new FakeClock(new Date(Date.now() + 3_600_000));
    const backend = await house.open({ role }, { clock });
    for (let count = 0; count < 5; count++) await textOf(backend, 'db');
    expect(house.stage.counts().AssumeRole).toBe(1);
  });

  it('serve the login of Vault by iam, from the same sources and roles', async () => {
    await house.open({}, { secrets: keys });
    const identify = awsIdentity(house.stage.connections);
    const references = heldReferences({ secrets: keys });
    const iam = { vaultRole: 'app', secretRef, role, externalID: 'tenant' };
    const { identity, secrets, credentials } = await identify(iam, references, signal);
    expect(await credentials()).toMatchObject({ secretAccessKey: 'role-secret', sessionToken: expect.any(String) });
    expect(house.aws.calls).toMatchObject([
      { operation: 'AssumeRole', accessKeyId: 'AKIASTATIC', input: { ExternalId: 'tenant' } },
    ]);
    expect(JSON.stringify([identity, secrets])).not.toMatch(/AKIA|static-secret/);
    expect(secrets).toHaveLength(1);
  });

  it('stay in use while any store shares them', async () => {
    const one = await house.open({ role });
    const other = await house.stage.open({ role });
    await textOf(one, 'db');
    await one.close();
    await one.close();
    expect(await textOf(other, 'db')).toBe('hunter2');
    await other.close();
    await expect(other.validate(signal)).rejects.toThrow();
  });
});
