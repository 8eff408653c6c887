// What a VaultStaticSecret gets out of what Vault answered, told in cases; Go's own answers are in go-vectors.test.ts.

import { describe, expect, it } from 'vitest';
import { assembleStatic, type StaticContext } from '../../../../../controller/stores/data/static/assemble.ts';
import { staticPlan } from '../../../../../controller/stores/data/static/transformation.ts';
import type { RemoteValue, StoreError } from '../../../../../controller/stores/store.ts';
import type { SecretTransformationSpec, VaultTransformation } from '../../../../../src/kube/vault-secrets.ts';
import { SecretBytes } from '../../../../../src/redact.ts';

const secret = (text: string) => new SecretBytes(Buffer.from(text));
const metadata = '{"created_time":"2026-01-01T00:00:00Z","custom_metadata":{"team":"a"},"version":3}';

/** As `vault/kv.ts` hands it out; `data` is in Go's form already. */
const v2 = (data: string, more = metadata): RemoteValue => ({
  bytes: secret(data),
  raw: secret(`{"data":${data},"metadata":${more}}`),
  rules: 'vault',
});
const v1 = (data: string): RemoteValue => ({ bytes: secret(data), raw: secret(data), rules: 'vault' });

interface Given {
  transformation?: VaultTransformation;
  shared?: Record<string, SecretTransformationSpec>;
  context?: Partial<StaticContext>;
}

async function assembled(value: RemoteValue, { transformation, shared = {}, context }: Given = {}) {
  const plan = await staticPlan(transformation, {
    namespace: 'app',
    find: ({ namespace, name }) => shared[`${namespace}/${name}`],
  });
  return assembleStatic(value, plan, { type: 'kv-v2', key: 'kv/db', ...context });
}

const shown = (values: ReadonlyMap<string, SecretBytes>) =>
  Object.fromEntries(Array.from(values, ([name, value]) => [name, Buffer.from(value.reveal()).toString()]));
const items = async (value: RemoteValue, given?: Given) => shown((await assembled(value, given)).items);

/** The refusal of `attempt`: its code, message and hints. */
async function refusal(attempt: () => unknown) {
  try {
    await attempt();
  } catch (error) {
    const { code, message, hints } = error as StoreError;
    return { code, message, hints };
  }
  throw new Error('it was not refused');
}

const onlyTemplate = (text: string): Given => ({
  transformation: { excludeRaw: true, excludes: ['.'], templates: { made: { text } } },
});
const rendered = async (data: string, text: string) => (await items(v2(data), onlyTemplate(text))).made;

describe('every top-level key is an item', () => {
  it('strings are their own bytes, everything else is JSON', async () => {
    expect(
      await items(
        v2('{"big":12345678901234567890,"list":[1.10,"\\u003c"],"no":null,"text":"a\\u003cb\\n","yes":true}'),
      ),
    ).toEqual({
      _raw: `{"data":{"big":12345678901234567890,"list":[1.10,"\\u003c"],"no":null,"text":"a\\u003cb\\n","yes":true},"metadata":${metadata}}`,
      big: '12345678901234567890',
      list: '[1.10,"\\u003c"]',
      no: 'null',
      text: 'a<b\n',
      yes: 'true',
    });
  });

  it('of KV v1 the answer itself is _raw, also where it has a key called data', async () => {
    const data = '{"data":{"a":"1"},"metadata":"m"}';
    expect(await items(v1(data), { context: { type: 'kv-v1' } })).toEqual({
      _raw: data,
      data: '{"a":"1"}',
      metadata: 'm',
    });
  });

  it('an empty secret is _raw alone', async () => {
    expect(await items(v2('{}'))).toEqual({ _raw: `{"data":{},"metadata":${metadata}}` });
  });
});

