// Values that were sealed for another name, namespace or scope.

import { describe, expect, it } from 'vitest';
import { Identities } from '../../../../src/repository/check/identity.ts';
import { keys, rule, sealedSecret, way, wholeFindings } from './subjects.ts';

const forLabel = (label: string, options?: Parameters<typeof sealedSecret>[1]) =>
  sealedSecret({ a: { record: `${keys.newest} ${label} 2026-11-21` } }, options);
const found = (...files: Parameters<typeof wholeFindings>[1]) => wholeFindings(new Identities(), files);
const wide = (scope: string) => ({ annotations: [`sealedsecrets.bitnami.com/${scope}: "true"`] });
const says = (label: string, here: string) =>
  `SW105 a.yaml:13 a: sealed for ${label}, and would have to open as ${here}`;

describe('what a value was sealed for', () => {
  it.each([
    ['shop/db', undefined],
    ['shop', wide('namespace-wide')],
    ['*', wide('cluster-wide')],
    ['shop/db', { name: '"{{ .Release.Name }}"' }],
    ['shop/db', { metadata: ['namespace: $(NAMESPACE)'] }],
    ['shop/db', { metadata: [] }],
  ])('is what the SealedSecret is called: %s', (label, options) => {
    expect(found({ text: forLabel(label, options) })).toEqual([]);
  });

  it('is another name or namespace', () => {
    expect(found({ text: forLabel('shop/old') })).toEqual([says('shop/old', 'shop/db')]);
    expect(found({ text: forLabel('store/db') })).toEqual([says('store/db', 'shop/db')]);
    expect(found({ text: forLabel('shop/old', { metadata: [] }) })).toEqual([
      expect.stringMatching(/shop\/old, and would have to open as db$/),
    ]);
    expect(found({ text: forLabel('store', wide('namespace-wide')) })).toEqual([
      expect.stringMatching(/^SW105 .* as shop$/),
    ]);
  });

  it('is another scope, in every direction', () => {
    const message = (sealed: string, says: string) =>
      expect.stringMatching(
        new RegExp(`^SW106 .*: sealed ${sealed}, and the annotations of the SealedSecret say ${says}$`),
      );
    expect(found({ text: forLabel('*') })).toEqual([message('cluster-wide', 'strict')]);
    expect(found({ text: forLabel('shop') })).toEqual([message('namespace-wide', 'strict')]);
    expect(found({ text: forLabel('shop/db', wide('namespace-wide')) })).toEqual([message('strict', 'namespace-wide')]);
    expect(found({ text: forLabel('shop', wide('cluster-wide')) })).toEqual([
      message('namespace-wide', 'cluster-wide'),
    ]);
  });

  it('is told from the namespace of the rule where the manifest has none', () => {
    const text = forLabel('shop/db', { metadata: [] });
    expect(found({ text, rule: rule({ namespace: 'shop' }) })).toEqual([]);
    expect(found({ text, rule: rule({ namespace: 'store' }) })).toEqual([expect.stringMatching(/as store\/db$/)]);
  });

  it('is what Kustomize makes of the name', () => {
    const text = forLabel('eu/eu-db-blue', { metadata: [] });
    const overlay = way({ namespace: 'eu', prefix: 'eu-', suffix: '-blue' });
    expect(found({ text, renames: [overlay] })).toEqual([]);
    expect(found({ text, renames: [way({ prefix: 'us-', mayPatch: true }), overlay] })).toEqual([]);
    expect(found({ text, renames: [way({ namespace: 'us', prefix: 'us-' })] })).toEqual([
      expect.stringMatching(/as us\/us-db$/),
    ]);
    expect(found({ text: forLabel('shop/db'), renames: [overlay] })).toEqual([
      expect.stringMatching(/as eu\/eu-db-blue$/),
    ]);
    expect(found({ text: forLabel('shop/db'), renames: [way({ isCertain: false })] })).toEqual([]);
    expect(found({ text: forLabel('any/thing'), isPatch: true })).toEqual([]);
  });

  it('is found where it opens in one overlay and not in another that has it as it is', () => {
    const text = forLabel('eu/db', { metadata: [] });
    const renames = [way({ namespace: 'eu', root: 'eu' }), way({ namespace: 'us', root: 'us' })];
    const [message, ...others] = found({ text, renames });
    expect([message, others]).toEqual([expect.stringMatching(/: sealed for eu\/db, and us .* as us\/db$/), []]);
    // What nobody can see, or what may bring values of its own, is no mistake.
    for (const given of [{ mayPatch: true }, { isCertain: false }, { namespace: undefined }])
      expect(found({ text, renames: [way({ namespace: 'eu' }), way({ namespace: 'us', ...given })] })).toEqual([]);
    expect(found({ text: forLabel('*', wide('cluster-wide')), renames })).toEqual([]);
  });

  it('is put right by Flux and Argo CD, where the repository says so, wherever it says so', () => {
    const flux = (path: string, namespace = 'store') =>
      `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ${path}, targetNamespace: ${namespace}}\n`;
    const argo =
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {path: apps/one, kustomize: {namespace: store}}}\n';
    const text = forLabel('store/db');
    const file = { text, path: 'apps/one/a.yaml' };
    for (const path of ['./apps/one', 'apps/one/', '/apps', './'])
      expect(found(file, { text: flux(path) })).toEqual([]);
    expect(found({ text: argo }, file)).toEqual([]);
    expect(found(file, { text: flux('./apps/on') })).toHaveLength(1);
    expect(found(file, { text: flux('./apps/one', 'other') })).toHaveLength(1);
    expect(found({ ...file, text: forLabel('store/old') }, { text: flux('./apps') })).toHaveLength(1);
    const overlay = { text, path: 'base/a.yaml', renames: [way({ root: 'apps/one' })] };
    expect(found(overlay, { text: flux('./apps/one') })).toEqual([]);
  });
});

