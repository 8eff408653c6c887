// The rules of secrets.hashicorp.com in TypeScript; the same cases meet their CEL twins in the end-to-end suite.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  vaultAuthViolations,
  vaultConnectionViolations,
  vaultDurationMs,
  vaultSecretRules,
  vaultStaticSecretViolations,
} from '../../../src/kube/vault-secret-rules.ts';
import { files } from '../../../tools/crds.mjs';
import { type VaultRuleCase, vaultRuleCases } from '../../support/vault-secret-cases.ts';

const check: Record<VaultRuleCase['kind'], (spec: never) => readonly { id: string; path: string }[]> = {
  VaultConnection: vaultConnectionViolations,
  VaultAuth: vaultAuthViolations,
  VaultAuthGlobal: vaultAuthViolations,
  VaultStaticSecret: vaultStaticSecretViolations,
  SecretTransformation: () => [],
};

describe.each(Object.keys(check) as VaultRuleCase['kind'][])('%s', (kind) => {
  it.each(vaultRuleCases.filter((one) => one.kind === kind).map((one) => [one.name, one] as const))(
    '%s',
    (_, { spec, breaks = [] }) => {
      expect(check[kind](spec as never).map(({ id, path }) => ({ id, path }))).toEqual(breaks);
    },
  );
});

it('every rule has a case that breaks it', () => {
  const ids = Object.values(vaultSecretRules).flatMap((rules) => rules.map(({ id }) => id));
  const broken = new Set(vaultRuleCases.flatMap(({ breaks = [] }) => breaks.map(({ id }) => id)));
  expect([...broken].sort()).toEqual(ids.toSorted());
});

it.each([
  ['30s', 30_000],
  ['1.5m', 90_000],
  ['24h', 86_400_000],
  ['0s', 0],
  ['1h30m', undefined],
  ['30', undefined],
])('%s is %s ms', (text, ms) => {
  expect(vaultDurationMs(text)).toBe(ms);
});

describe('deploy/crds', () => {
  it.each([...files({ vaultSecretRules })])('%s is what tools/crds.mjs writes, and small', (file, content) => {
    expect(readFileSync(new URL(`../../../deploy/crds/${file}`, import.meta.url), 'utf8')).toBe(content);
    expect(content.length).toBeLessThan(200_000);
    // The spec in the cluster is the spec in Git.
    expect(content.match(/^ +default:/gm)?.length).toBe(2);
  });
});
