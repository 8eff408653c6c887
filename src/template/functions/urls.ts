// sprig 3.3.0's urlParse and urlJoin: Go's net/url taken apart and put together.

import { bytesFromText, type Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { GoMap, typeName } from '../values.ts';

export const urlFunctions: FunctionTable = {
  urlParse: fn(['string'], ([text]) => {
    const { userinfo, path, rawPath: _, ...rest } = parseUrl(text);
    return new GoMap(Object.entries({ ...rest, path, userinfo: userinfo ?? '' }));
  }),
  urlJoin: fn(['map'], ([dict]) => {
    const part = (name: string) => {
      const value = dict?.entries.has(name) ? dict.entries.get(name) : '';
      if (typeof value !== 'string') throw new FunctionFailure(`the part "${name}" of a URL is ${typeName(value)}`);
      return value;
    };
    return joined(part);
  }),
};

interface Parts {
  scheme: Text;
  host: Text;
  hostname: Text;
  path: Text;
  rawPath: Text;
  query: Text;
  opaque: Text;
  fragment: Text;
  /** As it is written back; undefined where there is none. */
  userinfo: Text | undefined;
}

function wrong(what: string): FunctionFailure {
  return new FunctionFailure(`unable to parse url: ${what}`);
}

/** url.Parse. */
function parseUrl(text: Text): Parts {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses exactly these
  if (/[\x00-\x1f\x7f]/.test(text)) throw wrong('invalid control character');
  const hash = text.indexOf('#');
  const [main, fragment] = hash === -1 ? [text, ''] : [text.slice(0, hash), text.slice(hash + 1)];
  const empty = {
    scheme: '',
    host: '',
    hostname: '',
    path: '',
    rawPath: '',
    query: '',
    opaque: '',
    userinfo: undefined,
  };
  if (main === '*') return { ...empty, path: '*', fragment: unescaped(fragment, 'fragment') };
  const { scheme, rest } = schemeOf(main);
  const mark = rest.indexOf('?');
  const [before, query] = mark === -1 ? [rest, ''] : [rest.slice(0, mark), rest.slice(mark + 1)];
  const base = { ...empty, scheme, query, fragment: unescaped(fragment, 'fragment') };
  if (!before.startsWith('/')) {
    if (scheme !== '') return { ...base, opaque: before };
    if ((before.split('/')[0] ?? '').includes(':')) throw wrong('first path segment in URL cannot contain colon');
  }
  const hasAuthority = before.startsWith('//') && (scheme !== '' || !before.startsWith('///'));
  if (!hasAuthority) return { ...base, path: unescaped(before, 'path'), rawPath: before };
  const slash = before.indexOf('/', 2);
  const [authority, path] = slash === -1 ? [before.slice(2), ''] : [before.slice(2, slash), before.slice(slash)];
  return { ...base, ...authorityOf(authority, scheme), path: unescaped(path, 'path'), rawPath: path };
}

function schemeOf(text: Text): { scheme: Text; rest: Text } {
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? [];
  if (scheme !== undefined) return { scheme: scheme.toLowerCase(), rest };
  if (text.startsWith(':')) throw wrong('missing protocol scheme');
  return { scheme: '', rest: text };
}

function authorityOf(authority: Text, scheme: Text): Pick<Parts, 'host' | 'hostname' | 'userinfo'> {
  const at = authority.lastIndexOf('@');
  const host = hostOf(authority.slice(at + 1), scheme);
  return { host, hostname: hostnameOf(host), userinfo: at === -1 ? undefined : userinfoOf(authority.slice(0, at)) };
}

function userinfoOf(text: Text): Text {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) throw wrong('invalid userinfo');
  const colon = text.indexOf(':');
  const [user, password] = colon === -1 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
  const written = (part: Text) => escapedText(unescaped(part, 'user'), /[A-Za-z0-9\-_.~$&+,;=]/);
  return password === undefined ? written(user) : `${written(user)}:${written(password)}`;
}

