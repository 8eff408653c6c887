// Repositories as people lay them out, and the first configuration for each.

import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../../src/repository/configuration.ts';
import { environmentsOf, inRuleOrder, unnamableFolders } from '../../../src/repository/layout.ts';
import { newConfiguration } from '../../../src/repository/new-configuration.ts';

describe('the environments of a repository', () => {
  test.each([
    [
      'of Flux',
      [
        'clusters/production',
        'apps/base',
        'apps/production',
        'infrastructure/controllers',
        'infrastructure/production',
      ],
      { production: ['clusters/production/**', 'apps/production/**', 'infrastructure/production/**'] },
    ],
    [
      'of Kustomize, one base for all or one for each application',
      ['apps/overlays/dev', 'apps/shop/overlays/dev', 'apps/web/overlays/dev', 'apps/shop/base', 'overlays/dev'],
      { dev: ['overlays/dev/**', 'apps/*/overlays/dev/**', 'apps/overlays/dev/**'] },
    ],
    [
      'by folders of their own',
      ['environments/dev', 'environments/base', 'environments/.hidden', 'environments/common', 'docs/dev'],
      { dev: ['environments/dev/**'] },
    ],
    ['without any', ['apps/shop', 'src', 'clusters'], {}],
  ])('%s', (_, folders, expected) => {
    expect(Object.fromEntries(environmentsOf(folders).map(({ name, paths }) => [name, paths]))).toEqual(expected);
  });

  test('that no cluster can be called like are known all the same', () => {
    const folders = [
      'clusters/prod',
      'clusters/prod eu',
      'apps/x/overlays/a+b',
      'environments/.git',
      'environments/line\nend',
      'apps/a b',
    ];
    expect(environmentsOf(folders).map(({ name }) => name)).toEqual(['prod']);
    expect(unnamableFolders(folders)).toEqual(['apps/x/overlays/a+b', 'clusters/prod eu', 'environments/line\nend']);
    expect(unnamableFolders(['clusters/prod', 'overlays/base'])).toEqual([]);
  });

  test('that share a folder come last in the rules', () => {
    const rules = ['apps/one/**', 'overlays/two/**', 'apps/*/overlays/two/**', 'clusters/one/**'];
    expect(
      rules
        .map((path) => ({ path }))
        .sort(inRuleOrder)
        .map(({ path }) => path),
    ).toEqual(['clusters/one/**', 'overlays/two/**', 'apps/*/overlays/two/**', 'apps/one/**']);
  });
});

describe('a first configuration', () => {
  test('says what it was made of, whatever the names are', () => {
    const names = ['production', 'no', '1e3', 'a-b_c.d'];
    const clusters = names.map((name) => ({
      name,
      certificate: `clusters/${name}/sealing.pem`,
      context: `x/${name} {y}: #`,
    }));
    const rules = names.map((name) => ({ path: `clusters/${name}, [a]'"/**`, cluster: name, namespace: '123' }));
    const plainRules = rules.map(({ cluster }) => ({ path: `apps/*/overlays/${cluster}/**`, cluster }));
    const text = newConfiguration({
      clusters,
      rules: plainRules.concat(rules.map((rule) => ({ ...rule, path: `${rule.cluster} é/**` }))),
    });
    const read = parseConfiguration(text, { file: 'f' });
    expect(
      [...read.clusters].map(([name, { certificates, controller }]) => ({
        name,
        certificate: certificates[0],
        context: controller?.context,
      })),
    ).toEqual(clusters);
    expect(read.rules.map(({ path, cluster, namespace }) => ({ path, cluster, namespace }))).toEqual([
      ...plainRules.map((rule) => ({ ...rule, namespace: undefined })),
      ...rules.map(({ cluster, namespace }) => ({ path: `${cluster} é/**`, cluster, namespace })),
    ]);
  });

  test('is one even where there is nothing to say', () => {
    const read = parseConfiguration(newConfiguration({ clusters: [], rules: [] }), { file: 'f' });
    expect([read.clusters.size, read.rules]).toEqual([0, []]);
  });
});
