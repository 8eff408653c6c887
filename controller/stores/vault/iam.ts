// The login by AWS identity: a GetCallerIdentity request, signed by us and sent by Vault to learn who we are.

import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { base64Encode } from '../../../src/encoding/base64.ts';
import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import type { VaultIamAuth } from '../../../src/kube/external-secrets.ts';
import type { SecretBytes } from '../../../src/redact.ts';
import type { References } from '../references.ts';

/** What AWS requests are signed with. */
export interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** Where the keys for one store come from: static ones, a service account's role, or the controller's own; then `role`. */
export type AwsIdentity = (
  iam: VaultIamAuth,
  references: References,
  signal: AbortSignal,
) => Promise<{
  /** What tells these keys from others, without anything secret. */
  identity: unknown;
  /** What does so and is secret. */
  secrets: readonly SecretBytes[];
  /** Keys that are valid now. Throws `StoreError`. */
  credentials: () => Promise<AwsKeys>;
}>;

const statement = 'Action=GetCallerIdentity&Version=2011-06-15';

/** What is signed, and for whom. */
export interface IamLoginSettings {
  vaultRole: string;
  /** Default: us-east-1. */
  region?: string | undefined;
  vaultAwsIamServerID?: string | undefined;
  /** URL that Vault asks for the identity. Default: of the region. */
  stsEndpoint?: string | undefined;
}

/** The body of `auth/<mount>/login` for type iam (Vault's API documentation, AWS auth method; the shape of its Go client). */
export async function iamLogin(
  { vaultRole, region = 'us-east-1', vaultAwsIamServerID, stsEndpoint }: IamLoginSettings,
  keys: AwsKeys,
  now: Date,
): Promise<Record<string, string>> {
  const { sessionToken, ...longLived } = keys;
  const credentials = sessionToken === undefined ? longLived : { ...longLived, sessionToken };
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const url = new URL(stsEndpoint ?? `https://${stsHost(region)}/`);
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: {
        host: url.host,
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'content-length': String(statement.length),
        // Signed along, so that a request made for another server is of no use to it.
        ...(vaultAwsIamServerID && { 'x-vault-aws-iam-server-id': vaultAwsIamServerID }),
      },
      body: statement,
    },
    { signingDate: now },
  );
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return {
    role: vaultRole,
    iam_http_request_method: 'POST',
    iam_request_url: encoded(url.href),
    iam_request_headers: encoded(JSON.stringify(lists)),
    iam_request_body: encoded(statement),
  };
}

/** The global endpoint is us-east-1's; Vault's own `sts_endpoint` has to be the one that is named here. */
function stsHost(region: string): string {
  if (region === 'us-east-1') return 'sts.amazonaws.com';
  return `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

const encoded = (text: string) => base64Encode(utf8Bytes(text));

type Source = string | ArrayBuffer | ArrayBufferView;

/** SHA-256 in the shape that the signer asks for, keyed where it gives a key. */
class Sha256 {
  readonly #secret: Source | undefined;
  #hash: { update(data: Uint8Array): unknown; digest(): Uint8Array };

  constructor(secret?: Source) {
    this.#secret = secret;
    this.#hash = this.#fresh();
  }

  update(data: Source): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh() {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret));
  }
}

function bytesOf(source: Source): Uint8Array {
  if (typeof source === 'string') return utf8Bytes(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}
