// From keys to places: the reference's table, and where it would mangle.

import { describe, expect, it } from 'vitest';
import { dataPath, foundPlace, metadataPath, placeOf } from '../../../../controller/stores/vault/paths.ts';
import { vaultError } from '../../../../controller/stores/vault/refusals.ts';

const badKey = (message: string) => vaultError('Invalid', message);
const paths = (version: 'v1' | 'v2', mount: string | undefined, key: string) => {
  const place = placeOf(key, { mount, version }, badKey);
  return { data: dataPath(place, version).join('/'), metadata: metadataPath(place, version).join('/') };
};

describe('the place of a key', () => {
  // buildPath of External Secrets Operator 2.9 (providers/v1/vault/client_get.go), row by row.
  it.each([
    ['v2', 'secret/path', 'foo', 'secret/path/data/foo'],
    ['v2', 'secret/path', 'secret/path/foo', 'secret/path/data/foo'],
    ['v2', 'secret/path', 'secret/path/data/foo', 'secret/path/data/foo'],
    ['v1', 'secret/path', 'foo', 'secret/path/foo'],
    ['v1', 'secret/path', 'secret/path/foo', 'secret/path/foo'],
    ['v1', 'secret', 'secret/data/foo', 'secret/data/foo'],
    ['v2', undefined, 'secret/test/big/path', 'secret/data/test/big/path'],
    ['v2', undefined, 'secret/path/data/foo', 'secret/path/data/foo'],
    ['v2', undefined, 'secret/data', 'secret/data/data'],
    ['v1', undefined, 'secret/path/foo', 'secret/path/foo'],
    ['v1', undefined, 'secret/data/foo', 'secret/data/foo'],
  ] as const)('%s, mount %s, %s is %s', (version, mount, key, expected) => {
    expect(paths(version, mount, key).data).toBe(expected);
  });

  it.each([
    ['secret', 'data/foo', 'secret/data/data/foo'],
    ['secret', 'secret', 'secret/data/secret'],
    ['secret', 'secretive/foo', 'secret/data/secretive/foo'],
    ['secret', 'secret/data', 'secret/data/data'],
    ['secret', 'secret/data/secret/foo', 'secret/data/secret/foo'],
    ['secret', 'app/data/foo', 'secret/data/app/data/foo'],
  ])('mount %s: %s is %s', (mount, key, expected) => {
    expect(paths('v2', mount, key).data).toBe(expected);
  });

  it.each([
    ['secret', 'foo'],
    ['secret', 'secret/data/foo'],
    [undefined, 'secret/foo'],
    [undefined, 'secret/data/foo'],
  ])('its metadata is beside its data: mount %s, key %s', (mount, key) => {
    expect(paths('v2', mount, key)).toEqual({ data: 'secret/data/foo', metadata: 'secret/metadata/foo' });
  });

  it('does not mind slashes too many', () => {
    expect(paths('v2', '/secret//path/', '//foo//bar/').data).toBe('secret/path/data/foo/bar');
  });

  it.each(['', '/', '..', 'a/../b', './a', 'a/.'])('is none for %j', (key) => {
    expect(() => paths('v2', 'secret', key)).toThrow();
  });

  it('is none for a mount alone', () => {
    expect(() => paths('v2', undefined, 'secret')).toThrow("key 'secret' is only a mount");
  });

  it('is the very path of what a find came upon', () => {
    const found = (mount: string | undefined, key: string) =>
      dataPath(foundPlace(key, { mount, version: 'v2' }, badKey), 'v2').join('/');
    expect(found('secret', 'secret/foo')).toBe('secret/data/secret/foo');
    expect(found('secret', 'data/foo')).toBe('secret/data/data/foo');
    expect(found(undefined, 'secret/app/data/foo')).toBe('secret/data/app/data/foo');
  });
});
