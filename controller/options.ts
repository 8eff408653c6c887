// Every setting of the controller in one table: flag, environment variable, default, meaning, and how its text is read.

import { messageOf, UsageError } from '../src/errors.ts';
import { parseLabelSelector } from '../src/kube/label-selector.ts';
import { type LogFormat, type LogLevel, logFormats, logLevels } from './log.ts';

/** One setting, given as text by flag or environment. */
export interface Setting<V> {
  /** What stands after the flag in its help. Undefined: a switch. */
  placeholder: string | undefined;
  /** May be given more than once; in the environment, separated by commas. */
  isRepeatable?: boolean;
  help: string;
  /** The default as help shows it. */
  shown: string;
  default: V;
  /** Throws `SettingError` for text that makes no sense. */
  parse: (texts: readonly string[]) => V;
}

/** Where a server listens. */
export interface ListenAddress {
  /** Undefined: every address of the machine. */
  host: string | undefined;
  port: number;
}

class SettingError extends Error {}

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** The families that this version serves. */
const families: readonly string[] = ['sealedsecrets', 'externalsecrets', 'vaultstaticsecrets'];
// Where another controller serves the others, two would fight: they are asked for by name.
const standardFamilies: readonly string[] = ['sealedsecrets'];

const last = (texts: readonly string[]) => texts.at(-1) ?? '';

function setting<V>(
  placeholder: string | undefined,
  help: string,
  shown: string,
  standard: V,
  parse: (text: string) => V,
): Setting<V> {
  return { placeholder, help, shown, default: standard, parse: (texts) => parse(last(texts)) };
}

function list(
  placeholder: string,
  help: string,
  shown: string,
  check: (text: string) => string = (text) => text,
  standard: readonly string[] = [],
): Setting<readonly string[]> {
  const parse = (texts: readonly string[]) => [
    ...new Set(
      texts
        .flatMap((text) => text.split(',').map((one) => one.trim()))
        .filter((one) => one !== '')
        .map(check),
    ),
  ];
  return { placeholder, isRepeatable: true, help, shown, default: standard, parse };
}

/** By flag, without its dashes, in the order of the help. */
export const settings = {
  kinds: list(
    'families',
    `which families of kinds to serve, of ${families.join(', ')}; others are left to other controllers`,
    standardFamilies.join(','),
    parseFamily,
    standardFamilies,
  ),
  namespace: list('name', 'serve this namespace only; repeatable', 'all namespaces', parseName),
  selector: setting(
    'selector',
    'serve only SealedSecrets, ExternalSecrets and VaultStaticSecrets with these labels',
    'all',
    '',
    parseSelector,
  ),
  'controller-class': setting(
    'name',
    'serve only objects whose annotation sealwright.dev/controller-class names this class',
    'objects without a class',
    '',
    parseClass,
  ),
  'controller-namespace': setting(
    'name',
    'where sealing keys, certificate and lease are kept',
    "the pod's, or the context's",
    '',
    parseName,
  ),
  concurrency: setting('count', 'objects worked on at once', '16', 16, parseCount(1, 256)),
  'leader-elect': setting(
    undefined,
    'let one of several replicas write, by the Lease "sealwright"',
    'off',
    false,
    parseSwitch,
  ),
  'listen-address': setting(
    'host:port',
    'where the certificate is served, and values are verified and sealed again',
    ':8080',
    { host: undefined, port: 8080 },
    parseAddress,
  ),
  'metrics-address': setting(
    'host:port',
    'where metrics and health are served',
    ':8081',
    { host: undefined, port: 8081 },
    parseAddress,
  ),
  'opening-rate': setting(
    'count',
    'values a second that requests to verify and to seal again may have opened; 0 refuses such requests',
    '100',
    100,
    parseCount(0, 100_000),
  ),
  'key-size': setting('bits', 'size of new sealing keys', '4096', 4096, parseKeySize),
  'key-ttl': setting('duration', 'how long new certificates are valid; at least 1h', '3650d', 3650 * dayMs, parseTtl),
  'key-renew-period': setting(
    'duration',
    'how old the sealing key may get, while its certificate is valid; 0 for ever',
    '30d',
    30 * dayMs,
    parseDuration,
  ),
  drift: setting(
    'correct|detect',
    'put changed Secrets right, or only say so',
    'correct',
    'correct' as const,
    oneOf(['correct', 'detect']),
  ),
  'max-staleness': setting(
    'duration',
    'how long the last good values from a store count as good while it gives none',
    '1h',
    hourMs,
    parseDuration,
  ),
  'aws-endpoint': setting(
    'url',
    'where Secrets Manager, Parameter Store and STS answer, for test servers; AWS_SECRETSMANAGER_ENDPOINT and the like win',
    "AWS's own",
    '',
    parseUrl,
  ),
  'credential-files': setting(
    'folder',
    'where files have to be that a VaultAuth may name as credentials (appRole.secretIDPath): they are sent to the server that it names',
    'none may be named',
    '',
    parseFolder,
  ),
  'deletion-grace': setting(
    'duration',
    'keep Secrets this long when their object is gone, and all of them when too many objects go at once',
    '0, the garbage collector removes them',
    0,
    parseDuration,
  ),
  'restart-window': setting(
    'duration',
    'how long after a change workloads of sealwright.dev/restart are restarted; changes in it cost one restart',
    '10s',
    10_000,
    parseDuration,
  ),
  'allowed-secret-types': list(
    'types',
    'the only types of Secret to make; separated by commas',
    'all but service account and bootstrap tokens',
  ),
  'metrics-object-labels': list('namespaces', 'namespaces whose objects are named in metrics', 'none', parseName),
  'log-level': setting<LogLevel>(
    'level',
    `least weight of a line: ${logLevels.join(', ')}`,
    'info',
    'info',
    oneOf(logLevels),
  ),
  'log-format': setting<LogFormat>('json|text', 'form of the lines', 'json', 'json', oneOf(logFormats)),
  'kube-qps': setting<number | undefined>(
    'count',
    'most requests a second to the API server',
    'no limit of ours',
    undefined,
    parseCount(1, 100_000),
  ),
} as const satisfies Record<string, Setting<unknown>>;

