// Telling kinds from apiVersion and kind.

import { describe, expect, it } from 'vitest';
import { isList, isSealedSecret, isSecret } from '../../../src/manifest/kinds.ts';

describe('kinds', () => {
  it.each([
    [{ apiVersion: 'v1', kind: 'Secret' }, [true, false, false]],
    [{ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret' }, [false, true, false]],
    [{ apiVersion: 'v1', kind: 'List', items: [] }, [false, false, true]],
    [{ apiVersion: 'v1', kind: 'List' }, [false, false, false]],
    [{ apiVersion: 'v2', kind: 'Secret' }, [false, false, false]],
    [[], [false, false, false]],
    [null, [false, false, false]],
    ['Secret', [false, false, false]],
  ])('%j is a Secret, SealedSecret, List: %j', (value, expected) => {
    expect([isSecret(value), isSealedSecret(value), isList(value)]).toEqual(expected);
  });
});
