// `.sealwright.yaml`: what it means, and every mistake at its place. Ajv reads the published schema beside the parser.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isSealError, type SealError } from '../../../src/errors.ts';
import { type Configuration, parseConfiguration } from '../../../src/repository/configuration.ts';
import { configurationSchema } from '../../../src/repository/configuration-schema.ts';
import { asksForBranch, isPlainPlace, ruleFor } from '../../../src/repository/rules.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const file = '.sealwright.yaml';
const read = (text: string) => parseConfiguration(text, { file });

const whole = `version: 1
clusters:
  production:
    certificates: [clusters/production/sealing.pem]   # pinned and committed; several allowed, newest first
    controller: {context: prod, namespace: kube-system, name: sealed-secrets-controller}
  staging:
    certificates: [clusters/staging/sealing.pem]
rules:
  - path: environments/production/**
    cluster: production
    namespace: shop
    scope: strict
    policy: {maxAge: 180d, forbidScopes: [cluster-wide], requireRecord: true}
  - path: environments/*/**
    branch: main
    cluster: staging
plain: [docs/**, test/fixtures/**]
`;

function refused(text: string): SealError {
  try {
    read(text);
  } catch (error) {
    if (isSealError(error)) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a configuration', () => {
  test('says everything that the file says', () => {
    const configuration = read(whole);
    expect([...configuration.clusters.keys()]).toEqual(['production', 'staging']);
    expect(configuration.clusters.get('production')).toEqual({
      certificates: ['clusters/production/sealing.pem'],
      certificateLines: [4],
      controller: { context: 'prod', namespace: 'kube-system', name: 'sealed-secrets-controller' },
      line: 3,
    });
    expect(configuration.rules[0]).toEqual({
      path: 'environments/production/**',
      cluster: 'production',
      namespace: 'shop',
      scope: 'strict',
      policy: { maxAgeDays: 180, forbidScopes: ['cluster-wide'], requireRecord: true },
      line: 9,
    });
    expect(configuration.rules[1]).toMatchObject({
      branch: 'main',
      policy: { forbidScopes: [], requireRecord: false },
    });
    expect(configuration.plain).toEqual(['docs/**', 'test/fixtures/**']);
  });

  test('may share parts by anchors and merge keys', () => {
    const { rules } = read(`version: 1
clusters: {a: {certificates: [a.pem]}}
rules:
  - &first {path: 'x/**', cluster: a, policy: &policy {maxAge: 2w}}
  - {<<: *first, path: 'y/**'}
`);
    expect(rules.map(({ path, policy }) => [path, policy.maxAgeDays])).toEqual([
      ['x/**', 14],
      ['y/**', 14],
    ]);
  });

  test('may say nothing but its version', () => {
    expect(read('version: 1\n')).toEqual({ clusters: new Map(), rules: [], plain: [] });
  });
});

describe('the first rule whose path and branch match', () => {
  const configuration: Configuration = read(whole);
  const clusterOf = (path: string, branch?: string) => ruleFor(configuration, { path, branch })?.cluster;

  test.each([
    ['environments/production/db.yaml', undefined, 'production'],
    ['environments/production/db.yaml', 'main', 'production'],
    ['environments/staging/db.yaml', 'main', 'staging'],
    ['environments/staging/db.yaml', 'feature', undefined],
    ['environments/staging/db.yaml', undefined, undefined],
    ['apps/db.yaml', 'main', undefined],
  ])('decides about %s on branch %s: %s', (path, branch, cluster) => {
    expect(clusterOf(path, branch)).toBe(cluster);
  });

  test('is known without a branch where no rule has one', () => {
    expect(asksForBranch(configuration)).toBe(true);
    expect(asksForBranch({ rules: configuration.rules.slice(0, 1) })).toBe(false);
  });

  test('has nothing to do with where plain Secrets are meant to be', () => {
    expect(isPlainPlace(configuration, 'docs/example.yaml')).toBe(true);
    expect(isPlainPlace(configuration, 'test/db.yaml')).toBe(false);
  });
});

