// Environments are told from folders, Kustomizations and rules, in this order.

import { describe, expect, test } from 'vitest';
import { belongingOf, counterpartOf, environmentIn } from '../../../src/repository/environments.ts';

const known = new Set(['production', 'staging']);
const where = (path: string, { roots = [] as string[], cluster = undefined as string | undefined } = {}) =>
  belongingOf({ path, roots, cluster }, known);

describe('a file belongs to', () => {
  test.each([
    ['environments/staging/db.yaml', ['staging'], 'environments/*'],
    ['environments/staging/shop/db.yaml', ['staging'], 'environments/*/shop'],
    ['apps/shop/overlays/production/db.yaml', ['production'], 'apps/shop/overlays/*'],
    ['clusters/eu-1/db.yaml', ['eu-1'], 'clusters/*'],
    ['apps/production/db.yaml', ['production'], 'apps/*'],
    ['production/db.yaml', ['production'], '*'],
  ])('the environment of its folder: %s', (path, environments, place) => {
    expect(where(path)).toEqual({ environments, isOwn: true, place });
  });

  test('those whose Kustomizations take it in, where it lies with none', () => {
    const roots = ['overlays/staging', 'overlays/production', 'overlays/staging'];
    expect(where('overlays/base/db.yaml', { roots, cluster: 'staging' })).toEqual({
      environments: ['production', 'staging'],
      isOwn: false,
      place: 'overlays/base',
    });
  });

  test('the cluster of its rule, where nothing else is known, and otherwise to none', () => {
    expect(where('db.yaml', { cluster: 'production' }).environments).toEqual(['production']);
    expect(where('db.yaml').environments).toEqual([]);
    expect(where('apps/base/db.yaml').environments).toEqual([]);
  });

  test('none that only a file is called like', () => {
    expect(where('environments/production.yaml').environments).toEqual([]);
  });
});

test.each([
  ['environments/production', 'production'],
  ['environments/*', undefined],
  ['environments/{a,b}', undefined],
  ['overlays/base', undefined],
  ['.', undefined],
])('the folder of a rule, %s, names %s', (folder, name) => {
  expect(environmentIn(folder)).toBe(name);
});

test.each([
  ['environments/staging/db.yaml', 'environments/production/db.yaml'],
  ['apps/staging/staging/db.yaml', 'apps/production/staging/db.yaml'],
  ['staging.yaml', undefined],
  ['environments/test/staging.yaml', undefined],
])('%s becomes %s in production', (path, wanted) => {
  expect(counterpartOf(path, { from: 'staging', to: 'production' })).toBe(wanted);
});
