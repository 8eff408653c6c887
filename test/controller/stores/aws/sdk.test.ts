// What a controller without an AWS store pays for the AWS SDK: nothing.
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

describe('the AWS SDK', () => {
  it('is loaded by the first client alone: everything before it imports only types', async () => {
    const { metafile } = await build({
      entryPoints: [
        'controller/stores/aws/backend.ts',
        'controller/stores/aws/identity.ts',
        'controller/stores/aws/connections.ts',
      ],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      outdir: 'unused',
      logLevel: 'silent',
    });
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
    const aws = imports.filter(({ path }) => /^@(aws-sdk|smithy)\//.test(path));
    expect(new Set(aws.map(({ path }) => path))).toEqual(
      new Set([
        '@aws-sdk/client-secrets-manager',
        '@aws-sdk/client-ssm',
        '@aws-sdk/client-sts',
        '@aws-sdk/credential-providers',
      ]),
    );
    expect(aws.filter(({ kind }) => kind !== 'dynamic-import')).toEqual([]);
  });
});
