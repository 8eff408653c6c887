// The definitions of secrets.hashicorp.com on a real API server: taken, established, without defaults, and refusing by CEL what TypeScript refuses.

import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { vaultSecretRules } from '../../src/kube/vault-secret-rules.ts';
import { plurals } from '../controller/support/vault-words.ts';
import { fullStaticSecretSpec, type VaultRuleCase, vaultRuleCases } from '../support/vault-secret-cases.ts';
import { describeOnCluster } from './support/real.ts';

const group = '/apis/secrets.hashicorp.com/v1beta1';
const rules = Object.values(vaultSecretRules).flatMap((all) => [...all]);
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const messages = new Map(
  rules.map((rule) => [rule.id, new RegExp('cel' in rule ? escaped(rule.message) : 'greater than or equal to')]),
);
const kinds = ['VaultConnection', 'VaultAuth', 'VaultAuthGlobal', 'VaultStaticSecret', 'SecretTransformation'] as const;

describeOnCluster('the definitions of secrets.hashicorp.com', (cluster) => {
  let namespace: string;
  const dryRun = ({ kind, spec }: Pick<VaultRuleCase, 'kind' | 'spec'>) =>
    cluster.api('POST', `${group}/namespaces/${namespace}/${kind.toLowerCase()}s?dryRun=All&fieldValidation=Strict`, {
      body: { apiVersion: 'secrets.hashicorp.com/v1beta1', kind, metadata: { name: 'case' }, spec },
    });

  beforeAll(async () => {
    namespace = await cluster.freshNamespace();
  });

  it.each(plurals)('%s is established, without a complaint', async (plural) => {
    const name = `${plural}.secrets.hashicorp.com`;
    const { body } = await cluster.api('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
    const conditions = Object.fromEntries(body.status.conditions.map((one: { type: string }) => [one.type, one]));
    expect(conditions.Established.status).toBe('True');
    expect(conditions.NamesAccepted.status).toBe('True');
    expect(conditions.NonStructuralSchema).toBeUndefined();
  });

  it('the API server has no warning about them', async () => {
    for (const plural of plurals) {
      const file = fileURLToPath(new URL(`../../deploy/crds/${plural}.yaml`, import.meta.url));
      const { stdout, stderr } = await cluster.kubectl(['apply', '--dry-run=server', '-f', file]);
      expect([stdout, stderr]).toEqual([expect.stringContaining('unchanged'), '']);
    }
  });

  describe.each(kinds)('%s', (kind) => {
    const cases = vaultRuleCases.filter((one) => one.kind === kind);
    it.each(cases.filter(({ breaks }) => !breaks).map((one) => [one.name, one] as const))(
      'takes %s',
      async (_, one) => {
        const { status, body } = await dryRun(one);
        expect([status, body.message]).toEqual([201, undefined]);
        expect(body.spec).toEqual(one.spec);
      },
    );
    const wrong = cases.filter(({ breaks }) => breaks).map((one) => [one.name, one] as const);
    if (wrong.length > 0) {
      it.each(wrong)('refuses %s', async (_, one) => {
        const { status, body } = await dryRun(one);
        expect(status).toBe(422);
        for (const { id, path } of one.breaks ?? []) {
          expect(body.message).toMatch(messages.get(id) ?? /no such rule/);
          expect(body.details.causes.map(({ field }: { field: string }) => field)).toContain(path);
        }
      });
    }
  });

  it('takes every field of the reference, and adds none', async () => {
    const { status, body } = await dryRun({ kind: 'VaultStaticSecret', spec: fullStaticSecretSpec });
    expect([status, body.message]).toEqual([201, undefined]);
    expect(body.spec).toEqual(fullStaticSecretSpec);
  });

  it('takes as many expressions, templates and targets as it says', async () => {
    const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, at) => make(at));
    const spec = {
      ...fullStaticSecretSpec,
      rolloutRestartTargets: many(100, (at) => ({ kind: 'Deployment', name: `api-${at}` })),
      destination: { name: 'db', transformation: { includes: many(500, (at) => `^${at}$`) } },
    };
    expect((await dryRun({ kind: 'VaultStaticSecret', spec })).status).toBe(201);
  });

  it.each([
    ['a type that is no KV engine', { type: 'kv-v3' }],
    ['a negative version', { version: -1 }],
    ['no mount', { mount: '' }],
    ['a target that is no workload', { rolloutRestartTargets: [{ kind: 'Pod', name: 'x' }] }],
    ['a field that there is not', { refreshafter: '30s' }],
  ])('refuses %s', async (_, wrong) => {
    const { status } = await dryRun({ kind: 'VaultStaticSecret', spec: { ...fullStaticSecretSpec, ...wrong } });
    expect([400, 422]).toContain(status);
  });

  it('shows what kubectl users look for', async () => {
    const name = 'vaultstaticsecrets.secrets.hashicorp.com';
    const { body } = await cluster.api('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
    const columns = body.spec.versions[0].additionalPrinterColumns.map((one: { name: string }) => one.name);
    expect(columns).toEqual(['Synced', 'Healthy', 'Ready', 'Reason', 'Age']);
  });
});
