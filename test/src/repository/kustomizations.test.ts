// Names and namespaces as kustomize 5.8 makes them.

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isKustomization, Kustomizations } from '../../../src/repository/kustomizations.ts';

const of = (files: Record<string, string>) =>
  new Kustomizations(
    Object.entries(files).map(([folder, text]) => ({ path: `${folder}/kustomization.yaml`, value: parse(text) })),
  );
const short = (one: Kustomizations, path: string) =>
  one
    .renamesOf(path)
    .map(
      ({ namespace = '-', prefix, suffix, isCertain, root }) =>
        `${root}: ${namespace} ${prefix}*${suffix}${isCertain ? '' : ' ?'}`,
    );

describe('what Kustomizations make of names', () => {
  it('adds up from the inside to the outside, the outermost namespace last', () => {
    const all = of({
      base: '{resources: [a.yaml, ../more/b.yaml], namespace: inner, namePrefix: in-, nameSuffix: -in}',
      'overlays/eu': '{resources: [../../base], namespace: eu, namePrefix: eu-}',
      'overlays/us': '{bases: [../../base/], nameSuffix: -us}',
    });
    const expected = ['overlays/eu: eu eu-in-*-in', 'overlays/us: inner in-*-in-us'];
    expect(short(all, 'base/a.yaml')).toEqual(expected);
    expect(short(all, 'more/b.yaml')).toEqual(expected);
    expect(short(all, 'base/other.yaml')).toEqual([]);
  });

  it('follows a component', () => {
    const all = of({
      app: '{resources: [a.yaml], components: [../c], namespace: app}',
      c: '{resources: [b.yaml], namePrefix: c-}',
    });
    expect(short(all, 'app/a.yaml')).toEqual(['app: app c-*']);
  });

  it('follows components, which change what is taken in beside them, once (kubectl kustomize 1.36)', () => {
    const all = of({
      base: '{resources: [a.yaml], namespace: inner, namePrefix: in-, nameSuffix: -in}',
      c: '{resources: [b.yaml], namePrefix: c-, nameSuffix: -c, namespace: cns}',
      eu: '{resources: [../base, d.yaml], components: [../c], namePrefix: eu-}',
      top: '{resources: [../eu], namespace: top, nameSuffix: -top}',
    });
    expect(short(all, 'base/a.yaml')).toEqual(['top: top eu-c-in-*-in-c-top']);
    expect(short(all, 'c/b.yaml')).toEqual(['top: top eu-c-*-c-top']);
    expect(short(all, 'eu/d.yaml')).toEqual(['top: top eu-c-*-c-top']);
  });

  it.each([
    ['transformers', 'transformers: [names.yaml]'],
    ['replacements', 'replacements: [{path: r.yaml}]'],
    ['a patch of the name', 'patches: [{patch: "[{op: replace, path: /metadata/name, value: x}]"}]'],
    ['a component out of reach', 'components: ["https://example.com/c"]'],
  ])('is uncertain with %s', (_, text) => {
    expect(short(of({ app: `resources: [a.yaml]\n${text}` }), 'app/a.yaml')).toEqual([expect.stringMatching(/ \?$/)]);
  });

  it('has no trouble with circles, addresses, nonsense and too many ways', () => {
    const circle = of({ a: '{resources: [../b, x.yaml]}', b: '{resources: [../a]}' });
    expect(short(circle, 'a/x.yaml').length).toBeLessThan(3);
    const odd = of({
      a: '{resources: [5, null, ../../../out.yaml, "https://example.com/x", /abs.yaml, {b: c}], patches: text}',
      '.': '[a]',
    });
    expect(short(odd, 'a/x.yaml')).toEqual([]);
    const layers = Object.fromEntries(
      Array.from({ length: 12 }, (_, n) =>
        ['l', 'r'].map((side) => [
          `${side}${n}`,
          n === 0 ? '{resources: [../x.yaml]}' : `{resources: [../l${n - 1}, ../r${n - 1}]}`,
        ]),
      ).flat(),
    );
    const many = short(of(layers), 'x.yaml');
    expect(many.length).toBeLessThanOrEqual(128);
    expect(many.every((one) => one.endsWith('?'))).toBe(true);
  });

  it('knows the top of a repository, and patches', () => {
    const all = new Kustomizations([
      {
        path: 'kustomization.yaml',
        value: { resources: ['./a.yaml'], namespace: 'x', patchesStrategicMerge: ['p.yaml', 'kind: inline\n'] },
      },
      {
        path: 'b/kustomization.yaml',
        value: { patches: [{ path: '../q.yaml' }], patchesJson6902: [{ path: 'r.yaml' }] },
      },
    ]);
    expect(short(all, 'a.yaml')).toEqual(['.: x *']);
    expect(['p.yaml', 'q.yaml', 'b/r.yaml', 'a.yaml'].map((path) => all.isPatch(path))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('is read from files of three names', () => {
    expect(
      ['kustomization.yaml', 'a/kustomization.yml', 'a/Kustomization', 'a/my-kustomization.yaml'].map(isKustomization),
    ).toEqual([true, true, true, false]);
  });

  it.each([
    ['of another kind', 'patches: [{path: p.yaml, target: {kind: Deployment}}]', false],
    ['of another kind, written out', 'patches: [{patch: "kind: Deployment"}]', false],
    ['in a file', 'patches: [{path: p.yaml}]', true],
    ['of SealedSecrets', 'patches: [{path: p.yaml, target: {kind: SealedSecret}}]', true],
    ['of a pattern', 'patches: [{path: p.yaml, target: {kind: "(Sealed"}}]', true],
    ['of an old form', 'patchesStrategicMerge: [p.yaml]', true],
  ])('tell whether patches %s may be for a SealedSecret', (_, patches, mayPatch) => {
    const all = new Kustomizations([
      { path: 'base/kustomization.yaml', value: { resources: ['a.yaml'] } },
      { path: 'one/kustomization.yaml', value: parse(`{resources: [../base], ${patches}}`) },
    ]);
    expect(all.renamesOf('base/a.yaml')).toMatchObject([{ root: 'one', mayPatch }]);
  });
});
