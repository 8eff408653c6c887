// The login by AWS identity: a request that only the holder of the keys can have signed, for this one Vault.

import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AwsKeys, iamLogin } from '../../../../controller/stores/vault/iam.ts';
import type { VaultIamAuth } from '../../../../src/kube/external-secrets.ts';

const keys: AwsKeys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const now = new Date('2026-03-04T05:06:07Z');

async function login(iam: Partial<VaultIamAuth> = {}, own: AwsKeys = keys) {
  const body = await iamLogin({ vaultRole: 'app', ...iam }, own, now);
  const text = (name: string) => Buffer.from(body[name] ?? '', 'base64').toString();
  const headers: Record<string, string[]> = JSON.parse(text('iam_request_headers'));
  return { body, url: text('iam_request_url'), statement: text('iam_request_body'), headers };
}

/** AWS Signature Version 4 by the letter of its documentation, to hold against the library's. */
function signature(headers: Record<string, string[]>, statement: string, region: string, secret: string): string {
  const authorization = headers.authorization?.[0] ?? '';
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]?.[0]?.trim()}\n`).join('');
  const canonical = ['POST', '/', '', canonicalHeaders, names.join(';'), sha256(statement)].join('\n');
  const scope = `20260304/${region}/sts/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', '20260304T050607Z', scope, sha256(canonical)].join('\n');
  const key = ['20260304', region, 'sts', 'aws4_request'].reduce<string | Buffer>(
    (by, part) => createHmac('sha256', by).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac('sha256', key).update(toSign).digest('hex');
}

describe('the login by iam', () => {
  it('is a signed GetCallerIdentity for the role, in the shape that Vault reads', async () => {
    const { body, url, statement, headers } = await login();
    expect(Object.keys(body).sort()).toEqual([
      'iam_http_request_method',
      'iam_request_body',
      'iam_request_headers',
      'iam_request_url',
      'role',
    ]);
    expect(body).toMatchObject({ role: 'app', iam_http_request_method: 'POST' });
    expect([url, statement]).toEqual(['https://sts.amazonaws.com/', 'Action=GetCallerIdentity&Version=2011-06-15']);
    expect(headers.host).toEqual(['sts.amazonaws.com']);
    const [authorization = ''] = headers.authorization ?? [];
    expect(authorization).toContain('Credential=AKIDEXAMPLE/20260304/us-east-1/sts/aws4_request');
    expect(authorization).toMatch(
      new RegExp(`Signature=${signature(headers, statement, 'us-east-1', keys.secretAccessKey)}$`),
    );
  });

  it.each([
    ['eu-central-1', 'sts.eu-central-1.amazonaws.com'],
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
  ])('in %s goes to %s', async (region, host) => {
    const { url, headers, statement } = await login({ region });
    expect(url).toBe(`https://${host}/`);
    expect(headers.authorization?.[0]).toContain(signature(headers, statement, region, keys.secretAccessKey));
  });

  it('signs the name of the server along, so that no other Vault can use it', async () => {
    const { headers, statement } = await login({ vaultAwsIamServerID: 'vault.example.com' });
    expect(headers['x-vault-aws-iam-server-id']).toEqual(['vault.example.com']);
    expect(headers.authorization?.[0]).toMatch(/SignedHeaders=[^,]*x-vault-aws-iam-server-id/);
    expect(headers.authorization?.[0]).toContain(signature(headers, statement, 'us-east-1', keys.secretAccessKey));
  });

  it('carries the token of a session, and never the secret key', async () => {
    const { body, headers } = await login({}, { ...keys, sessionToken: 'session' });
    expect(headers['x-amz-security-token']).toEqual(['session']);
    const sent = Object.values(body).map((part) => Buffer.from(part, 'base64').toString());
    expect(sent.join()).not.toContain(keys.secretAccessKey);
  });
});
