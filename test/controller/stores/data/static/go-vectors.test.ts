// Holds the items of VaultStaticSecrets against what Go's own libraries make of the same answers (test/e2e/tools/staticdata).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assembleStatic } from '../../../../../controller/stores/data/static/assemble.ts';
import { secretMac } from '../../../../../controller/stores/data/static/mac.ts';
import { staticPlan } from '../../../../../controller/stores/data/static/transformation.ts';
import { valueIn } from '../../../../../controller/stores/vault/kv.ts';
import { isSealError } from '../../../../../src/errors.ts';
import type { SecretTransformationSpec, VaultTransformation } from '../../../../../src/kube/vault-secrets.ts';

interface Case {
  about: string;
  document: string;
  type: string;
  excludeRaw?: boolean;
  includes?: string[];
  excludes?: string[];
  templates?: { name?: string; item?: string; text: string }[];
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  /** Why ours refuses what Go makes something of. */
  refused?: string;
  out: { items?: Record<string, string>; mac?: string };
}

interface Recorded {
  key: string;
  metadata: string;
  documents: Record<string, string>;
  cases: Case[];
}

// Parsed at run time: as a module, a member called `__proto__` would be none.
const file = new URL('../../../../vectors/staticdata/cases.json', import.meta.url);
const { key, metadata, documents, cases }: Recorded = JSON.parse(readFileSync(file, 'utf8'));

/** What a server that holds the document answers. */
function answered({ document, type }: Case) {
  const text = documents[document];
  const data = type === 'kv-v2' ? `{"data":${text},"metadata":${metadata}}` : text;
  const subject = { doing: 'reading', path: 'kv/data/x', server: 'https://vault' };
  const answer = { status: 200, headers: {}, text: `{"request_id":"x","data":${data},"warnings":null}` };
  return valueIn(answer, type === 'kv-v2' ? 'v2' : 'v1', subject, new Date());
}

/** Templates without an item go into a SecretTransformation, where they are sources. */
function planOf({ excludeRaw, includes, excludes, templates = [] }: Case) {
  const own = templates.filter(({ item }) => item);
  const shared: SecretTransformationSpec = {
    sourceTemplates: templates.flatMap(({ item, name, text }) => (item || !name ? [] : [{ name, text }])),
  };
  const transformation: VaultTransformation = {
    ...(excludeRaw && { excludeRaw }),
    ...(includes && { includes }),
    ...(excludes && { excludes }),
    templates: Object.fromEntries(own.map(({ item, name, text }) => [item, { ...(name && { name }), text }])),
    transformationRefs: [{ name: 'shared' }],
  };
  return staticPlan(transformation, { namespace: 'app', find: () => shared });
}

async function outcome(one: Case): Promise<Case['out']> {
  try {
    const { type, annotations, labels } = one;
    if (type !== 'kv-v1' && type !== 'kv-v2') throw new TypeError(type);
    const { items } = assembleStatic(answered(one), await planOf(one), { type, annotations, labels, key: 'kv/x' });
    const encoded = Array.from(items, ([item, value]) => [item, Buffer.from(value.reveal()).toString('base64')]);
    return { items: Object.fromEntries(encoded), mac: secretMac(Buffer.from(key, 'base64'), items) };
  } catch (error) {
    // Anything else would be a fault of ours.
    if (
      isSealError(error) &&
      /^(?:STORE_INVALID|TRANSFORMATION_INVALID|TEMPLATE_(?:PARSE|EXECUTE))$/.test(error.code)
    ) {
      return {};
    }
    throw error;
  }
}

const canBeItem = (name: string) => /^[-._a-zA-Z0-9]{1,253}$/.test(name) && !name.startsWith('..') && name !== '.';

describe('what Go makes of the same answer', () => {
  it.each(cases.map((one) => [`${one.about}: ${one.templates?.[0]?.text ?? ''} (${one.document})`, one] as const))(
    '%s',
    async (_, one) => {
      // The API server takes no other names: refused before the first write.
      const isPossible = Object.keys(one.out.items ?? {}).every(canBeItem);
      expect(await outcome(one)).toEqual(isPossible && one.refused === undefined ? one.out : {});
    },
  );

  it('is recorded for enough of it', () => {
    expect(cases.length).toBeGreaterThan(400);
    expect(Object.keys(documents).length).toBeGreaterThanOrEqual(10);
    expect(cases.filter(({ out }) => out.items).length).toBeGreaterThan(350);
  });
});
