// What AWS refuses, in our words: classes, hints, and what is never told.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { StoreError } from '../../../../controller/stores/store.ts';
import type { Refusal } from '../support/fake-aws.ts';
import { keys, secretRef, smallAws } from '../support/small-aws.ts';
import { refusalOf } from '../support/vault.ts';

const { signal } = new AbortController();
const house = smallAws();

describe('what AWS refuses', () => {
  const table: [Refusal, Partial<StoreError>][] = [
    [{ name: 'ResourceNotFoundException' }, { class: 'NotFound', message: 'there is no such key or version' }],
    [{ name: 'InvalidRequestException' }, { class: 'Deleted', message: 'it is marked for deletion' }],
    [
      { name: 'InvalidParameterException', message: 'the secret was marked for deletion' },
      { class: 'Deleted', message: 'it is marked for deletion' },
    ],
    [
      { name: 'InvalidParameterException' },
      { class: 'Invalid', message: 'AWS refused it (InvalidParameterException)' },
    ],
    [{ name: 'ValidationException' }, { class: 'Invalid', message: 'AWS refused it (ValidationException)' }],
    [{ name: 'Strange <b>name</b>' }, { class: 'Invalid', message: 'AWS refused it (for a reason we do not know)' }],
    [{ name: 'AccessDeniedException' }, { class: 'Denied', message: 'access denied' }],
    [{ name: 'DecryptionFailure' }, { class: 'Denied', message: 'its KMS key cannot be used' }],
    [{ name: 'UnrecognizedClientException' }, { class: 'Denied', message: 'AWS does not accept the credentials' }],
    [{ name: 'InvalidSignatureException' }, { class: 'Denied', message: 'AWS does not accept the credentials' }],
    [{ name: 'ExpiredTokenException' }, { class: 'Denied', message: 'AWS does not accept the credentials' }],
    [
      { name: 'SomethingElse', status: 403 },
      { class: 'Denied', message: 'access denied' },
    ],
    [{ name: 'ThrottlingException' }, { class: 'Throttled', message: 'AWS asks for fewer requests' }],
    [
      { name: 'TooManyRequestsException', status: 429, headers: { 'retry-after': '7' } },
      { class: 'Throttled', message: 'AWS asks for fewer requests', retryAfterMs: 7000 },
    ],
    [
      { name: 'InternalServiceError', status: 500 },
      { class: 'Unavailable', message: 'AWS answered with status 500' },
    ],
    [
      { name: 'ServiceUnavailable', status: 503 },
      { class: 'Unavailable', message: 'AWS answered with status 503' },
    ],
  ];

  it.each(table)('$name is told as it is', async (refusal, { message, ...facts }) => {
    house.aws.refusals.set('GetSecretValue', refusal);
    const error = await refusalOf(await house.open({}, { retries: { maxRetries: 0 } }), 'db');
    expect(error).toMatchObject({ ...facts, key: 'db', message: `AWS Secrets Manager: reading 'db': ${message}` });
  });

  it('is told of single keys of a batch with the same words', async () => {
    house.aws.secrets.set('locked', {
      text: 'x',
      refusal: { name: 'AccessDeniedException', message: 'User arn:x is not authorized' },
    });
    house.aws.secrets.set('broken', { text: 'x', refusal: { name: 'InternalServiceError' } });
    const backend = await house.open();
    const requests = ['db', 'locked', 'going', 'broken', 'nothing'].map((key) => ({ key }));
    expect(await backend.read(requests, signal)).toMatchObject([
      { rules: 'aws' },
      { class: 'Denied', key: 'locked', message: "AWS Secrets Manager: reading 'locked': access denied" },
      { class: 'Deleted', key: 'going' },
      { class: 'Unavailable', key: 'broken' },
      { class: 'NotFound', key: 'nothing' },
    ]);
  });

  it('is said of the tags of a secret marked for deletion too, although AWS still gives them', async () => {
    expect(await refusalOf(await house.open(), { key: 'going', metadata: true })).toMatchObject({
      class: 'Deleted',
      key: 'going',
    });
  });

  it('never shows a value, an answer, a token or a signature, however the error is looked at', async () => {
    const marker = 'SUPER-SECRET-MARKER';
    house.aws.refusals.set('GetSecretValue', {
      name: 'ValidationException',
      message: `${marker} in the answer`,
      headers: { 'x-amzn-requestid': marker },
    });
    const error = await refusalOf(
      await house.open({ auth: { secretRef } }, { secrets: { ...keys, 'aws/secret': marker } }),
      'db',
    );
    const shown = [
      inspect(error, { depth: 20, showHidden: true }),
      String(error),
      JSON.stringify(error),
      error.stack,
    ].join();
    expect(shown).not.toContain(marker);
    expect(shown).not.toContain('Signature');
  });

  it('is the same text at every retry', async () => {
    let count = 0;
    house.aws.refusals.set('GetSecretValue', () => ({ name: 'AccessDeniedException', message: `request ${++count}` }));
    const backend = await house.open();
    const texts = new Set([(await refusalOf(backend, 'db')).message, (await refusalOf(backend, 'db')).message]);
    expect(texts.size).toBe(1);
  });
});