describe('what workloads want to know of', () => {
  const meaning = async (value: RemoteValue, given?: Given) => shown((await assembled(value, given)).meaning);

  it('is the same for another version with equal values', async () => {
    const later = metadata.replace('"version":3', '"version":4');
    expect(await items(v2('{"a":"1"}'))).not.toEqual(await items(v2('{"a":"1"}', later)));
    expect(await meaning(v2('{"a":"1"}'))).toEqual(await meaning(v2('{"a":"1"}', later)));
  });

  it('is another when only _raw shows the change', async () => {
    const given = { transformation: { excludes: ['.*'] } };
    expect(await meaning(v2('{"a":"1"}'), given)).not.toEqual(await meaning(v2('{"a":"2"}'), given));
  });

  it('has what templates make of the metadata', async () => {
    const later = metadata.replace('"version":3', '"version":4');
    const given = onlyTemplate('{{ .Metadata.version }}');
    expect(await meaning(v2('{}'), given)).toEqual({ made: '3' });
    expect(await meaning(v2('{}', later), given)).toEqual({ made: '4' });
  });

  it('leaves a template alone that makes _raw itself', async () => {
    expect(await meaning(v2('{}'), { transformation: { templates: { _raw: { text: 'mine' } } } })).toEqual({
      _raw: 'mine',
    });
  });
});

describe('names that a Secret cannot have', () => {
  it.each(['a b', 'a/b', 'ü', '.', '..', '..data', '...', '', 'x'.repeat(254), 'a\u0000b', 'a\nb'])(
    '%j is refused by name',
    async (name) => {
      const { code, message } = await refusal(() => items(v2(`{${JSON.stringify(name)}:"hunter2"}`)));
      expect(code).toBe('STORE_INVALID');
      expect(message).toMatch(/^spec\.path: '.*' cannot be the name of an item in a Secret$/s);
      expect(message).not.toContain('hunter2');
    },
  );

  it('are told with the way out, and never so long that they hide it', async () => {
    expect(await refusal(() => items(v2('{"my key":"1"}')))).toEqual({
      code: 'STORE_INVALID',
      message: "spec.path: 'my key' cannot be the name of an item in a Secret",
      hints: [
        'exclude the key by spec.destination.transformation.excludes, and give its value another name by a template',
      ],
    });
    expect((await refusal(() => items(v2(`{"${'x '.repeat(5000)}":"1"}`)))).message.length).toBeLessThan(250);
  });

  it.each(['.a', 'a..', '-', '_', 'x'.repeat(253)])('%s is none of them', async (name) => {
    expect((await items(v2(`{"${name}":"1"}`)))[name]).toBe('1');
  });

  it('do no harm where they are excluded, and templates can reach them', async () => {
    expect(await rendered('{"my key":"1"}', '{{ get .Secrets "my key" }}')).toBe('1');
  });

  it('may not come from templates either', async () => {
    expect(
      (await refusal(() => items(v2('{}'), { transformation: { templates: { 'a b': { text: '' } } } }))).message,
    ).toBe("spec.path: 'a b' cannot be the name of an item in a Secret");
  });
});

describe('a key that is called _raw', () => {
  it('is refused, with or without the item of that name', async () => {
    const hints = ["add '^_raw$' to spec.destination.transformation.excludes"];
    const message = "spec.path: 'kv/db' has a key '_raw', which is the name of the whole answer";
    for (const excludeRaw of [false, true]) {
      const given = { transformation: { excludeRaw } };
      expect(await refusal(() => items(v2('{"_raw":"1"}'), given))).toEqual({ code: 'STORE_INVALID', message, hints });
    }
  });

  it('is let through when the advice is followed', async () => {
    const given = { transformation: { excludes: ['^_raw$'] } };
    expect(await items(v2('{"_raw":"1","a":"2"}'), given)).toEqual({
      _raw: `{"data":{"_raw":"1","a":"2"},"metadata":${metadata}}`,
      a: '2',
    });
  });
});

