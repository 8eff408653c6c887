// Objects of our kinds held against their definitions, each fault at its line.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { objectsOf } from '../../../src/manifest/objects.ts';
import { writtenDefinitions } from '../../../src/repository/definitions.ts';
import { type ObjectManner, objectFindings } from '../../../src/repository/object-schema.ts';

const find = (text: string, manner?: ObjectManner) =>
  parseManifest(text, { file: 'f.yaml' })
    .documents.flatMap(objectsOf)
    .flatMap((object) => objectFindings(object, manner));
const said = (text: string, manner?: ObjectManner) =>
  find(text, manner).map(({ code, line, message, hint }) => `${code} ${line}: ${message}${hint ? ` (${hint})` : ''}`);

const externalSecret = (spec: string) => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: shop}
spec:
${spec.replace(/^/gm, '  ')}`;

const whole = 'secretStoreRef: {name: vault}\ndata:\n- secretKey: a\n  remoteRef: {key: shop/db}';

describe('an object of our kinds', () => {
  it('without mistakes has no findings', () => {
    expect(said(externalSecret(whole))).toEqual([]);
  });

  it('with an unknown field is told which was probably meant, at the line of the field', () => {
    expect(said(externalSecret(`${whole}\nrefreshIntervall: 1h`))).toEqual([
      'SW201 9: ExternalSecret shop/db: there is no field spec.refreshIntervall (did you mean refreshInterval?)',
    ]);
    expect(said(externalSecret(whole.replace('key: shop/db', 'key: shop/db, propety: p')))).toEqual([
      'SW201 8: ExternalSecret shop/db: there is no field spec.data[0].remoteRef.propety (did you mean property?)',
    ]);
  });

  it('with a wrong type is told what is wanted, and when quotes would do', () => {
    expect(said(externalSecret(whole.replace('a\n', 'true\n')))).toEqual([
      'SW202 7: ExternalSecret shop/db: spec.data[0].secretKey is not text (put it in quotes)',
    ]);
    expect(said(externalSecret('secretStoreRef: vault\ndata: {}'))).toEqual([
      'SW202 5: ExternalSecret shop/db: spec.secretStoreRef is not a mapping',
      'SW202 6: ExternalSecret shop/db: spec.data is not a list',
    ]);
  });

  it('with a missing field is told where it belongs', () => {
    expect(said(externalSecret('secretStoreRef: {name: vault}\ndata:\n- secretKey: a'))).toEqual([
      'SW203 7: ExternalSecret shop/db: spec.data[0] has no remoteRef',
    ]);
    expect(said('apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret')).toEqual([
      'SW203 1: SealedSecret: metadata is missing',
      'SW203 1: SealedSecret: spec is missing',
    ]);
  });

  it('with a value that is not allowed is told which are, and the value is not shown', () => {
    expect(said(externalSecret(`${whole}\ntarget: {creationPolicy: hunter2}`))).toEqual([
      'SW204 9: ExternalSecret shop/db: spec.target.creationPolicy has a value that is not allowed (one of Owner, Orphan, Merge, CreateOrMerge, None)',
    ]);
  });

  it('that breaks a rule is told in the words of the API server', () => {
    expect(said(externalSecret('secretStoreRef: {name: vault}'))).toEqual([
      'SW205 4: ExternalSecret shop/db: spec: either data or dataFrom should be specified',
    ]);
    expect(said(externalSecret(`${whole}\nrefreshInterval: 1 hour`))).toEqual([
      expect.stringMatching(/^SW205 9: .*spec\.refreshInterval: must be a duration/),
    ]);
  });

  it('has metadata that the API server takes', () => {
    const text = `apiVersion: secrets.hashicorp.com/v1beta1
kind: VaultConnection
metadata:
  name: default
  label: {}
  annotations:
    example.com/since: 2026
    example.com/on: yes
