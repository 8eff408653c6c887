// Which proxy leads where; the cases of golang.org/x/net/http/httpproxy.

import { describe, expect, it } from 'vitest';
import { checkProxies, proxyFor } from '../../../controller/stores/proxy.ts';

const proxy = 'http://proxy.test:3128';
const chosen = (target: string, environment: Record<string, string>) => proxyFor(new URL(target), environment);

describe('variables', () => {
  it.each(['http://user:pass@proxy.test:3128', 'https://proxy.test', 'proxy.test:3128', '10.0.0.1:3128', ''])(
    'may say %s',
    (text) => {
      expect(() => checkProxies({ HTTPS_PROXY: text, http_proxy: text })).not.toThrow();
    },
  );

  it.each(['http://user:s3cret@', 'socks5://user:s3cret@proxy:1', 'http://user:s3cret@proxy:port'])(
    'may not say %s, which is told without its text',
    (text) => {
      expect(() => checkProxies({ https_proxy: text })).toThrow(/^HTTPS_PROXY is not the address of a proxy$/);
      expect(() => checkProxies({ HTTP_PROXY: text })).toThrow(/^HTTP_PROXY is not the address of a proxy$/);
    },
  );
});

describe('the proxy to a store', () => {
  it('is chosen by the scheme, in either spelling', () => {
    expect(chosen('https://vault.test', { HTTPS_PROXY: proxy })).toBe(proxy);
    expect(chosen('https://vault.test', { https_proxy: proxy })).toBe(proxy);
    expect(chosen('http://vault.test', { HTTPS_PROXY: proxy })).toBeUndefined();
    expect(chosen('http://vault.test', { HTTP_PROXY: proxy })).toBe(proxy);
    expect(chosen('https://vault.test', {})).toBeUndefined();
  });

  it('may be named without a scheme', () => {
    expect(chosen('https://vault.test', { HTTPS_PROXY: 'proxy.test:3128' })).toBe(proxy);
  });

  it.each(['https://localhost:8200', 'https://127.0.0.1:8200', 'https://127.8.8.8', 'https://[::1]:8200'])(
    'is none for %s',
    (target) => {
      expect(chosen(target, { HTTPS_PROXY: proxy, HTTP_PROXY: proxy })).toBeUndefined();
    },
  );

  it.each([
    ['*', 'https://vault.test', false],
    ['vault.test', 'https://vault.test', false],
    ['vault.test', 'https://a.vault.test', false],
    ['vault.test', 'https://notvault.test', true],
    ['.vault.test', 'https://a.vault.test', false],
    ['.vault.test', 'https://vault.test', true],
    ['*.vault.test', 'https://a.vault.test', false],
    ['VAULT.test', 'https://vault.TEST', false],
    ['vault.test:8200', 'https://vault.test:8200', false],
    ['vault.test:8200', 'https://vault.test', true],
    ['vault.test:443', 'https://vault.test', false],
    ['other, vault.test ', 'https://vault.test', false],
    ['10.0.0.0/8', 'https://10.1.2.3:8200', false],
    ['10.0.0.0/8', 'https://11.1.2.3:8200', true],
    ['10.0.0.0/8', 'https://ten.test', true],
    ['10.0.0.0/99', 'https://10.1.2.3', true],
    ['10.1.2.3', 'https://10.1.2.3', false],
    ['fd00::/8', 'https://[fd00::1]', false],
    ['fd00::1', 'https://[fd00::1]', false],
    ['[fd00::1]:443', 'https://[fd00::1]', false],
    ['', 'https://vault.test', true],
  ])('NO_PROXY=%s for %s: proxied %s', (exceptions, target, isProxied) => {
    expect(chosen(target, { HTTPS_PROXY: proxy, NO_PROXY: exceptions }) !== undefined).toBe(isProxied);
  });
});
