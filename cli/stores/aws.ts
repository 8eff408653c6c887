// AWS Secrets Manager as a person's command reads it: credentials as every AWS program finds them, the current version.

import { AwsConnections } from '../../controller/stores/aws/connections.ts';
import type { KeySource } from '../../controller/stores/aws/keys.ts';
import { SecretsManagerOperations } from '../../controller/stores/aws/secrets-manager.ts';
import { serviceOptions } from '../../controller/stores/aws/service.ts';
import { isPassing, StoreError } from '../../controller/stores/store.ts';
import { UsageError } from '../../src/errors.ts';
import type { Context } from '../context.ts';
import type { StoreReader } from './read.ts';

const provider = 'aws-secrets-manager';
const login = 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; aws sso login renews a session';

/** Nothing is sent yet. */
export async function awsReader({ clock, jitter, env, signal }: Context): Promise<StoreReader> {
  const connections = new AwsConnections({ clock, random: jitter, environment: env });
  const { sdk } = connections;
  const regions = new Set<string>();
  return {
    async read(key) {
      const region = regionOf(key, env);
      regions.add(region);
      const scope = { provider, region } as const;
      const source: KeySource = { identity: ['default'], secrets: [], open: () => ownKeys(scope) };
      // One session for all reads of a region; closing the connections ends it.
      const { session } = connections.share(source, scope);
      const options = serviceOptions({ clock, sdk, prefix: '' }, session);
      return new SecretsManagerOperations(options, scope).value({ key }, signal);
    },
    hintsFor: (error) => hintsFor(error, [...regions]),
    close: () => connections.close(),
  };

  async function ownKeys(scope: { provider: typeof provider; region: string }) {
    try {
      return { value: await sdk.defaultKeys(scope) };
    } catch (cause) {
      throw new StoreError('Denied', 'AWS: there are no credentials that can be used', { provider, cause });
    }
  }
}

/** Of the ARN, else of the environment. Throws `UsageError`. */
function regionOf(key: string, env: Context['env']): string {
  const [, service, own] = /^arn:[^:]*:([^:]*):([^:]*):/.exec(key) ?? [];
  if (service !== undefined && service !== 'secretsmanager')
    throw new UsageError('--from-aws reads Secrets Manager, and this ARN is of another service', {
      hint: 'such as arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME',
    });
  const region = own || env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (!region) throw new UsageError('no region of AWS is named', { hint: 'set AWS_REGION, or give an ARN' });
  // It becomes part of a host's name.
  if (/^[a-z]{2}[a-z0-9-]{1,30}$/.test(region)) return region;
  throw new UsageError(`"${region}" is no region of AWS`, { hint: 'set AWS_REGION, such as eu-west-1' });
}

function hintsFor(error: StoreError, regions: readonly string[]): readonly string[] {
  const where = `it was looked for in ${regions.at(-1)}; AWS_REGION names another region`;
  if (error.class === 'Denied') return error.hints.length > 0 ? error.hints : [login];
  if (error.class === 'NotFound' || isPassing(error)) return [where];
  return error.hints;
}
