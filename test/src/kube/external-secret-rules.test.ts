// The rules of external-secrets.io in TypeScript; the same cases meet their CEL twins in the end-to-end suite.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  clusterExternalSecretViolations,
  externalSecretRules,
  externalSecretViolations,
  storeViolations,
} from '../../../src/kube/external-secret-rules.ts';
import { files } from '../../../tools/crds.mjs';
import { breaking, placedRules } from '../../support/crd-rules.ts';
import { type RuleCase, ruleCases } from '../../support/external-secret-cases.ts';

const check = {
  ExternalSecret: externalSecretViolations,
  ClusterExternalSecret: clusterExternalSecretViolations,
  SecretStore: storeViolations,
  ClusterSecretStore: storeViolations,
};

const violations = ({ kind, spec }: RuleCase) => check[kind](spec as never).map(({ id, path }) => ({ id, path }));

describe.each(Object.keys(check))('%s', (kind) => {
  it.each(ruleCases.filter((one) => one.kind === kind).map((one) => [one.name, one] as const))('%s', (_, one) => {
    expect(violations(one)).toEqual(one.breaks ?? []);
  });
});

it('every rule has a case that breaks it', () => {
  const ids = Object.values(externalSecretRules).flatMap((rules) => rules.map(({ id }) => id));
  const broken = new Set(ruleCases.flatMap(({ breaks = [] }) => breaks.map(({ id }) => id)));
  expect([...broken].sort()).toEqual(ids.toSorted());
});

const allRules: readonly { id: string; message: string }[] = Object.values(externalSecretRules).flat();
const messageOf = (id: string) => allRules.find((rule) => rule.id === id)?.message ?? '';

describe('deploy/crds', () => {
  const rules = placedRules().map(
    (rule) => [`${rule.kind} ${rule.version} ${rule.place}: ${rule.message}`, rule] as const,
  );

  it('has rules', () => {
    expect(rules.length).toBeGreaterThan(60);
  });

  it.each(rules)('%s has a failing case', (_, rule) => {
    // A user reads it after the field: words, not the rule itself.
    expect(rule.message).toMatch(/^[a-zA-Z][^&|!()]{20,}$/);
    expect(breaking(rule, messageOf)).toBeDefined();
  });

  it.each([...files({ externalSecretRules })])('%s is what tools/crds.mjs writes, and small', (file, content) => {
    expect(readFileSync(new URL(`../../../deploy/crds/${file}`, import.meta.url), 'utf8')).toBe(content);
    expect(content.length).toBeLessThan(200_000);
  });
});