spec: {address: https://vault}`;
    expect(said(text)).toEqual([
      'SW201 5: VaultConnection default: there is no field metadata.label (did you mean labels?)',
      'SW202 7: VaultConnection default: metadata.annotations.example.com/since is not text (put it in quotes)',
      'SW202 8: VaultConnection default: metadata.annotations.example.com/on is not text (put it in quotes)',
    ]);
  });

  it('is found in JSON, in flow style and in Lists, at its line', () => {
    expect(
      said(
        '{"apiVersion":"external-secrets.io/v1","kind":"SecretStore",\n"metadata":{"name":"s"},\n"spec":{"provder":{}}}',
      ),
    ).toEqual([
      'SW203 3: SecretStore s: spec has no provider',
      'SW201 3: SecretStore s: there is no field spec.provder (did you mean provider?)',
    ]);
    const list = `kind: List
apiVersion: v1
items:
- apiVersion: v1
  kind: ConfigMap
- {apiVersion: secrets.hashicorp.com/v1beta1, kind: VaultConnection, metadata: {name: c}, spec: {
    adress: x,
    address: z}}`;
    expect(said(list)).toEqual(['SW201 7: VaultConnection c: there is no field spec.adress (did you mean address?)']);
  });

  it('is read through aliases and merge keys', () => {
    const text = externalSecret(`x: &ref {name: vault, kid: SecretStore}
secretStoreRef: *ref
target: {<<: {nmae: a}}
${whole.split('\n').slice(1).join('\n')}`);
    expect(said(text)).toEqual([
      expect.stringMatching(/^SW201 5: .* spec\.x /),
      expect.stringMatching(/^SW201 6: .* spec\.secretStoreRef\.kid /),
      expect.stringMatching(/^SW201 7: .* spec\.target\.nmae /),
    ]);
  });

  it('may have nulls where the API server drops them', () => {
    const text = externalSecret(`${whole}\ntarget:\ndataFrom: null`).replace('shop}', 'shop, creationTimestamp: null}');
    expect(said(text)).toEqual([]);
    expect(said(externalSecret('secretStoreRef: {name: vault}\ndata:\ndataFrom:'))).toEqual([
      expect.stringMatching(/SW205 .* either data or dataFrom/),
    ]);
  });

  it('may leave to Flux and Helm what only they know', () => {
    expect(
      said(externalSecret(`${whole}\nrefreshInterval: $\{INTERVAL:=1h}\ntarget: {creationPolicy: "{{ .p }}"}`)),
    ).toEqual([]);
    expect(
      said(
        'apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultAuth\nmetadata: {name: a}\nspec: {kubernetes: {role: r, serviceAccount: s, tokenExpirationSeconds: "{{ .N }}"}}',
      ),
    ).toEqual([]);
  });

  it('may lack what stands elsewhere when it is a patch', () => {
    const patch = externalSecret('target: {$patch: delete}\nrefreshIntervl: 5m');
    expect(said(patch, { isPatch: true })).toEqual([expect.stringMatching(/^SW201 6: .* spec\.refreshIntervl /)]);
    expect(said(patch).length).toBeGreaterThan(1);
  });

  it('of a kind that is not served is named in a warning', () => {
    expect(
      find('apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultDynamicSecret\nmetadata: {name: d}'),
    ).toMatchObject([{ code: 'SW206', severity: 'warning', line: 2 }]);
    expect(said('apiVersion: external-secrets.io/v1alpha1\nkind: ExternalSecret')).toEqual([
      'SW206 2: Sealwright does not serve ExternalSecret of external-secrets.io/v1alpha1 (it serves ExternalSecret of external-secrets.io/v1, external-secrets.io/v1beta1)',
    ]);
  });

  it('of a kind that is mistyped is told which was probably meant', () => {
    expect(said('apiVersion: bitnami.com/v1alpha1\nkind: SealedSecrett')).toEqual([
      'SW206 2: Sealwright does not serve SealedSecrett of bitnami.com/v1alpha1 (did you mean SealedSecret?)',
    ]);
  });

  it('leaves sealed values to the findings about sealed values', () => {
    expect(
      said('apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\nspec: {encryptedData: {a: 1}}'),
    ).toEqual([]);
  });

  it('of other groups is nobody of ours', () => {
    for (const text of [
      'apiVersion: apps/v1\nkind: Deployment',
      'kind: ExternalSecret',
      'apiVersion: [1]\nkind: 2',
      '- 1',
    ])
      expect(said(text)).toEqual([]);
  });

  it('with names that JavaScript gives a meaning to is checked like any other', () => {
    expect(said(externalSecret(`${whole}\nconstructor: 1\n__proto__: 2`))).toEqual([
      expect.stringMatching(/^SW201 9: .* spec\.constructor/),
      expect.stringMatching(/^SW201 10: .* spec\.__proto__/),
    ]);
    expect(said('apiVersion: external-secrets.io/v1\nkind: constructor')).toEqual([expect.stringMatching(/^SW206/)]);
  });
});

describe('definitions', () => {
  const patterns = (schema: unknown): string[] =>
    typeof schema !== 'object' || schema === null
      ? []
      : Object.entries(schema).flatMap(([key, inner]) =>
          key === 'pattern' && typeof inner === 'string' ? [inner] : patterns(inner),
        );

  it.each(Object.entries(writtenDefinitions))('%s has patterns that can be used', (_, { schema }) => {
    for (const pattern of new Set(patterns(JSON.parse(schema)))) expect(() => new RegExp(pattern, 'u')).not.toThrow();
  });
});

const folders = ['../../../docs/resources/', '../../../docs/examples/external-secrets/'].map(
  (path) => new URL(path, import.meta.url),
);
const pages = folders.flatMap((folder) =>
  readdirSync(folder).map((name): [string, string] => [name, readFileSync(new URL(name, folder), 'utf8')]),
);

describe('what the documents show', () => {
  it.each(pages)('%s has no mistakes', (name, text) => {
    const manifests = name.endsWith('.md')
      ? [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => block)
      : [text];
    expect(manifests.flatMap((manifest) => find(manifest))).toEqual([]);
  });
});
