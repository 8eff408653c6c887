// Whatever Vault answers and whatever is asked: items that hold what was stored, or a refusal of ours that says nothing of it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleStatic } from '../../../../../controller/stores/data/static/assemble.ts';
import { secretMac } from '../../../../../controller/stores/data/static/mac.ts';
import { staticPlan } from '../../../../../controller/stores/data/static/transformation.ts';
import { changeIn } from '../../../../../controller/stores/vault/events.ts';
import { valueIn } from '../../../../../controller/stores/vault/kv.ts';
import { isSealError } from '../../../../../src/errors.ts';
import type { SecretTransformationSpec, VaultTransformation } from '../../../../../src/kube/vault-secrets.ts';
import { runs } from '../../../../support/property.ts';

const marker = 'hunter2-MARKER';
const itemName = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_'), minLength: 1, maxLength: 8 });
const anyValue = fc.oneof(fc.jsonValue(), fc.constant(marker), fc.constant([marker, { k: marker }]));
const secret = fc.dictionary(fc.oneof(itemName, fc.string(), fc.constant('_raw')), anyValue);
const tame = fc.dictionary(itemName, anyValue);
const piece = fc.constantFrom(
  '{{',
  '}}',
  '{{ .Secrets',
  '.a',
  '.Metadata.version',
  ' }}',
  '{{ range $k, $v := .Secrets }}',
  '{{ $v }}',
  '{{ end }}',
  '{{ template "n" . }}',
  '{{ define "n" }}',
  '| toJson',
  '| quote',
  '| fail',
  '{{ if .Secrets.a }}',
  '{{ set .Secrets "a" .Secrets }}',
  'x',
);
const text = fc.array(piece, { maxLength: 8 }).map((all) => all.join(''));
const pattern = fc.oneof(itemName, fc.string({ unit: fc.constantFrom(...'ab.*+?()[]{}|^$\\d1,') }));
const template = fc.record({ text, name: fc.constantFrom('n', 'm', '') }, { requiredKeys: ['text'] });
const shared: fc.Arbitrary<SecretTransformationSpec> = fc.record(
  {
    templates: fc.dictionary(itemName, template, { maxKeys: 3 }),
    sourceTemplates: fc.array(fc.record({ text, name: fc.constantFrom('n', 'o') }), { maxLength: 2 }),
    includes: fc.array(pattern, { maxLength: 2 }),
    excludes: fc.array(pattern, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const transformation: fc.Arbitrary<VaultTransformation> = fc.record(
  {
    templates: fc.dictionary(fc.oneof(itemName, fc.string()), template, { maxKeys: 3 }),
    transformationRefs: fc.array(
      fc.record(
        { name: fc.constantFrom('a', 'gone'), ignoreIncludes: fc.boolean(), ignoreExcludes: fc.boolean() },
        { requiredKeys: ['name'] },
      ),
      { maxLength: 2 },
    ),
    includes: fc.array(pattern, { maxLength: 2 }),
    excludes: fc.array(pattern, { maxLength: 2 }),
    excludeRaw: fc.boolean(),
  },
  { requiredKeys: [] },
);

async function assembled(data: object, own?: VaultTransformation, spec: SecretTransformationSpec = {}) {
  const body = JSON.stringify({ data: { data, metadata: { version: 1 } } });
  const subject = { doing: 'reading', path: 'kv/data/x', server: 'https://vault' };
  const value = valueIn({ status: 200, headers: {}, text: body }, 'v2', subject, new Date(0));
  const plan = await staticPlan(own, { namespace: 'app', find: ({ name }) => (name === 'a' ? spec : undefined) });
  return assembleStatic(value, plan, { type: 'kv-v2', key: 'kv/x' }).items;
}

describe('whatever is stored and asked', () => {
  it('items come of it, or a refusal without a word of the values', async () => {
    await fc.assert(
      fc.asyncProperty(secret, fc.option(transformation, { nil: undefined }), shared, async (data, own, spec) => {
        try {
          const items = await assembled(data, own, spec);
          for (const name of items.keys()) expect(name).toMatch(/^[-._a-zA-Z0-9]{1,253}$/);
          expect(JSON.stringify([...items])).not.toContain(marker);
        } catch (error) {
          if (!isSealError(error)) throw error;
          expect(error.message + error.hints.join()).not.toContain(marker);
        }
      }),
      { numRuns: runs(500) },
    );
  });

  it('every key is an item that holds its value, and _raw holds them all', async () => {
    await fc.assert(
      fc.asyncProperty(tame, async (data) => {
        const items = new Map(
          Array.from(await assembled(data), ([name, value]) => [name, Buffer.from(value.reveal()).toString()]),
        );
        expect(JSON.parse(items.get('_raw') ?? '')).toEqual(wellFormed({ data, metadata: { version: 1 } }));
        for (const [name, value] of Object.entries(data)) {
          const item = items.get(name) ?? '';
          expect(typeof value === 'string' ? item : JSON.parse(item)).toEqual(wellFormed(value));
        }
        expect(items.size).toBe(Object.keys(data).length + 1);
      }),
      { numRuns: runs(100) },
    );
  });

  it('the same gives the same digest, whatever the order in which it is stored', async () => {
    const key = Buffer.alloc(16, 7);
    await fc.assert(
      fc.asyncProperty(tame, async (data) => {
        const reversed = Object.fromEntries(Object.entries(data).reverse());
        expect(secretMac(key, await assembled(reversed))).toBe(secretMac(key, await assembled(data)));
      }),
      { numRuns: runs(100) },
    );
  });
});

it('whatever comes over the event stream is a change, something else or unreadable', () => {
  const message = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({
        data: fc.record({
          event: fc.record({
            metadata: fc.dictionary(
              fc.constantFrom('path', 'data_path', 'current_version', 'modified'),
              fc.jsonValue(),
            ),
          }),
          event_type: fc.constantFrom('kv-v2/data-write', 'kv-v1/write', 'kv-v2/destroy', 'x'),
          plugin_info: fc.oneof(fc.jsonValue(), fc.record({ mount_path: fc.string() })),
          namespace: fc.jsonValue(),
        }),
      })
      .map((event) => JSON.stringify(event)),
  );
  fc.assert(
    fc.property(message, (one) => {
      const change = changeIn(one);
      if (typeof change === 'string') {
        expect(['other', 'unreadable']).toContain(change);
        return;
      }
      expect(change.path).not.toMatch(/^\/|\/$/);
      expect(change.mount).not.toBe('');
    }),
    { numRuns: runs(500) },
  );
});

/** As Go decodes it: half a pair of surrogates is U+FFFD, and minus zero is written as zero by JSON.stringify. */
function wellFormed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/\\ud[89a-f][0-9a-f]{2}/gi, '\ufffd'));
}
