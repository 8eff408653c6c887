// `spec` of a VaultConnection: how its server is reached, and what cannot be.

import { describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../../controller/stores/vault/connection-settings.ts';
import type { VaultConnectionSpec } from '../../../../src/kube/vault-secrets.ts';
import { testAuthority } from '../../../support/tls.ts';
import { failureOf, heldReferences } from '../support/vault.ts';

const address = 'https://vault.example:8200/proxy/';
const authority = testAuthority().cert;
const { signal } = new AbortController();

const settings = (more: Partial<VaultConnectionSpec>, files: Record<string, string> = {}) =>
  connectionSettings(
    { address, ...more },
    {
      references: heldReferences({ secrets: { 'ca/ca.crt': authority, 'wrong/ca.crt': 'no certificate' } }),
      readFile: async (path) => files[path] ?? Promise.reject(new Error(`ENOENT ${path}`)),
      signal,
    },
  );
const refusal = async (...args: Parameters<typeof settings>) => {
  const { class: errorClass, message, about } = await failureOf(settings(...args));
  return { class: errorClass, message, about };
};

describe('a VaultConnection', () => {
  it('needs no more than an address', async () => {
    const { server, tls, headers, timeoutMs } = await settings({});
    expect(server.href).toBe(address);
    expect({ tls, headers, timeoutMs }).toEqual({ tls: {}, headers: {}, timeoutMs: undefined });
  });

  it('trusts the authority in a Secret of its namespace, or in a file', async () => {
    expect((await settings({ caCertSecretRef: 'ca' })).tls).toEqual({ ca: authority });
    expect((await settings({ caCertPath: '/etc/ca.pem' }, { '/etc/ca.pem': authority })).tls).toEqual({
      ca: authority,
    });
  });

  it('that skips verification looks at no authority', async () => {
    expect((await settings({ caCertSecretRef: 'gone', skipTLSVerify: true })).tls).toEqual({ insecure: true });
  });

  it('hands on server name and headers', async () => {
    const { tls, headers } = await settings({ tlsServerName: 'vault.internal', headers: { 'x-proxy': 'p' } });
    expect(tls).toEqual({ servername: 'vault.internal' });
    expect(headers).toEqual({ 'x-proxy': 'p' });
  });

  it.each([
    ['1.5m', 90_000],
    ['500h', 1_800_000_000],
    ['0s', undefined],
    ['0.0h', undefined],
    ['', undefined],
  ])('with timeout %j waits %s ms, and as long as others where that is nothing', async (timeout, timeoutMs) => {
    expect((await settings({ timeout })).timeoutMs).toBe(timeoutMs);
  });

  it.each([
    ['vault.example:8200', "vault: server 'vault.example:8200' is no http or https address"],
    ['', "vault: server '' is no http or https address"],
    ['ftp://vault.example', "vault: server 'ftp://vault.example' is no http or https address"],
    [
      'https://user:hunter2@vault.example',
      'vault: server https://vault.example has more than a host, a port and a path',
    ],
  ])('at %j is refused', async (wrong, message) => {
    expect(await refusal({ address: wrong })).toMatchObject({ class: 'Invalid', message });
  });

  it('whose authority is not there, or is none, says which', async () => {
    expect(await refusal({ caCertSecretRef: 'wrong' })).toEqual({
      class: 'Invalid',
      message: "vault: Secret 'wrong' that caCertSecretRef names has no PEM certificate",
      about: 'trust',
    });
    expect((await refusal({ caCertSecretRef: 'gone' })).message).toBe('no Secret gone/ca.crt');
    // A file that is not there and one without a certificate are told alike.
    const noCertificate = {
      class: 'Invalid',
      message: "vault: '/etc/ca.pem' that caCertPath names has no PEM certificate",
      about: 'trust',
    };
    expect(await refusal({ caCertPath: '/etc/ca.pem' })).toEqual(noCertificate);
    expect(await refusal({ caCertPath: '/etc/ca.pem' }, { '/etc/ca.pem': 'hunter2' })).toEqual(noCertificate);
  });
});
