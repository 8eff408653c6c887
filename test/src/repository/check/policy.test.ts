// What a rule's policy asks of age, scope and record.

import { describe, expect, it } from 'vitest';
import { checkPolicy } from '../../../../src/repository/check/policy.ts';
import type { Policy } from '../../../../src/repository/configuration.ts';
import { findings, keys, rule, sealedSecret } from './subjects.ts';

const policy = (given: Partial<Policy>) => ({
  rule: rule({ policy: { forbidScopes: [], requireRecord: false, ...given } }),
});
const on = (day: string) => ({ record: `${keys.newest} shop/db ${day}` });
const short = (found: string[]) => found.map((text) => text.replace(/(at "\w+: )AQA[^"]*/, '$1…'));

describe('the policy of a rule', () => {
  it('limits the age of values, to the day', () => {
    const text = sealedSecret({
      a: on('2026-06-04'),
      b: on('2026-06-03'),
      c: on('2026-01-01'),
      d: on('2026-06-03'),
      e: {},
    });
    expect(short(findings(checkPolicy, text, policy({ maxAgeDays: 180 })))).toEqual([
      'SW109 at "b: …": b and d: sealed on 2026-06-03, 181 days ago, and the rule of .sealwright.yaml:7 allows 180',
      'SW109 at "c: …": c: sealed on 2026-01-01, 334 days ago, and the rule of .sealwright.yaml:7 allows 180',
    ]);
  });

  it('says nothing of days to come, and of days that are none', () => {
    const text = sealedSecret({ a: on('2027-01-01'), b: on('2026-13-45') });
    expect(findings(checkPolicy, text, policy({ maxAgeDays: 1 }))).toEqual([]);
  });

  it('forbids scopes', () => {
    const wide = sealedSecret({ a: {} }, { annotations: ['sealedsecrets.bitnami.com/namespace-wide: "true"'] });
    const strict = sealedSecret({ a: {} });
    const given = policy({ forbidScopes: ['namespace-wide', 'cluster-wide'] });
    expect(findings(checkPolicy, strict, given)).toEqual([]);
    expect(findings(checkPolicy, wide, given)).toEqual([
      'SW110 at "sealedsecrets.bitnami.com/namespace-wide": the scope is namespace-wide, which the rule of .sealwright.yaml:7 forbids',
    ]);
    const only = policy({ forbidScopes: ['strict'] });
    expect(findings(checkPolicy, strict, only)).toEqual([
      expect.stringMatching(/^SW110 at "metadata:": the scope is strict/),
    ]);
    expect(findings(checkPolicy, strict, { ...only, isPatch: true })).toEqual([]);
  });

  it('asks for records', () => {
    const text = sealedSecret({ a: on('2026-11-21'), b: {}, c: { value: '"{{ .c }}"' }, d: {} });
    expect(findings(checkPolicy, text, policy({}))).toEqual([]);
    expect(short(findings(checkPolicy, text, policy({ requireRecord: true })))).toEqual([
      'SW111 at "b: …": b and d: no line in the seal record, which the rule of .sealwright.yaml:7 requires',
    ]);
  });

  it('is nothing without a rule', () => {
    expect(findings(checkPolicy, sealedSecret({ a: on('2000-01-01') }))).toEqual([]);
  });
});
