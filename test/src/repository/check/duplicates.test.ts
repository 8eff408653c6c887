// Two manifests that make one Secret, through Kustomizations and rules.

import { describe, expect, it } from 'vitest';
import { Duplicates } from '../../../../src/repository/check/duplicates.ts';
import { rule, way, wholeFindings } from './subjects.ts';

const object = (kind: string, more = '', metadata = '{name: db, namespace: shop}') => {
  const group = { SealedSecret: 'bitnami.com/v1alpha1', ExternalSecret: 'external-secrets.io/v1', Secret: 'v1' }[kind];
  return `apiVersion: ${group ?? 'secrets.hashicorp.com/v1beta1'}\nkind: ${kind}\nmetadata: ${metadata}\n${more}\n`;
};
const found = (...files: Parameters<typeof wholeFindings>[1]) => wholeFindings(new Duplicates(), files);
const twice = (a: string, b: string) => found({ text: `${a}---\n${b}` });
const sealed = object('SealedSecret');
const ruled = { rule: rule() };

describe('a Secret that two manifests make', () => {
  it.each([
    ['two SealedSecrets', sealed, sealed],
    ['a SealedSecret and an ExternalSecret', sealed, object('ExternalSecret')],
    [
      'an ExternalSecret by its target',
      sealed,
      object('ExternalSecret', 'spec: {target: {name: db}}', '{name: x, namespace: shop}'),
    ],
    [
      'a VaultStaticSecret that creates',
      sealed,
      object('VaultStaticSecret', 'spec: {destination: {name: db, create: true}}', '{name: x, namespace: shop}'),
    ],
    ['a plain Secret', sealed, object('Secret', 'stringData: {a: b}')],
  ])('is found in one file: %s', (_, a, b) => {
    expect(twice(a, b)).toEqual([
      expect.stringMatching(/^SW112 a\.yaml:8 the Secret shop\/db is also made by a\.yaml:1$/),
    ]);
  });

  it.each([
    ['another name', object('SealedSecret', '', '{name: other, namespace: shop}')],
    ['another namespace', object('SealedSecret', '', '{name: db, namespace: store}')],
    ['an ExternalSecret that merges', object('ExternalSecret', 'spec: {target: {creationPolicy: Merge}}')],
    [
      'an ExternalSecret that makes something else',
      object('ExternalSecret', 'spec: {target: {manifest: {apiVersion: v1, kind: ConfigMap}}}'),
    ],
    ['a VaultStaticSecret that fills', object('VaultStaticSecret', 'spec: {destination: {name: db}}')],
    ['a Secret without values', object('Secret')],
    [
      'a Secret that may be taken over',
      object(
        'Secret',
        'stringData: {a: b}',
        '{name: db, namespace: shop, annotations: {sealedsecrets.bitnami.com/managed: "true"}}',
      ),
    ],
    [
      'a SealedSecret that patches',
      object('SealedSecret', 'spec: {template: {metadata: {annotations: {sealedsecrets.bitnami.com/patch: "true"}}}}'),
    ],
    ['a name to be filled in', object('SealedSecret', '', '{name: "{{ .name }}", namespace: shop}')],
    ['no name', object('SealedSecret', '', '{}')],
  ])('is none with %s', (_, other) => {
    expect(twice(sealed, other)).toEqual([]);
    expect(twice(other, sealed)).toEqual([]);
  });

  it('is found in two files of one cluster, and in no others', () => {
    const a = { file: 'a.yaml', text: sealed };
    const b = { file: 'b.yaml', text: sealed };
    expect(found({ ...a, ...ruled }, { ...b, ...ruled })).toHaveLength(1);
    expect(found(a, b)).toEqual([]);
    expect(found({ ...a, ...ruled }, { ...b, rule: rule({ cluster: 'staging' }) })).toEqual([]);
    const none = object('SealedSecret', '', '{name: db}');
    expect(found({ ...a, text: none, ...ruled }, { ...b, text: none, ...ruled })).toEqual([]);
    const named = { rule: rule({ namespace: 'shop' }) };
    expect(found({ ...a, text: none, ...named }, { ...b, ...named })).toHaveLength(1);
  });

  it('is found under the names that Kustomize gives, for what one Kustomization takes in', () => {
    const a = { file: 'a.yaml', text: object('SealedSecret', '', '{name: db}') };
    const b = { file: 'b.yaml', text: object('SealedSecret', '', '{name: db, namespace: any}') };
    const renames = [way({ namespace: 'eu', prefix: 'eu-' })];
    expect(found({ ...a, renames }, { ...b, renames })).toEqual([
      'SW112 b.yaml:3 the Secret eu/eu-db is also made by a.yaml:1',
    ]);
    expect(found({ ...a, renames }, { ...b, renames: [way({ namespace: 'us', root: 'us' })] })).toEqual([]);
    expect(found({ ...a, renames }, { ...b, renames, isPatch: true })).toEqual([]);
    const shared = [...renames, way({ namespace: 'us', root: 'us' })];
    expect(found({ ...a, renames: shared })).toEqual([]);
    const external = { file: 'c.yaml', text: object('ExternalSecret', 'spec: {target: {name: eu-db}}'), renames };
    expect(found({ ...a, renames }, external)).toHaveLength(1);
  });
});