describe("the rule's namespace", () => {
  const manifest = (kind: string, namespace: string) =>
    `apiVersion: bitnami.com/v1alpha1\nkind: ${kind}\nmetadata:\n  name: db\n  namespace: ${namespace}\n`;
  const ruled = { rule: rule({ namespace: 'shop' }) };

  it('is that of manifests which make Secrets', () => {
    for (const kind of ['SealedSecret', 'ExternalSecret', 'VaultStaticSecret'])
      expect(found({ text: manifest(kind, 'store'), ...ruled })).toEqual([
        `SW115 a.yaml:5 the ${kind} is in namespace store, and the rule of .sealwright.yaml:7 puts its files into shop`,
      ]);
    for (const kind of ['Deployment', 'SecretStore'])
      expect(found({ text: manifest(kind, 'store'), ...ruled })).toEqual([]);
    expect(found({ text: manifest('SealedSecret', 'shop'), ...ruled })).toEqual([]);
    expect(found({ text: manifest('SealedSecret', '"$(X)"'), ...ruled })).toEqual([]);
    expect(found({ text: manifest('SealedSecret', 'store'), rule: rule() })).toEqual([]);
  });

  it('gives way to a Kustomization that puts another in its place', () => {
    const text = manifest('SealedSecret', 'store');
    expect(found({ text, ...ruled, renames: [way({ namespace: 'x' })] })).toEqual([]);
    expect(found({ text, ...ruled, renames: [way()] })).toHaveLength(1);
    const flux =
      'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ., targetNamespace: shop}\n';
    expect(found({ text, ...ruled }, { text: flux })).toEqual([]);
  });

  it('counts as one that values may be sealed for, whatever the manifest says', () => {
    expect(found({ text: forLabel('shop/db', { metadata: ['namespace: store'] }), ...ruled })).toEqual([
      expect.stringMatching(/^SW115/),
    ]);
  });
});