describe('an answer that cannot be used', () => {
  it.each([
    ['v2 without data', v2('null')],
    ['v2 with a list', v2('[]')],
    ['no object at all', v1('7')],
    ['500 levels and more', v2(`{"a":${'['.repeat(600)}${']'.repeat(600)}}`)],
  ])('%s is Invalid', async (_, value) => {
    expect((await refusal(() => items(value))).code).toBe('STORE_INVALID');
  });
});

describe('templates', () => {
  const marker = 'hunter2-marker';

  it('see data, metadata, labels and annotations of the object', async () => {
    const text = '{{ .Secrets.a }} {{ .Metadata.custom_metadata.team }} {{ .Labels.app }} {{ get .Annotations "x/y" }}';
    const context = { labels: { app: 'db' }, annotations: { 'x/y': 'note' } };
    expect((await items(v2('{"a":"1"}'), { ...onlyTemplate(text), context })).made).toBe('1 a db note');
  });

  it('do not see what others changed', async () => {
    const templates = {
      a: { text: '{{ $_ := set .Secrets "k" "changed" }}{{ .Secrets.k }}' },
      b: { text: '{{ .Secrets.k }}' },
    };
    expect(await items(v2('{"k":"1"}'), { transformation: { excludes: ['k'], excludeRaw: true, templates } })).toEqual({
      a: 'changed',
      b: '1',
    });
  });

  it.each([
    ['{{ .Secrets.typo }}', 'map has no entry for key "typo"'],
    ['\n\n{{ .Secrets.typo | quote }}', 'map has no entry for key "typo"'],
    ['{{ .Secrets.k.deeper }}', "can't evaluate field deeper in type string"],
    ['{{ .Secrets.k | fromJson | get "x" }}', 'wrong type for an argument of get: expected map; got string'],
    ['{{ fail .Secrets.k }}', 'error calling fail: the template called fail'],
    ['{{ index .Secrets.list 9 }}', 'error calling index: index out of range'],
    ['{{ env "HOME" }}', 'function "env" is not available'],
    ['{{ now }}', 'function "now" is not available'],
    ['{{ if }}', 'missing value for if'],
  ])('%j fails: %s', async (text, what) => {
    const { code, message, hints } = await refusal(() => rendered(`{"k":"${marker}","list":[]}`, text));
    expect(code).toMatch(/^TEMPLATE_(PARSE|EXECUTE)$/);
    expect(message).toMatch(/^template 'made' of spec\.destination\.transformation, line [013]: /);
    expect(message).toContain(what);
    expect(message + hints.join()).not.toContain(marker);
  });

  it('say whose they are when they come from elsewhere, also when they are called', async () => {
    const shared = {
      'app/lib': {
        sourceTemplates: [{ name: 'inner', text: '\n{{ .Secrets.typo }}' }],
        templates: { x: { text: '{{ .Nope }}' } },
      },
    };
    const ref = { transformationRefs: [{ name: 'lib' }] };
    expect((await refusal(() => items(v2('{}'), { transformation: ref, shared }))).message).toBe(
      "template 'x' of SecretTransformation app/lib, line 1: can't evaluate field Nope in type *helpers.SecretInput",
    );
    const calling = { ...ref, templates: { a: { text: '{{ template "inner" . }}' } } };
    expect((await refusal(() => items(v2('{}'), { transformation: calling, shared }))).message).toBe(
      'template \'inner\' of SecretTransformation app/lib, line 2: map has no entry for key "typo"',
    );
  });

  it('are bounded all together, and not one by one', async () => {
    const text = '{{ range until 3000 }}{{ range until 100 }}x{{ end }}{{ end }}';
    const templates = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`item-${at}`, { text }]));
    expect((await refusal(() => items(v2('{}'), { transformation: { templates } }))).code).toBe('TEMPLATE_LIMIT');
  });

  it('may not make their own inputs into a loop without end', async () => {
    const text = '{{ $_ := set .Secrets "self" .Secrets }}{{ .Secrets | toJson }}';
    expect((await refusal(() => rendered('{}', text))).code).toBe('TEMPLATE_LIMIT');
  });
});
