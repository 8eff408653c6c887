// The definitions of external-secrets.io on a real API server: taken, established, without defaults, and refusing by CEL what TypeScript refuses.

import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { externalSecretRules, externalSecretViolations } from '../../src/kube/external-secret-rules.ts';
import type { ExternalSecretSpec } from '../../src/kube/external-secrets.ts';
import { breaking, placedRules } from '../support/crd-rules.ts';
import { fullExternalSecretSpec, fullStoreSpecs, type RuleCase, ruleCases } from '../support/external-secret-cases.ts';
import { describeOnCluster } from './support/real.ts';

const group = '/apis/external-secrets.io';
const plurals = {
  ExternalSecret: 'externalsecrets',
  ClusterExternalSecret: 'clusterexternalsecrets',
  SecretStore: 'secretstores',
  ClusterSecretStore: 'clustersecretstores',
} as const;
type Kind = keyof typeof plurals;
const kinds = Object.keys(plurals) as Kind[];
const definitions = [...Object.values(plurals), 'passwords'];

const allRules: readonly { id: string; message: string }[] = Object.values(externalSecretRules).flat();
const allMessages = allRules.map(({ message }) => message);
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const messages = new Map(
  Object.values(externalSecretRules).flatMap((rules) =>
    rules.map(
      (rule) =>
        [
          rule.id,
          new RegExp('cel' in rule ? escaped(rule.message) : 'should have at least 1|must have at most 1'),
        ] as const,
    ),
  ),
);