function hostOf(text: Text, scheme: Text): Text {
  const open = text.lastIndexOf('[');
  if (open > 0) throw wrong('invalid IP-literal');
  if (open === 0) return literalOf(text);
  // Databases have lists of hosts there, so that only the web's URLs are held to one colon.
  const colon = /^https?$/.test(scheme) ? text.indexOf(':') : text.lastIndexOf(':');
  if (colon !== -1) checkPort(text.slice(colon));
  return unescaped(text, 'host');
}

/** `[fe80::1%25eth0]:80`. */
function literalOf(text: Text): Text {
  const close = text.lastIndexOf(']');
  if (close === -1) throw wrong("missing ']' in host");
  checkPort(text.slice(close + 1));
  const inside = text.slice(1, close);
  const zone = inside.indexOf('%25');
  const address = unescaped(zone === -1 ? inside : inside.slice(0, zone), 'host');
  const name = zone === -1 ? '' : unescaped(inside.slice(zone), 'zone');
  if (!isIpv6(address) || name === '%') throw wrong('invalid host');
  return `[${address}${name}]${text.slice(close + 1)}`;
}

function isIpv6(address: Text): boolean {
  // An address ends there for the URL parser, but not for Go's.
  return /^[\da-fA-F:.]+$/.test(address) && URL.canParse(`http://[${address}]/`);
}

function checkPort(text: Text): void {
  if (!/^(?::\d*)?$/.test(text)) throw wrong('invalid port after host');
}

function hostnameOf(host: Text): Text {
  const colon = host.lastIndexOf(':');
  const bare = colon !== -1 && /^:\d*$/.test(host.slice(colon)) ? host.slice(0, colon) : host;
  return bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare;
}

type Place = 'path' | 'fragment' | 'user' | 'host' | 'zone';

function unescaped(text: Text, place: Place): Text {
  if (/%(?![\dA-Fa-f]{2})/.test(text)) throw wrong('invalid URL escape');
  if (place === 'host' || place === 'zone') checkHost(text, place);
  return text.replace(/%([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Hosts may escape what is not ASCII, and `%25`, and no more. */
function checkHost(text: Text, place: 'host' | 'zone'): void {
  for (const [code] of text.matchAll(/%[\dA-Fa-f]{2}/g)) {
    const byte = Number.parseInt(code.slice(1), 16);
    const isFree = code === '%25' || byte >= 0x80 || (place === 'zone' && (byte === 0x20 || isHostByte(byte)));
    if (!isFree) throw wrong('invalid URL escape');
  }
  for (const byte of bytesFromText(text.replace(/%[\dA-Fa-f]{2}/g, ''))) {
    if (byte < 0x80 && !isHostByte(byte)) throw wrong('invalid character in host name');
  }
}

const isHostByte = (byte: number) => /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/.test(String.fromCharCode(byte));

function escapedText(text: Text, plain: RegExp): Text {
  return text.replace(/[\s\S]/g, (byte) =>
    plain.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** URL.String, for parts that were never escaped. */
function joined(part: (name: string) => Text): Text {
  const [scheme, host, path, query, opaque, fragment] = ['scheme', 'host', 'path', 'query', 'opaque', 'fragment'].map(
    part,
  );
  const given = part('userinfo');
  const userinfo = given === '' ? undefined : parseUrl(`proto://${given}@host`).userinfo;
  const start = scheme ? `${scheme}:` : '';
  const tail =
    (query ? `?${query}` : '') + (fragment ? `#${escapedText(fragment, /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/)}` : '');
  if (opaque) return start + opaque + tail;
  const hasAuthority = scheme || host || userinfo !== undefined;
  const isOpened = hasAuthority && (host || path || userinfo !== undefined);
  const authority =
    (isOpened ? '//' : '') +
    (userinfo === undefined ? '' : `${userinfo}@`) +
    escapedText(host ?? '', /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/);
  const written = path === '*' ? '*' : escapedText(path ?? '', /[A-Za-z0-9\-_.~$&+,/:;=@]/);
  const slash = written !== '' && !written.startsWith('/') && host ? '/' : '';
  const isAmbiguous = start === '' && authority === '' && (written.split('/')[0] ?? '').includes(':');
  return start + authority + slash + (isAmbiguous ? './' : '') + written + tail;
}
