// The manifests in docs/resources are manifests: they parse, and break no rule of their kind.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { planAlone } from '../controller/stores/data/static/transformation.ts';
import {
  clusterExternalSecretViolations,
  externalSecretViolations,
  storeViolations,
} from '../src/kube/external-secret-rules.ts';
import { vaultStaticSecretViolations } from '../src/kube/vault-secret-rules.ts';

const folder = new URL('../docs/resources/', import.meta.url);
const checks: Record<string, (spec: never) => unknown[] | Promise<unknown[]>> = {
  ExternalSecret: externalSecretViolations,
  ClusterExternalSecret: clusterExternalSecretViolations,
  SecretStore: storeViolations,
  ClusterSecretStore: storeViolations,
  VaultStaticSecret: vaultStaticSecretViolations,
  // One that cannot be used throws.
  SecretTransformation: async (spec) => ((await planAlone(spec, { namespace: 'shared', name: 'example' })) ? [] : []),
};

describe.each(readdirSync(folder))('%s', (page) => {
  const blocks = [...readFileSync(new URL(page, folder), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)].map(
    ([, text = '']) => text,
  );
  it.each(blocks)('%s', async (text) => {
    for (const document of parseAllDocuments(text)) {
      expect(document.errors).toEqual([]);
      const { apiVersion, kind, metadata, spec } = document.toJS();
      expect([apiVersion, metadata.name]).toEqual([expect.stringContaining('/'), expect.any(String)]);
      expect((await checks[kind]?.(spec as never)) ?? []).toEqual([]);
    }
  });
});

it('every library that reaches users has a line in docs/decisions/dependencies.md, and no other', () => {
  const at = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const rows = at('docs/decisions/dependencies.md').match(/^\| `.*$/gm) ?? [];
  const named = rows.flatMap((row) => {
    const names = [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    // `-ssm` after `@aws-sdk/client-secrets-manager` is one of its kin.
    return names.map((name) => (name.startsWith('-') ? `@aws-sdk/client${name}` : name));
  });
  expect(named.sort()).toEqual(Object.keys(JSON.parse(at('package.json')).dependencies).sort());
});