describeOnCluster('the definitions of external-secrets.io', (cluster) => {
  let namespace: string;
  const collection = (kind: Kind, version = 'v1') =>
    `${group}/${version}/${kind.startsWith('Cluster') ? '' : `namespaces/${namespace}/`}${plurals[kind]}`;
  const object = (kind: Kind, spec: object, { version = 'v1', name = 'case' } = {}) => ({
    apiVersion: `external-secrets.io/${version}`,
    kind,
    metadata: { name },
    spec,
  });
  const dryRun = ({ kind, spec }: Pick<RuleCase, 'kind' | 'spec'>, version = 'v1') =>
    cluster.api('POST', `${collection(kind, version)}?dryRun=All&fieldValidation=Strict`, {
      body: object(kind, spec, { version }),
    });

  beforeAll(async () => {
    namespace = await cluster.freshNamespace();
  });

  it.each(definitions)('%s is established, without a complaint, and fits client-side apply', async (plural) => {
    const name = `${plural}.${plural === 'passwords' ? 'generators.' : ''}external-secrets.io`;
    const { body } = await cluster.api('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
    const conditions = Object.fromEntries(body.status.conditions.map((one: { type: string }) => [one.type, one]));
    expect(conditions.Established.status).toBe('True');
    expect(conditions.NamesAccepted.status).toBe('True');
    expect(conditions.NonStructuralSchema).toBeUndefined();
    expect(body.spec.versions.map(({ storage }: { storage: boolean }) => storage)).toEqual(
      plural === 'passwords' ? [true] : [true, false],
    );
    expect(body.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'].length).toBeLessThan(200_000);
  });

  it('the API server has no warning about them', async () => {
    for (const plural of definitions) {
      const args = [
        'apply',
        '--dry-run=server',
        '-f',
        fileURLToPath(new URL(`../../deploy/crds/${plural}.yaml`, import.meta.url)),
      ];
      const { stdout, stderr } = await cluster.kubectl(args);
      expect([stdout, stderr]).toEqual([expect.stringContaining('unchanged'), '']);
    }
  });

  describe.each(kinds)('%s', (kind) => {
    const cases = ruleCases.filter((one) => one.kind === kind);
    it.each(cases.filter(({ breaks }) => !breaks).map((one) => [one.name, one] as const))(
      'takes %s',
      async (_, one) => {
        const { status, body } = await dryRun(one);
        expect([status, body.message]).toEqual([201, undefined]);
        expect(body.spec).toEqual(one.spec);
      },
    );
    it.each(cases.filter(({ breaks }) => breaks).map((one) => [one.name, one] as const))(
      'refuses %s',
      async (_, one) => {
        const { status, body } = await dryRun(one);
        expect(status).toBe(422);
        for (const { id, path } of one.breaks ?? []) {
          const cause = body.details.causes.find(({ field }: { field: string }) => field === path);
          expect(cause?.message).toMatch(messages.get(id) ?? 'no such rule');
        }
        // Beside a broken schema it says, of no field, that the rules were left alone.
        const causes = body.details.causes.filter(({ field }: { field: string }) => field !== '<nil>');
        expect(causes).toHaveLength(one.breaks?.length ?? 0);
      },
    );
  });

  it('every rule at every place of the definitions refuses, and names the field in words', async () => {
    const messageOf = (id: string) => allRules.find((rule) => rule.id === id)?.message ?? '';
    const rules = placedRules();
    expect(rules.length).toBeGreaterThan(60);
    for (const rule of rules) {
      const { spec, field } = breaking(rule, messageOf) ?? { spec: {}, field: 'no case' };
      const { status, body } = await dryRun({ kind: rule.kind as Kind, spec }, rule.version);
      const causes: { field: string; message: string }[] = body.details?.causes ?? [];
      expect([rule.place, status, causes.length]).toEqual([rule.place, 422, 1]);
      expect([rule.place, causes[0]?.field]).toEqual([rule.place, field]);
      // What kubectl shows: the object, the field, the words.
      expect(body.message).toMatch(
        new RegExp(`"case" is invalid: ${escaped(field)}: .*${escaped(rule.message ?? '')}$`),
      );
    }
  });

  it('CEL and TypeScript say the same of 300 specs put together by chance', async () => {
    for (const spec of fc.sample(anySpec, { numRuns: 300, seed: 4 })) {
      const expected = externalSecretViolations(spec).map(({ path, message }) => `${path}: ${message}`);
      const { status, body } = await dryRun({ kind: 'ExternalSecret', spec });
      const causes: { field: string; message: string }[] = body.details?.causes ?? [];
      // The API server puts the value before the message where it is a plain one.
      const said = causes.map(({ field, message }) => `${field}: ${allMessages.find((one) => message.endsWith(one))}`);
      expect([spec, status, said.toSorted()]).toEqual([spec, expected.length > 0 ? 422 : 201, expected.toSorted()]);
    }
  });

  it.each(['v1', 'v1beta1'])(
    'an ExternalSecret with every field comes back as it was applied (%s)',
    async (version) => {
      const { status, body } = await dryRun({ kind: 'ExternalSecret', spec: fullExternalSecretSpec }, version);
      expect([status, body.message]).toEqual([201, undefined]);
      expect(body.spec).toEqual(fullExternalSecretSpec);
      expect(body.status).toEqual({ observedGeneration: -1 });
    },
  );

  it.each(
    Object.entries(fullStoreSpecs).flatMap(([name, spec]) =>
      (['SecretStore', 'ClusterSecretStore'] as const).map((kind) => [kind, name, spec] as const),
    ),
  )('a %s with every field comes back as it was applied: %s', async (kind, _, spec) => {
    for (const version of ['v1', 'v1beta1']) {
      const { status, body } = await dryRun({ kind, spec }, version);
      expect([status, body.message]).toEqual([201, undefined]);
      expect(body.spec).toEqual(spec);
    }
  });

  it('a v1beta1 object is the same after it was read and written as v1', async () => {
    const at = (version: string) => `${collection('ExternalSecret', version)}/old`;
    const spec = {
      refreshInterval: '1h',
      secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' },
      target: { name: 'db' },
      data: [
        { secretKey: 'username', remoteRef: { key: 'prod/db', property: 'username' } },
        { secretKey: 'password', remoteRef: { key: 'prod/db', property: 'password' } },
      ],
    };
    const created = await cluster.api('POST', collection('ExternalSecret', 'v1beta1'), {
      body: object('ExternalSecret', spec, { version: 'v1beta1', name: 'old' }),
    });
    expect(created.status).toBe(201);
    const { body: read } = await cluster.api('GET', at('v1'));
    read.metadata.annotations = { touched: 'yes' };
    expect((await cluster.api('PUT', at('v1'), { body: read })).status).toBe(200);
    const { body: after } = await cluster.api('GET', at('v1beta1'));
    expect(after.apiVersion).toBe('external-secrets.io/v1beta1');
    expect(after.spec).toEqual(spec);
    expect(after.metadata.generation).toBe(1);
  });

  it('kubectl shows the reference’s columns, short names, category and field selectors', async () => {
    const kubectl = (...args: string[]) => cluster.kubectlOk(args);
    const body = object('ExternalSecret', fullExternalSecretSpec, { name: 'shown' });
    await cluster.api('POST', collection('ExternalSecret'), { body });
    await cluster.api('POST', collection('SecretStore'), {
      body: object('SecretStore', { provider: { fake: {} } }, { name: 'shown' }),
    });
    const status = {
      refreshTime: '2026-01-02T03:04:05Z',
      conditions: [{ type: 'Ready', status: 'True', reason: 'SecretSynced' }],
      sealwright: { anything: { at: 'all' } },
    };
    const patched = await cluster.api('PATCH', `${collection('ExternalSecret')}/shown/status`, {
      body: { status },
      contentType: 'application/merge-patch+json',
    });
    expect(patched.body.status).toEqual({ observedGeneration: -1, ...status });
    const [head = '', row = ''] = (await kubectl('get', 'es', 'shown', '-n', namespace)).split('\n');
    expect(head).toMatch(/^NAME +STORETYPE +STORE +REFRESH INTERVAL +STATUS +READY +LAST SYNC$/);
    expect(row).toMatch(/^shown +ClusterSecretStore +store +1h +SecretSynced +True +\d+[dhms]/);
    expect(await kubectl('get', 'ss', '-n', namespace)).toMatch(/^NAME +AGE +STATUS +CAPABILITIES +READY *\nshown/);
    expect(await kubectl('get', 'external-secrets', '-n', namespace)).toMatch(/secretstore[^\n]*\/shown/);
    const selected = ['--field-selector', 'spec.target.name=db,spec.secretStoreRef.kind=ClusterSecretStore'];
    const names = await kubectl('get', 'es', '-n', namespace, ...selected, '-o', 'name');
    expect(names).toContain('externalsecret.external-secrets.io/shown');
    await kubectl('get', 'css,ces');
  });

  it('a Password keeps what was applied', async () => {
    const path = `/apis/generators.external-secrets.io/v1alpha1/namespaces/${namespace}/passwords`;
    const spec = {
      length: 32,
      digits: 4,
      symbols: 0,
      noUpper: false,
      allowRepeat: true,
      encoding: 'hex',
      secretKeys: ['a'],
    };
    for (const given of [spec, {}]) {
      const { body } = await cluster.api('POST', `${path}?dryRun=All&fieldValidation=Strict`, {
        body: {
          apiVersion: 'generators.external-secrets.io/v1alpha1',
          kind: 'Password',
          metadata: { name: 'p' },
          spec: given,
        },
      });
      expect(body.spec).toEqual(given);
    }
  });
});

const some = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const sourceRef = fc.option(
  fc.record({ storeRef: some({ name: 's' }), generatorRef: some({ kind: 'Password', name: 'p' }) }).map(present),
  { nil: undefined },
);

/** Specs that the schema takes, and the rules may not. */
const anySpec: fc.Arbitrary<ExternalSecretSpec> = fc
  .record({
    refreshInterval: some('1h', '0', 'soon'),
    data: fc.option(
      fc.array(
        fc.record({
          secretKey: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
          remoteRef: fc.constant({ key: 'k' }),
          sourceRef: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, sourceRef),
        }),
        { maxLength: 3 },
      ),
    ),
    dataFrom: fc.option(
      fc.array(
        fc.record({
          extract: some({ key: 'k' }),
          find: some({}),
          sourceRef,
          rewrite: some([], [{ merge: {} }], [{}], [{ merge: {}, regexp: { source: 'a', target: 'b' } }]),
        }),
        { maxLength: 2 },
      ),
    ),
    target: fc.option(
      fc.record({
        creationPolicy: some('Owner', 'Orphan', 'Merge', 'CreateOrMerge', 'None'),
        deletionPolicy: some('Retain', 'Delete', 'Merge'),
        manifest: fc.oneof(
          { weight: 4, arbitrary: fc.constant(undefined) },
          fc.constant({ apiVersion: 'v1', kind: 'X' }),
        ),
        template: fc.option(
          fc.record({
            type: some('Opaque', 'kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'),
            metadata: some({}, { annotations: { 'kubernetes.io/service-account.name': 'x' } }),
            templateFrom: some([], [{ literal: 'a' }], [{ target: 'annotations' }], [{ target: 'other' }]),
          }),
        ),
      }),
    ),
  })
  .map((spec) => present(spec) as ExternalSecretSpec);

/** Without what is absent: JSON has no undefined, and the API server takes null for a wrong type. */
function present<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, one) => one ?? undefined));
}
