// What the typed Secrets of Kubernetes must hold (core/v1 types.go; pkg/apis/core/validation ValidateSecret), as lints.

import { isRecord, parseJson } from '../encoding/json.ts';
import type { Lint } from './lint.ts';

/** A rule for one item: undefined when the text is right, else what is wrong with it. */
type ItemRule = (text: string) => string | undefined;

interface TypeRule {
  /** Every one of these must be there. */
  all?: readonly string[];
  /** At least one of these must be there. */
  any?: readonly string[];
  items?: Readonly<Record<string, ItemRule>>;
}

const rules: Readonly<Record<string, TypeRule>> = {
  'kubernetes.io/tls': { all: ['tls.crt', 'tls.key'], items: { 'tls.crt': certificate, 'tls.key': privateKey } },
  'kubernetes.io/dockerconfigjson': { all: ['.dockerconfigjson'], items: { '.dockerconfigjson': dockerConfig } },
  'kubernetes.io/dockercfg': { all: ['.dockercfg'], items: { '.dockercfg': jsonObject } },
  'kubernetes.io/basic-auth': { any: ['username', 'password'] },
  'kubernetes.io/ssh-auth': { all: ['ssh-privatekey'], items: { 'ssh-privatekey': privateKey } },
  'bootstrap.kubernetes.io/token': { all: ['token-id', 'token-secret'] },
};

/** The lints of a Secret's type. `templateItems` count as present. */
export function lintType(
  type: string,
  values: ReadonlyMap<string, Uint8Array>,
  templateItems: readonly string[],
): Lint[] {
  if (type === 'kubernetes.io/service-account-token') return [neverSealed(type)];
  const rule = Object.hasOwn(rules, type) ? rules[type] : undefined;
  if (!rule) return [];
  const has = (item: string) => values.has(item) || templateItems.includes(item);
  return [
    ...missing(type, rule, has),
    ...Object.entries(rule.items ?? {}).flatMap(([item, check]) => lintItem(type, item, values.get(item), check)),
  ];
}

function neverSealed(type: string): Lint {
  return {
    code: 'NEVER_SEALED',
    message: `Secrets of type ${type} are filled in by the cluster itself, so there is nothing to seal`,
  };
}

function missing(type: string, { all = [], any = [] }: TypeRule, has: (item: string) => boolean): Lint[] {
  const lints = all
    .filter((item) => !has(item))
    .map((item) => ({ code: 'WRONG_KEYS', item, message: `a Secret of type ${type} needs the item ${item}` }));
  if (any.length === 0 || any.some(has)) return lints;
  return [
    ...lints,
    { code: 'WRONG_KEYS', message: `a Secret of type ${type} needs one of the items ${any.join(', ')}` },
  ];
}

function lintItem(type: string, item: string, bytes: Uint8Array | undefined, check: ItemRule): Lint[] {
  if (!bytes) return [];
  const problem = check(new TextDecoder().decode(bytes));
  return problem === undefined
    ? []
    : [{ code: 'UNPARSABLE', item, message: `${item} of a Secret of type ${type} ${problem}` }];
}

function certificate(text: string): string | undefined {
  if (/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(text)) return undefined;
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)
    ? 'holds a private key where the certificate belongs'
    : 'is not a certificate in PEM';
}

function privateKey(text: string): string | undefined {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----/.test(text) || /^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    return 'is encrypted with a passphrase that no cluster has';
  }
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text) ? undefined : 'is not a private key in PEM';
}

function jsonObject(text: string): string | undefined {
  return isRecord(parseJson(text)) ? undefined : 'is not a JSON object';
}

function dockerConfig(text: string): string | undefined {
  const config = parseJson(text);
  if (!isRecord(config)) return 'is not a JSON object';
  return isRecord(config.auths) ? undefined : 'has no "auths"';
}
