// Secrets of one name are put side by side, told apart where an environment has several, and what is missing is found.

import { describe, expect, test } from 'vitest';
import { gapsOf, matrixOf, narrowed, type PlacedSecret } from '../../../src/repository/matrix.ts';

type Given = Partial<Omit<PlacedSecret, 'items'>> & { items?: string[] };

function secret(environment: string | readonly string[], { items = ['a'], ...given }: Given = {}): PlacedSecret {
  const environments = typeof environment === 'string' ? [environment] : environment;
  const place = {
    isOwn: environments.length === 1,
    path: '',
    place: 'environments/*',
    document: 0,
    line: 1,
    isPatch: false,
  };
  return {
    ...{
      name: 'db',
      namespace: undefined,
      cluster: undefined,
      file: `environments/${environments[0]}/db.yaml`,
      environments,
    },
    ...place,
    ...given,
    items: new Map(items.map((item) => [item, undefined])),
  };
}

const shape = (secrets: PlacedSecret[]) =>
  matrixOf(secrets).rows.map(({ place, cells }) => [
    place,
    Object.fromEntries([...cells].map(([name, { items }]) => [name, [...items.keys()]])),
  ]);

describe('Secrets of one name', () => {
  test('are one, whatever their namespaces and files', () => {
    const secrets = [
      secret('staging', { namespace: 'shop-staging' }),
      secret('production', { namespace: 'shop', place: 'x/*' }),
    ];
    expect(shape(secrets)).toEqual([['', { production: ['a'], staging: ['a'] }]]);
  });

  test('are told apart by namespace where those match', () => {
    const secrets = ['staging', 'production'].flatMap((name) =>
      ['one', 'two'].map((namespace) => secret(name, { namespace })),
    );
    expect(shape(secrets).map(([place]) => place)).toEqual(['one', 'two']);
  });

  test('are told apart by folder where namespaces do not match', () => {
    const secrets = ['staging', 'production'].flatMap((name) =>
      ['one', 'two'].map((part) => secret(name, { namespace: `${part}-${name}`, place: `environments/*/${part}` })),
    );
    expect(shape(secrets).map(([place]) => place)).toEqual(['environments/*/one', 'environments/*/two']);
  });

  test('of a base and a patch are one, and the patch adds to the base', () => {
    const base = secret(['production', 'staging'], { items: ['a', 'b'] });
    const patch = secret('production', { items: ['c'], isPatch: true });
    expect(shape([base, patch])).toEqual([['', { production: ['a', 'b', 'c'], staging: ['a', 'b'] }]]);
    expect(matrixOf([base, patch]).rows[0]?.cells.get('production')?.parts[0]).toBe(patch);
  });

  test('that belong to no environment are left out', () => {
    expect(matrixOf([secret([])])).toEqual({ environments: [], rows: [] });
  });

  test('and items called like what every object has are items', () => {
    const secrets = [secret('staging', { items: ['constructor'] }), secret('production', { items: ['toString'] })];
    expect(gapsOf(matrixOf(secrets)).map(({ message }) => message.split(' ')[0])).toEqual(['constructor', 'toString']);
  });
});

describe('a gap', () => {
  test('is each item that one environment lacks, at the line of the Secret that lacks it', () => {
    const findings = gapsOf(
      matrixOf([secret('staging', { items: ['a', 'b', 'c'] }), secret('production', { line: 7 })]),
    );
    expect(findings.map(({ code, file, line, message }) => [code, file, line, message])).toEqual([
      ['SW401', 'environments/production/db.yaml', 7, 'b of Secret db is missing in production, and is in staging'],
      ['SW401', 'environments/production/db.yaml', 7, 'c of Secret db is missing in production, and is in staging'],
    ]);
  });

  test('is a Secret that one environment lacks wholly, once, whatever it holds', () => {
    const findings = gapsOf(matrixOf([secret('staging', { items: ['a', 'b'] }), secret('production', { name: 'x' })]));
    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      ['SW402', 'Secret x is missing in staging, and is in production'],
      ['SW402', 'Secret db is missing in production, and is in staging'],
    ]);
  });

  test('is seen in an environment that a rule names and nothing is in yet', () => {
    expect(gapsOf(matrixOf([secret('staging')], ['production'])).map(({ code }) => code)).toEqual(['SW402']);
  });

  test('is none where there is no item at all', () => {
    expect(gapsOf(matrixOf([secret('staging', { items: [] })], ['production']))).toEqual([]);
  });

  test('is none within one environment, or between those that are not asked for', () => {
    const matrix = matrixOf([secret('staging', { items: ['a', 'b'] }), secret('production'), secret('test')]);
    expect(gapsOf(narrowed(matrix, ['staging']))).toEqual([]);
    expect(gapsOf(narrowed(matrix, ['production', 'test']))).toEqual([]);
    expect(gapsOf(matrixOf([secret('staging')]))).toEqual([]);
  });
});
