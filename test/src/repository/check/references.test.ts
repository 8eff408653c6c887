// References to what nothing in the repository defines.

import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../../src/manifest/documents.ts';
import { objectsOf } from '../../../../src/manifest/objects.ts';
import { noPins } from '../../../../src/repository/check/pins.ts';
import { References } from '../../../../src/repository/check/references.ts';
import type { FileSubject } from '../../../../src/repository/check/subject.ts';
import type { Rename } from '../../../../src/repository/kustomizations.ts';

const plain: FileSubject = {
  ...{ file: 'f.yaml', path: 'f.yaml', rule: undefined, ruleName: '', pins: noPins, renames: [] },
  ...{ isPatch: false, isSingle: true },
  now: new Date('2026-11-21'),
};
const rename = (more: Partial<Rename>): Rename => ({
  ...{ namespace: undefined, prefix: '', suffix: '', isCertain: true, mayPatch: false, root: '.', saidBy: {} },
  ...more,
});

function check(...files: (string | [string, Partial<FileSubject>])[]) {
  const references = new References();
  for (const [index, file] of files.entries()) {
    const [text, more] = typeof file === 'string' ? [file, {}] : file;
    const name = `${index}.yaml`;
    for (const object of parseManifest(text, { file: name }).documents.flatMap(objectsOf))
      references.see({ ...plain, file: name, ...more, object });
  }
  return references
    .findings()
    .map(({ file, line, message, hint }) => `${file}:${line} ${message}${hint ? ` (${hint})` : ''}`);
}

const object = (group: string, kind: string, name: string, namespace: string | undefined, spec = '{}') =>
  `apiVersion: ${group}\nkind: ${kind}\nmetadata: {name: "${name}"${namespace ? `, namespace: "${namespace}"` : ''}}\nspec: ${spec}\n`;
const store = (name: string, namespace?: string) => object('external-secrets.io/v1', 'SecretStore', name, namespace);
const clusterStore = (name: string) => object('external-secrets.io/v1', 'ClusterSecretStore', name, undefined);
const external = (spec: string, namespace: string | undefined = 'shop') =>
  object('external-secrets.io/v1', 'ExternalSecret', 'db', namespace, spec);
const vault = (kind: string, name: string, namespace?: string, spec?: string) =>
  object('secrets.hashicorp.com/v1beta1', kind, name, namespace, spec);

const to = (name: string, kind?: string) => `{secretStoreRef: {name: "${name}"${kind ? `, kind: ${kind}` : ''}}}`;

describe('stores that are referred to', () => {
  it('are found in the namespace of the ExternalSecret, or for the whole cluster', () => {
    expect(check(external(to('vault')), store('vault', 'shop'))).toEqual([]);
    expect(check(external(to('vault', 'ClusterSecretStore')), clusterStore('vault'))).toEqual([]);
    expect(check(external(to('vault')), store('vault', 'other'))).toEqual([
      '0.yaml:4 ExternalSecret db refers to the SecretStore vault, which nothing in the repository defines (there is one in namespace other)',
    ]);
    expect(check(external(to('vault')), clusterStore('vault'))).toEqual([
      expect.stringContaining('(there is a ClusterSecretStore vault)'),
    ]);
  });

  it('are told at their line, with what was probably meant', () => {
    const text = external(`
  data:
  - secretKey: a
    remoteRef: {key: a}
    sourceRef:
      storeRef:
        name: vautl
  dataFrom:
  - sourceRef: {storeRef: {name: nowhere, kind: ClusterSecretStore}}`);
    expect(check(text, store('vault', 'shop'))).toEqual([
      '0.yaml:10 ExternalSecret db refers to the SecretStore vautl, which nothing in the repository defines (did you mean vault?)',
      '0.yaml:12 ExternalSecret db refers to the ClusterSecretStore nowhere, which nothing in the repository defines',
    ]);
  });

  it('may be in a namespace that nobody knows yet', () => {
    expect(check(external(to('vault')), store('vault'))).toEqual([]);
    expect(check(external(to('vault'), ''), store('vault', 'shop'))).toEqual([]);
    expect(check(external(to('vault')), store('vault', `$${'{NAMESPACE}'}`))).toEqual([]);
    expect(check(external(to('vault')), store('{{ .Release.Name }}', 'shop'))).toEqual([]);
    expect(check(external(to('{{ .Values.store }}')))).toEqual([]);
  });

  it('follow what Kustomizations make of names and namespaces', () => {
    const moved = { renames: [rename({ namespace: 'shop', prefix: 'prod-' })] };
    expect(check(external(to('prod-vault')), [store('vault', 'other'), moved])).toEqual([]);
    expect(check([external(to('vault'), 'other'), moved], store('vault', 'shop'))).toEqual([]);
    expect(check(external(to('x')), [store('vault', 'other'), { renames: [rename({ isCertain: false })] }])).toEqual(
      [],
    );
    expect(check([external(to('vault'), ''), moved], store('vault', 'elsewhere'))).toHaveLength(1);
  });

  it('are not defined by a patch', () => {
    expect(check(external(to('vault')), [store('vault', 'shop'), { isPatch: true }])).toHaveLength(1);
    expect(check([external(to('vault')), { isPatch: true }], store('vault', 'any'))).toEqual([]);
  });

  it('of a ClusterExternalSecret are those of the cluster: the others are where its namespaces are', () => {
    const spec = (kind: string) => `{externalSecretSpec: ${to('vault', kind)}}`;
    const many = (kind: string) =>
      object('external-secrets.io/v1', 'ClusterExternalSecret', 'c', undefined, spec(kind));
    expect(check(many('SecretStore'))).toEqual([]);
    expect(check(many('ClusterSecretStore'))).toHaveLength(1);
  });
});

