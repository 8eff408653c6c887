// Which proxy leads to a store, from HTTPS_PROXY, HTTP_PROXY and NO_PROXY as Go programs read them.

import { BlockList, isIP } from 'node:net';
import { UsageError } from '../../src/errors.ts';

/** The process's environment, handed in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy to use for `target`, or undefined. The rules of golang.org/x/net/http/httpproxy, which the reference
 * controllers follow: NO_PROXY lists hosts (themselves and what is below them), `.domains` (only what is below), addresses,
 * CIDR ranges, each perhaps with a port, or `*`. Loopback is never proxied, whatever the variables say.
 */
export function proxyFor(target: URL, environment: Environment): string | undefined {
  const name = target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = addressIn(environment, name);
  if (!proxy) return undefined;
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  if (isLoopback(host)) return undefined;
  const exceptions = (environment.NO_PROXY || environment.no_proxy || '').split(',').map((entry) => entry.trim());
  if (exceptions.some((entry) => covers(entry.toLowerCase(), host, port))) return undefined;
  return proxy;
}

/** Throws `UsageError` for a variable that names no proxy. Its text is not shown: it may hold a password. */
export function checkProxies(environment: Environment): void {
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY'] as const) {
    const address = addressIn(environment, name);
    if (!address || isProxy(address)) continue;
    throw new UsageError(`${name} is not the address of a proxy`, { hint: 'such as http://proxy.example.com:3128' });
  }
}

function addressIn(environment: Environment, name: 'HTTPS_PROXY' | 'HTTP_PROXY'): string | undefined {
  const text = environment[name] || environment[name.toLowerCase()];
  return !text || /^[a-z0-9+]+:\/\//i.test(text) ? text : `http://${text}`;
}

function isProxy(address: string): boolean {
  return URL.canParse(address) && ['http:', 'https:'].includes(new URL(address).protocol);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host) !== 0 && loopback.check(host, family(host));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return isInRange(entry, host);
  const [, name = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (onlyPort && onlyPort !== port) return false;
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
  if (isIP(bare)) return bare === host;
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}

function isInRange(range: string, host: string): boolean {
  const [network = '', prefix = ''] = range.split('/');
  if (!isIP(host) || !isIP(network) || !/^\d+$/.test(prefix)) return false;
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(prefix), family(network));
  } catch {
    return false;
  }
  return list.check(host, family(host));
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
