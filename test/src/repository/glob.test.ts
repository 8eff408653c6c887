// Globs beside what they match and what they do not.

import { describe, expect, test } from 'vitest';
import { isGlob, matchesGlob } from '../../../src/repository/glob.ts';

describe('a glob', () => {
  test.each([
    ['environments/production/**', 'environments/production/db.yaml', true],
    ['environments/production/**', 'environments/production/deep/er/db.yaml', true],
    ['environments/production/**', 'environments/production', false],
    ['environments/production/**', 'environments/production-eu/db.yaml', false],
    ['environments/production/', 'environments/production/deep/db.yaml', true],
    ['environments/*/**', 'environments/staging/db.yaml', true],
    ['environments/*/db.yaml', 'environments/a/b/db.yaml', false],
    ['**/secrets/*.yaml', 'secrets/a.yaml', true],
    ['**/secrets/*.yaml', 'a/b/secrets/a.yaml', true],
    ['**/secrets/*.yaml', 'a/my-secrets/a.yaml', false],
    ['apps/**/db.yaml', 'apps/db.yaml', true],
    ['apps/**/db.yaml', 'apps/x/y/db.yaml', true],
    ['**', 'a/b/c', true],
    ['a**/b', 'a/x/b', false],
    ['*.yaml', 'a/b.yaml', false],
    ['./a/?.yaml', 'a/b.yaml', true],
    ['a.yaml', 'axyaml', false],
    ['{dev,staging}/**', 'staging/a', true],
    ['{dev,prod-*}/**', 'prod-eu/a', true],
    ['{dev,staging}/**', 'production/a', false],
    ['[ab]/x', 'b/x', true],
    ['[!ab]/x', 'b/x', false],
    ['release/*', 'release/1.2', true],
    ['Release/*', 'release/1.2', false],
    ['a+b(c)/**', 'a+b(c)/d', true],
    ['größe-?/**', 'größe-😀/a', true],
  ])('%s against %s: %s', (glob, path, expected) => {
    expect(matchesGlob(glob, path)).toBe(expected);
  });

  test.each(['', '/etc/**', '../x', 'a/../b', '[ab', '{a,{b,c}}', 'a\\b', '[z-a]'])('%j is none', (text) => {
    expect(isGlob(text)).toBe(false);
    expect(matchesGlob(text, 'a')).toBe(false);
  });
});
