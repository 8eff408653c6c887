// The settings of the controller from flags and environment, and every text that is refused.

import { describe, expect, it } from 'vitest';
import { parseOptions, type SettingName, settings, variableOf } from '../../controller/options.ts';

describe('settings of the controller', () => {
  it('have their defaults', () => {
    expect(parseOptions({})).toMatchObject({
      namespace: [],
      concurrency: 16,
      'listen-address': { host: undefined, port: 8080 },
      'key-renew-period': 30 * 24 * 60 * 60 * 1000,
      drift: 'correct',
      'leader-elect': false,
    });
  });

  it('come from flags before the environment', () => {
    const env = { SEALWRIGHT_CONCURRENCY: '4', SEALWRIGHT_NAMESPACE: 'a,b', SEALWRIGHT_LEADER_ELECT: 'true' };
    expect(parseOptions({ concurrency: ['8'] }, env)).toMatchObject({
      concurrency: 8,
      namespace: ['a', 'b'],
      'leader-elect': true,
    });
  });

  it.each<[SettingName, string, unknown]>([
    ['listen-address', '127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['listen-address', '[::1]:9', { host: '::1', port: 9 }],
    ['key-ttl', '1h30m', 5_400_000],
    ['key-renew-period', '0', 0],
    ['selector', 'team in (a, b),!old,tier!=test', 'team in (a, b),!old,tier!=test'],
    ['allowed-secret-types', 'Opaque, kubernetes.io/tls', ['Opaque', 'kubernetes.io/tls']],
  ])('%s %s', (name, text, value) => {
    expect(parseOptions({ [name]: [text] })[name]).toEqual(value);
  });

  it.each<[SettingName, string]>([
    ['concurrency', '0'],
    ['concurrency', 'many'],
    ['listen-address', '8080'],
    ['listen-address', ':99999'],
    ['key-size', '1024'],
    ['key-size', '4095'],
    ['key-ttl', '0'],
    ['key-ttl', '30'],
    ['key-ttl', '59m'],
    ['drift', 'ignore'],
    ['namespace', 'Not A Name'],
    ['leader-elect', 'maybe'],
    ['selector', 'a=b=c'],
    ['selector', 'a in (b'],
    ['selector', 'a;b'],
    ['selector', ','],
    ['log-level', 'loud'],
  ])('%s "%s" is refused in one clear line that names it', (name, text) => {
    const refuse = (run: () => unknown, source: string) =>
      expect(run).toThrowError(
        expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(`${source} "${text}"`) }),
      );
    refuse(() => parseOptions({ [name]: [text] }), `--${name}`);
    refuse(() => parseOptions({}, { [variableOf(name)]: text }), variableOf(name));
  });

  it('each have help', () => {
    for (const { help, shown } of Object.values(settings))
      expect([help, shown].every((text) => text.length > 0)).toBe(true);
  });
});
