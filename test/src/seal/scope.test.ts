// Scopes, their annotations, and the labels that bind values to them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotationsOfScope, labelText, scopeOf, scopes, withoutScope } from '../../../src/seal/scope.ts';
import { runs } from '../../support/property.ts';

const clusterWide = 'sealedsecrets.bitnami.com/cluster-wide';
const namespaceWide = 'sealedsecrets.bitnami.com/namespace-wide';

describe('scopes', () => {
  test('only the exact text true widens a scope', () => {
    for (const text of ['True', 'TRUE', '1', 'yes', ' true', 'true ', '']) {
      expect(scopeOf({ [clusterWide]: text, [namespaceWide]: text })).toBe('strict');
    }
    expect(scopeOf({ [namespaceWide]: 'true' })).toBe('namespace-wide');
    expect(scopeOf({ [clusterWide]: 'true' })).toBe('cluster-wide');
  });

  test('cluster-wide wins over namespace-wide', () => {
    expect(scopeOf({ [namespaceWide]: 'true', [clusterWide]: 'true' })).toBe('cluster-wide');
  });

  test('no annotations mean strict', () => {
    for (const annotations of [undefined, null, {}]) expect(scopeOf(annotations)).toBe('strict');
  });

  test('the annotations of a scope say that scope and nothing else', () => {
    for (const scope of scopes) {
      expect(scopeOf(annotationsOfScope(scope))).toBe(scope);
      expect(withoutScope({ ...annotationsOfScope(scope), kept: 'yes' })).toEqual({ kept: 'yes' });
    }
    expect(annotationsOfScope('strict')).toEqual({});
  });

  test('labels are namespace/name, namespace, and nothing', () => {
    const place = { namespace: 'shop', name: 'db' };
    expect(labelText({ scope: 'strict', ...place })).toBe('shop/db');
    expect(labelText({ scope: 'namespace-wide', ...place })).toBe('shop');
    expect(labelText({ scope: 'cluster-wide', ...place })).toBe('');
  });

  test('labels of different scopes or places never meet', () => {
    const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
    const place = fc.record({ scope: fc.constantFrom(...scopes), namespace: name, name });
    fc.assert(
      fc.property(place, place, (a, b) => {
        const same = a.scope === b.scope && (a.scope === 'cluster-wide' || a.namespace === b.namespace);
        const equal = same && (a.scope !== 'strict' || a.name === b.name);
        expect(labelText(a) === labelText(b)).toBe(equal);
      }),
      { numRuns: runs(100) },
    );
  });
});
