// No input makes this room crash, hang or speak of a value; whatever comes in, a value or a refusal of ours comes out.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cost } from '../../../../controller/stores/cost.ts';
import { dataValue, extractValues, findValues } from '../../../../controller/stores/data/assemble.ts';
import { deepestJson, readJson } from '../../../../controller/stores/data/json.ts';
import { replaceAll } from '../../../../controller/stores/data/replace.ts';
import type { RemoteValue } from '../../../../controller/stores/store.ts';
import { isSealError } from '../../../../src/errors.ts';
import type { RemoteRef, Rewrite } from '../../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../../src/redact.ts';
import { bytesFromText, textFromBytes, textFromString } from '../../../../src/template/bytes.ts';
import { compileRe2 } from '../../../../src/template/re2.ts';
import { runs } from '../../../support/property.ts';

const source = { provider: 'vault', entry: 'spec.data[0]', key: 'k' } as const;
const marker = 'hunter2-MARKER';

/** Runs `attempt`; only a refusal of ours, which never holds the marker, may come of it beside a value. */
async function survives(attempt: () => unknown): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    expect(isSealError(error)).toBe(true);
    expect(String(error)).not.toContain(marker);
  }
}

const json = fc.oneof(
  fc.json(),
  fc.json().map((text) => text.slice(0, -1)),
  fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0d8e1-+.tfn \n') }),
  fc.constant(`{"a":"${marker}","b":{"c":["${marker}"]}}`),
);
const bytes = fc.oneof(
  json.map((text) => Buffer.from(text)),
  fc.uint8Array(),
);
const path = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ab01.#\\*?|@!{}[]()"=') }));
const ref = fc.record<Partial<RemoteRef> & { key: string }>(
  {
    key: fc.constant('k'),
    property: path,
    decodingStrategy: fc.constantFrom('None', 'Base64', 'Base64URL', 'Auto'),
    conversionStrategy: fc.constantFrom('Default', 'Unicode'),
    nullBytePolicy: fc.constantFrom('Ignore', 'Fail'),
  },
  { requiredKeys: ['key'] },
);
const pattern = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ab.*+?()[]{}|^$\\dw1,-:<>P') }));
const replacement = fc.string({ unit: fc.constantFrom(...'ab{$}_012é') });
const rewrite: fc.Arbitrary<Rewrite> = fc.oneof(
  fc.record({ regexp: fc.record({ source: pattern, target: replacement }) }),
  fc.record({ transform: fc.record({ template: fc.oneof(fc.string(), fc.constant('{{ .value | upper }}')) }) }),
  fc.record({
    merge: fc.record(
      {
        into: fc.string(),
        priority: fc.array(fc.constantFrom('a', 'b')),
        priorityPolicy: fc.constantFrom('Strict', 'IgnoreNotFound'),
        conflictPolicy: fc.constantFrom('Error', 'Ignore'),
        strategy: fc.constantFrom('Extract', 'JSON'),
      },
      { requiredKeys: [] },
    ),
  }),
);
const rules = fc.constantFrom<RemoteValue['rules']>('vault', 'aws');
const remote = fc
  .record({ bytes, rules })
  .map(({ bytes: of, rules: by }): RemoteValue => ({ bytes: new SecretBytes(of), rules: by }));

describe('whatever a store answers and an object asks', () => {
  it('an entry of data is a value or a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(remote, ref, (value, asked) => survives(() => dataValue(value, asked, source))),
      { numRuns: runs(100) },
    );
  });

  it('an extract is values or a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(remote, ref, fc.array(rewrite, { maxLength: 3 }), (value, extract, rewrites) =>
        survives(() => extractValues(value, { extract, rewrite: rewrites }, source)),
      ),
      { numRuns: runs(100) },
    );
  });

  it('a find is values or a refusal', async () => {
    const found = fc.array(fc.record({ name: fc.oneof(fc.string(), fc.constantFrom('a', 'b')), value: remote }), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(found, fc.array(rewrite, { maxLength: 3 }), (values, rewrites) =>
        survives(() => findValues(values, { find: {}, rewrite: rewrites }, source)),
      ),
      { numRuns: runs(100) },
    );
  });

  it('the outcome does not depend on the order in which values come', async () => {
    const found = fc.uniqueArray(fc.record({ name: fc.string({ maxLength: 3 }), value: remote }), {
      selector: ({ name }) => name,
      maxLength: 6,
    });
    const outcome = async (values: { name: string; value: RemoteValue }[], rewrites: Rewrite[]) => {
      try {
        const result = await findValues(values, { find: {}, rewrite: rewrites }, source);
        return [...result].map(([name, value]) => `${name}=${textFromBytes(value.reveal())}`).sort();
      } catch (error) {
        return String(error);
      }
    };
    await fc.assert(
      fc.asyncProperty(found, fc.array(rewrite, { maxLength: 2 }), async (values, rewrites) => {
        expect(await outcome(values.toReversed(), rewrites)).toEqual(await outcome(values, rewrites));
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('reading JSON', () => {
  it('takes what JSON.parse takes and nothing else', () => {
    fc.assert(
      fc.property(json, (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        let isRead = true;
        try {
          expect(readJson(textFromString(text)).raw).toBe(textFromString(text).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
          isRead = false;
        }
        expect(isRead).toBe(isJson);
      }),
      { numRuns: runs(500) },
    );
  });

  it('refuses depth that would break others, without breaking itself', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(readJson(nested(deepestJson)).kind).toBe('array');
    expect(() => readJson(nested(deepestJson + 1))).toThrow(SyntaxError);
    expect(() => readJson(nested(1_000_000))).toThrow(SyntaxError);
    expect(() => readJson('{"a":'.repeat(1_000_000))).toThrow(SyntaxError);
  });

  it('works at every depth it takes', () => {
    const deep = `{"a":${'{"a":'.repeat(deepestJson - 1)}1${'}'.repeat(deepestJson)}`;
    for (const by of ['vault', 'aws'] as const) {
      const value: RemoteValue = { bytes: new SecretBytes(bytesFromText(deep)), rules: by };
      expect(textFromBytes(dataValue(value, { key: 'k', property: 'a' }, source).reveal())).toBe(deep.slice(5, -1));
    }
  });
});

it('replacing ends for expressions that others would try for ever', () => {
  for (const expression of ['(a*)*b', '(a|aa)+$', '(.*)*(.*)*(.*)*x', '(a{1,100}){1,10}b', '((a?){20}){20}c']) {
    const compiled = compileRe2(expression);
    if (compiled) expect(replaceAll(compiled, 'a'.repeat(253), '$1', new Cost())).toBeTypeOf('string');
  }
  expect(compileRe2('((a{100}){100}){100}')).toBeUndefined();
  expect(compileRe2('a'.repeat(5000))).toBeUndefined();
});