/** Mistakes that the schema knows, with the line of each. */
const malformed: [what: string, text: string, line: number, says: RegExp, hint?: RegExp][] = [
  ['no version', 'rules: []\n', 1, /version is missing/],
  ['another version', 'version: 2\n', 1, /version cannot be "2"/, /one of 1/],
  ['a list at the top', '- version: 1\n', 1, /the file is not a mapping/],
  ['a misspelt field', 'version: 1\nrule: []\n', 2, /there is no field rule$/, /did you mean rules\?/],
  [
    'a misspelt field of a rule',
    whole.replace('namespace: shop', 'namspace: shop'),
    11,
    /there is no field rules\[0\]\.namspace$/,
    /did you mean namespace\?/,
  ],
  [
    'a scope that there is not',
    whole.replace('scope: strict', 'scope: global'),
    12,
    /rules\[0\]\.scope cannot be "global"/,
    /one of strict/,
  ],
  ['a rule without a cluster', whole.replace('    cluster: staging\n', ''), 14, /rules\[1\] has no cluster/],
  [
    'a number for a namespace',
    whole.replace('namespace: shop', 'namespace: 12'),
    11,
    /rules\[0\]\.namespace is not text/,
  ],
  [
    'a namespace no cluster has',
    whole.replace('namespace: shop', 'namespace: My Shop'),
    11,
    /namespace cannot be "My Shop"/,
  ],
  ['an age without a unit', whole.replace('180d', '"180"'), 13, /maxAge cannot be "180"/, /180d/],
  ['text for a list', whole.replace('[docs/**, test/fixtures/**]', 'docs'), 17, /plain is not a list/],
  ['no certificate in a list', whole.replace('[clusters/staging/sealing.pem]', '[]'), 7, /certificates is empty/],
  [
    'a certificate outside',
    whole.replace('clusters/staging/sealing.pem', '../x.pem'),
    7,
    /certificates\[0\] cannot be/,
  ],
  [
    'an absolute certificate',
    whole.replace('clusters/staging/sealing.pem', '/x.pem'),
    7,
    /certificates\[0\] cannot be/,
  ],
  ['an odd name of a cluster', whole.replace('  staging:', '  "a b":'), 6, /"a b" cannot be a name of clusters/],
  [
    'yes for a switch in quotes',
    whole.replace('requireRecord: true', 'requireRecord: "yes"'),
    13,
    /is not true or false/,
  ],
];

/** Mistakes that only reading it shows. */
const meaningless: typeof malformed = [
  [
    'a cluster that is not there',
    whole.replace('cluster: staging', 'cluster: stagin'),
    16,
    /no cluster stagin$/,
    /did you mean staging\?/,
  ],
  [
    'a glob that is none',
    whole.replace('path: environments/production/**', 'path: "environments/[x"'),
    9,
    /is not a pattern/,
  ],
  [
    'a cluster with nothing',
    whole.replace('    certificates: [clusters/staging/sealing.pem]\n', '    controller:\n'),
    7,
    /is not a mapping/,
  ],
  ['a rule against itself', whole.replace('[cluster-wide]', '[strict]'), 12, /own policy forbids the scope strict/],
];

describe('a mistake is told with its line and column, and what to do', () => {
  test.each([...malformed, ...meaningless])('%s', (_, text, line, says, hint) => {
    const error = refused(text);
    expect(error.message).toMatch(new RegExp(`^\\.sealwright\\.yaml:${line}:\\d+: `));
    expect(error.message).toMatch(says);
    if (hint) expect(error.hints.join('\n')).toMatch(hint);
  });

  test('and the others after it', () => {
    const error = refused(whole.replace('scope: strict', 'scope: global').replace('branch: main', 'brunch: main'));
    expect(error.message).toMatch(/^\.sealwright\.yaml:12:5: .*scope/);
    expect(error.hints.at(-1)).toMatch(/^also \.sealwright\.yaml:15:\d+: there is no field rules\[1\]\.brunch/);
  });

  test.each([
    ['not YAML', 'version: 1\nrules: [\n', /^\.sealwright\.yaml:\d+:\d+: not valid YAML/],
    ['empty', '', /\.sealwright\.yaml is empty/],
    ['two documents', 'version: 1\n---\nversion: 1\n', /^\.sealwright\.yaml:2: a second document/],
  ])('%s', (_, text, says) => {
    expect(refused(text).message).toMatch(says);
  });
});

describe('the published schema', () => {
  test('is the one that the parser checks', async () => {
    const text = `${JSON.stringify(configurationSchema, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(root, 'docs', 'sealwright.schema.json'));
  });

  const validate = new Ajv2020({ strict: true }).compile(JSON.parse(JSON.stringify(configurationSchema)));

  test.each([whole, 'version: 1\n', 'version: 1\nclusters: {}\n'])('accepts what the parser accepts', (text) => {
    read(text);
    expect(validate(parse(text))).toBe(true);
  });

  test.each(malformed)('refuses what the parser refuses: %s', (_, text) => {
    expect(validate(parse(text))).toBe(false);
  });

  test('is what docs/configuration.md tells: its example is valid, and no field is left out', () => {
    const page = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    read(example);
    expect(validate(parse(example))).toBe(true);
    const names = [...JSON.stringify(configurationSchema).matchAll(/"(\w+)":\{"(?:type|description)"/g)].map(
      ([, name]) => name,
    );
    const fields = names.filter((name) => !['items', 'additionalProperties', 'propertyNames'].includes(name ?? ''));
    expect(fields.length).toBeGreaterThan(12);
    for (const field of fields) expect(page).toContain(`\`${field}\``);
  });
});
