// What typed Secrets must hold.

import { describe, expect, it } from 'vitest';
import { lintType } from '../../../src/repository/secret-types.ts';

const pem = (label: string) => `-----BEGIN ${label}-----\nMIIB\n-----END ${label}-----\n`;

function codes(type: string, items: object, templateItems: readonly string[] = []): string[] {
  const values = new Map(Object.entries(items).map(([item, text]) => [item, new TextEncoder().encode(text)]));
  return lintType(type, values, templateItems).map(({ code, item }) => (item ? `${code} ${item}` : code));
}

describe('a typed Secret', () => {
  it.each([
    ['kubernetes.io/tls', { 'tls.crt': pem('CERTIFICATE'), 'tls.key': pem('RSA PRIVATE KEY') }, []],
    ['kubernetes.io/tls', { 'tls.crt': pem('CERTIFICATE'), 'tls.key': pem('PRIVATE KEY'), 'ca.crt': 'x' }, []],
    [
      'kubernetes.io/tls',
      { 'tls.crt': pem('EC PRIVATE KEY'), 'tls.key': pem('CERTIFICATE') },
      ['UNPARSABLE tls.crt', 'UNPARSABLE tls.key'],
    ],
    [
      'kubernetes.io/tls',
      { 'tls.crt': pem('CERTIFICATE'), 'tls.key': pem('ENCRYPTED PRIVATE KEY') },
      ['UNPARSABLE tls.key'],
    ],
    ['kubernetes.io/tls', { cert: 'x' }, ['WRONG_KEYS tls.crt', 'WRONG_KEYS tls.key']],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{"auths":{}}' }, []],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{}' }, ['UNPARSABLE .dockerconfigjson']],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': 'eyJhdXRo' }, ['UNPARSABLE .dockerconfigjson']],
    ['kubernetes.io/dockerconfigjson', { 'config.json': '{}' }, ['WRONG_KEYS .dockerconfigjson']],
    ['kubernetes.io/dockercfg', { '.dockercfg': '{}' }, []],
    ['kubernetes.io/dockercfg', { '.dockercfg': '[]' }, ['UNPARSABLE .dockercfg']],
    ['kubernetes.io/basic-auth', { username: 'ann' }, []],
    ['kubernetes.io/basic-auth', { user: 'ann' }, ['WRONG_KEYS']],
    ['kubernetes.io/ssh-auth', { 'ssh-privatekey': pem('OPENSSH PRIVATE KEY') }, []],
    ['kubernetes.io/ssh-auth', { 'ssh-privatekey': 'ssh-ed25519 AAAA ann' }, ['UNPARSABLE ssh-privatekey']],
    ['kubernetes.io/ssh-auth', { id_rsa: 'x' }, ['WRONG_KEYS ssh-privatekey']],
    ['kubernetes.io/service-account-token', { token: 'x' }, ['NEVER_SEALED']],
    ['example.com/own', { anything: 'x' }, []],
  ])('%s with %j: %j', (type, items, expected) => {
    expect(codes(type, items)).toEqual(expected);
  });

  it('does not miss the items that a template makes', () => {
    expect(codes('kubernetes.io/dockerconfigjson', { user: 'ann' }, ['.dockerconfigjson'])).toEqual([]);
    expect(codes('kubernetes.io/basic-auth', {}, ['username'])).toEqual([]);
  });
});