describe('logins, connections and transformations that are referred to', () => {
  const secret = (spec: string) => vault('VaultStaticSecret', 'db', 'shop', spec);

  it('are in the namespace of the object, or in the one before the slash', () => {
    expect(check(secret('{vaultAuthRef: app}'), vault('VaultAuth', 'app', 'shop'))).toEqual([]);
    expect(check(secret('{vaultAuthRef: vso/app}'), vault('VaultAuth', 'app', 'vso'))).toEqual([]);
    expect(check(secret('{vaultAuthRef: vso/app}'), vault('VaultAuth', 'app', 'shop'))).toEqual([
      '0.yaml:4 VaultStaticSecret db refers to the VaultAuth vso/app, which nothing in the repository defines (there is one in namespace shop)',
    ]);
    expect(
      check(vault('VaultAuth', 'a', 'shop', '{vaultConnectionRef: c}'), vault('VaultConnection', 'c', 'shop')),
    ).toEqual([]);
    expect(check(vault('VaultAuth', 'a', 'shop', '{vaultConnectionRef: c}'))).toHaveLength(1);
  });

  it('that are not named are the defaults of the controller, which a chart makes', () => {
    expect(check(secret('{}'), secret('{vaultAuthRef: ""}'), vault('VaultAuth', 'a', 'shop'))).toEqual([]);
    expect(check(vault('VaultAuth', 'a', 'shop', '{vaultAuthGlobalRef: {allowDefault: true}}'))).toEqual([]);
  });

  it('are named with their own namespace, or without', () => {
    const refs =
      '{destination: {transformation: {transformationRefs: [{name: t}, {name: t, namespace: lib}, {name: u}]}}}';
    expect(
      check(secret(refs), vault('SecretTransformation', 't', 'shop'), vault('SecretTransformation', 't', 'lib')),
    ).toEqual([expect.stringContaining('refers to the SecretTransformation u')]);
    const global = vault('VaultAuth', 'a', 'shop', '{vaultAuthGlobalRef: {name: g, namespace: vso}}');
    expect(check(global, vault('VaultAuthGlobal', 'g', 'vso'))).toEqual([]);
    expect(check(global, vault('VaultAuthGlobal', 'g', 'shop'))).toHaveLength(1);
  });

  it('count where the login that takes them over is, for the name alone in a VaultAuthGlobal', () => {
    expect(check(vault('VaultAuthGlobal', 'g', 'vso', '{vaultConnectionRef: c}'))).toEqual([]);
    expect(check(vault('VaultAuthGlobal', 'g', 'vso', '{vaultConnectionRef: vso/c}'))).toHaveLength(1);
  });
});

describe('what is no reference', () => {
  it('is passed by, whatever its shape', () => {
    for (const spec of ['[1]', 'text', '{secretStoreRef: [1], data: {a: 1}, dataFrom: [1, null, {sourceRef: 3}]}'])
      expect(check(external(spec))).toEqual([]);
    expect(check(vault('VaultStaticSecret', 'a', 'b', '{vaultAuthRef: 3, destination: [1]}'))).toEqual([]);
    expect(check('apiVersion: apps/v1\nkind: ExternalSecret\nspec: {secretStoreRef: {name: x}}')).toEqual([]);
  });

  it('may be defined by a template that is still to be rendered', () => {
    const references = new References();
    const [found] = parseManifest(external(to('vault', 'ClusterSecretStore')), { file: 'f' }).documents.flatMap(
      objectsOf,
    );
    if (!found) throw new Error('an object');
    references.see({ ...plain, object: found });
    expect(references.isDangling).toBe(true);
    references.defineText(
      '{{ if .Values.store }}\nkind: ClusterSecretStore\nmetadata: {name: {{ .Values.store }}}\n{{ end }}',
    );
    expect(references.isDangling).toBe(false);
    expect(references.findings()).toEqual([]);
  });
});