/** A flag of the controller. */
export type SettingName = keyof typeof settings;

/** Values by flag. */
export type ControllerOptions = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer V> ? V : never;
};

/** The environment variable of a flag: `key-ttl` is `SEALWRIGHT_KEY_TTL`. */
export function variableOf(name: string): string {
  return `SEALWRIGHT_${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Reads every setting: a flag wins over its variable, which wins over the default. A switch is given as `true`.
 * Throws one `UsageError` that names the first setting that makes no sense.
 */
export function parseOptions(
  flags: Readonly<Partial<Record<SettingName, readonly string[]>>>,
  env: Readonly<Record<string, string | undefined>> = {},
): ControllerOptions {
  const entries = Object.entries<Setting<unknown>>(settings).map(([name, one]) => {
    const byFlag = flags[name as SettingName];
    const variable = env[variableOf(name)];
    const texts = byFlag?.length ? byFlag : variable ? [variable] : undefined;
    if (!texts) return [name, one.default] as const;
    return [name, parseSetting(one, texts, byFlag?.length ? `--${name}` : variableOf(name))] as const;
  });
  return Object.fromEntries(entries) as ControllerOptions;
}

function parseSetting(one: Setting<unknown>, texts: readonly string[], source: string): unknown {
  try {
    return one.parse(texts);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new UsageError(`${source} ${JSON.stringify(last(texts))} ${error.message}`, {
      hint: 'seal controller --help lists the settings',
    });
  }
}

function parseFamily(text: string): string {
  if (!families.includes(text))
    throw new SettingError(`is not a family that this version serves (${families.join(', ')})`);
  return text;
}

function parseName(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) throw new SettingError('is not the name of a namespace');
  return text;
}

function parseSelector(text: string): string {
  try {
    parseLabelSelector(text);
  } catch (error) {
    throw new SettingError(`is not a selector such as team=a,tier!=test: ${messageOf(error)}`);
  }
  return text;
}

function parseClass(text: string): string {
  if (!/^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(text)) throw new SettingError('is not a word');
  return text;
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new SettingError('is not a URL such as http://localhost:5000');
  return text;
}

function parseFolder(text: string): string {
  if (!text.startsWith('/') || text.split('/').includes('..'))
    throw new SettingError('is not the whole path of a folder');
  return text;
}

function parseSwitch(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new SettingError('is neither true nor false');
}

function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(count >= least && count <= most)) throw new SettingError(`is not a whole number from ${least} to ${most}`);
    return count;
  };
}

function parseKeySize(text: string): number {
  const bits = parseCount(2048, 8192)(text);
  if (bits % 8 !== 0) throw new SettingError('is not a multiple of 8');
  return bits;
}

/** As Go writes durations (`720h`, `1h30m`), and days (`30d`); 0 needs no unit. In milliseconds. */
function parseDuration(text: string): number {
  const units: Readonly<Record<string, number>> = { d: dayMs, h: hourMs, m: 60_000, s: 1000, ms: 1 };
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(text)) throw new SettingError('is not a duration such as 30d, 720h or 90m');
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
    total += Number(amount) * (units[unit] ?? 0);
  return Math.round(total);
}

// A new key is made before a certificate ends, and keys are kept for ever.
function parseTtl(text: string): number {
  const ms = parseDuration(text);
  if (ms < hourMs) throw new SettingError('is less than an hour');
  return ms;
}

function parseAddress(text: string): ListenAddress {
  const { host, port } = /^(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]]*):(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535)
    throw new SettingError('is not an address such as :8080 or 127.0.0.1:8080');
  return { host: host ? host.replace(/^\[|\]$/g, '') : undefined, port: Number(port) };
}

function oneOf<const T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((one) => one === text);
    if (word === undefined) throw new SettingError(`is not one of ${words.join(', ')}`);
    return word;
  };
}
