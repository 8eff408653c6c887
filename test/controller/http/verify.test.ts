// POST /v1/verify: what it answers to the reference CLI, to batches and to abuse.

import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { runs } from '../../support/property.ts';
import { endpoints, sealedSecret } from './requests.ts';

type Endpoints = Awaited<ReturnType<typeof endpoints>>;

let at: Endpoints;
let good: Awaited<ReturnType<typeof sealedSecret>>;
beforeAll(async () => {
  at = await endpoints();
  good = await sealedSecret({ user: { text: 'admin', under: at.newest }, password: { text: 's3cret', under: at.old } });
});

describe('one SealedSecret', () => {
  it.each(['JSON', 'YAML'])('that opens is 200 with an empty body, as %s', async (form) => {
    const answer = await at.verify(form === 'JSON' ? JSON.stringify(good) : stringify(good));
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it('opens under each scope, as its own annotations say', async () => {
    for (const scope of ['strict', 'namespace-wide', 'cluster-wide'] as const) {
      const object = await sealedSecret({ a: { text: 'x', under: at.old } }, { scope });
      expect((await at.verify(JSON.stringify(object))).status).toBe(200);
    }
  });

  it('with nothing sealed in it opens', async () => {
    expect((await at.verify(JSON.stringify(await sealedSecret({})))).status).toBe(200);
  });

  it('is 409 with one and the same answer, whatever keeps it from opening', async () => {
    const sealed = good.spec.encryptedData.password ?? '';
    const bytes = Buffer.from(sealed, 'base64');
    const flipped = (index: number) => {
      const copy = Buffer.from(bytes);
      copy[index < 0 ? copy.length + index : index]! ^= 1;
      return copy.toString('base64');
    };
    const foreign = await sealedSecret({ password: { text: 's3cret', under: at.foreign } });
    const withPassword = (value: unknown) => ({ ...good, spec: { encryptedData: { password: value } } });
    const cases = {
      'another key': foreign,
      'another name': { ...good, metadata: { ...good.metadata, name: 'other' } },
      'another namespace': { ...good, metadata: { ...good.metadata, namespace: 'other' } },
      'another scope': await withScope(good),
      'a flipped bit of the wrapped key': withPassword(flipped(20)),
      'a flipped bit of the ciphertext': withPassword(flipped(-20)),
      'a flipped bit of the tag': withPassword(flipped(-1)),
      'a value cut off': withPassword(sealed.slice(0, 40)),
      'no base64': withPassword('%%%'),
      'no text': withPassword(7),
      nothing: withPassword(''),
      'one item of several': { ...good, spec: { encryptedData: { ...good.spec.encryptedData, extra: flipped(30) } } },
    };
    const answers: [number, string][] = [];
    for (const object of Object.values(cases)) {
      const answer = await at.verify(JSON.stringify(object));
      answers.push([answer.status, await answer.text()]);
    }
    const [first] = answers;
    expect(first?.[0]).toBe(409);
    expect(JSON.parse(String(first?.[1]))).toEqual({ error: { code: 'NO_KEY_OPENS', message: expect.any(String) } });
    for (const answer of answers) expect(answer).toEqual(first);
  });

  it('costs as many private operations for a damaged value as for one of another key', async () => {
    const bytes = Buffer.from(good.spec.encryptedData.user ?? '', 'base64');
    const damaged = [20, bytes.length - 20, bytes.length - 1].map((index) => {
      const copy = Buffer.from(bytes);
      copy[index]! ^= 1;
      return { ...good, spec: { encryptedData: { user: copy.toString('base64') } } };
    });
    const foreign = await sealedSecret({ user: { text: 'admin', under: at.foreign } });
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt');
    const costs: number[] = [];
    for (const object of [...damaged, foreign]) {
      decrypt.mockClear();
      expect((await at.verify(JSON.stringify(object))).status).toBe(409);
      costs.push(decrypt.mock.calls.length);
    }
    decrypt.mockRestore();
    expect(costs).toEqual([2, 2, 2, 2]);
  });

  it('renders no template: one that would fail, or tell of the value, changes nothing', async () => {
    const template = {
      data: { a: '{{ fail "s3cret" }}', b: '{{ if eq .password "s3cret" }}{{ fail "yes" }}{{ end }}', c: '{{' },
    };
    const object = await sealedSecret({ password: { text: 's3cret', under: at.newest } }, { template });
    expect((await at.verify(JSON.stringify(object))).status).toBe(200);
  });

  it('of the first form is not looked into: whether it holds a Secret is a word about the plain text', async () => {
    const { spec } = await sealedSecret({ whole: { text: 'no Secret at all', under: at.old } });
    const object = { ...good, spec: { data: spec.encryptedData.whole } };
    expect((await at.verify(JSON.stringify(object))).status).toBe(200);
  });
});

async function withScope(object: typeof good) {
  const annotations = { 'sealedsecrets.bitnami.com/cluster-wide': 'true' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

describe('several SealedSecrets', () => {
  it('are answered item by item, as a List and as documents', async () => {
    const foreign = await sealedSecret(
      { a: { text: 'x', under: at.foreign }, b: { text: 'y', under: at.newest } },
      { name: 'other' },
    );
    const results = [
      { namespace: 'shop', name: 'db', items: { user: true, password: true } },
      { namespace: 'shop', name: 'other', items: { a: false, b: true } },
    ];
    const list = await at.verify(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [good, foreign] }));
    expect([list.status, await list.json()]).toEqual([200, { results }]);
    const stream = await at.verify(`${stringify(good)}---\n${stringify(foreign)}`);
    expect([stream.status, await stream.json()]).toEqual([200, { results }]);
  });

  it('may be none', async () => {
    const answer = await at.verify(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [] }));
    expect(await answer.json()).toEqual({ results: [] });
  });

  it('answer under the name of the item, whatever it is', async () => {
    const object = JSON.parse(
      '{"apiVersion":"bitnami.com/v1alpha1","kind":"SealedSecret","metadata":{"name":"a"},"spec":{"encryptedData":{"__proto__":"x"}}}',
    );
    const answer = await at.verify(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [object] }));
    expect(await answer.text()).toBe('{"results":[{"name":"a","items":{"__proto__":false}}]}');
  });
});

describe('abuse', () => {
  const flow = (items: string) =>
    `{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: a}, spec: {encryptedData: ${items}}}`;
  const one = (items: string) => `${flow(items)}\n`;
  const list = (count: number, items: number) => {
    const encryptedData = Object.fromEntries(Array.from({ length: items }, (_, index) => [`k${index}`, 'AgA=']));
    const one = {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: 'a' },
      spec: { encryptedData },
    };
    return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: Array.from({ length: count }, () => one) });
  };

  it.each([
    ['nothing', '', 400, 'EMPTY'],
    ['a comment', '# nothing\n', 400, 'EMPTY'],
    ['garbage', '\u0001\u0002{{', 400, 'NOT_A_SEALED_SECRET'],
    ['a Helm template', 'a: {{ .Values.a }}\n', 400, 'NOT_YAML'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0xfd]), 400, 'NOT_TEXT'],
    ['NUL bytes', new Uint8Array(1000), 400, 'NOT_TEXT'],
    ['JSON cut off', '{"apiVersion":"bitnami.com/v1alpha1","kind":', 400, 'NOT_YAML'],
    ['a plain Secret', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n', 400, 'NOT_A_SEALED_SECRET'],
    [
      'a List with something else in it',
      '{"apiVersion":"v1","kind":"List","items":[{"kind":"Pod"}]}',
      400,
      'NOT_A_SEALED_SECRET',
    ],
    [
      'no name',
      'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec: {encryptedData: {}}\n',
      400,
      'INVALID_MANIFEST',
    ],
    ['a number', '7', 400, 'NOT_A_SEALED_SECRET'],
    ['a thousand lists in each other', '['.repeat(1000), 400, 'NOT_YAML'],
    [
      'aliases that multiply',
      `a: &a [1,2]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [${'*a,'.repeat(9)}*a]\n`).join('')}`,
      413,
      'TOO_MANY',
    ],
    ['many lines', '- a\n'.repeat(20_000), 413, 'TOO_MANY'],
    ['two mebibytes of closing brackets', ']'.repeat(2 ** 21), 413, 'TOO_MANY'],
    ['two mebibytes of dashes on one line', '- '.repeat(2 ** 20), 413, 'TOO_MANY'],
    ['two mebibytes of empty objects', '{}'.repeat(2 ** 20), 413, 'TOO_MANY'],
    ['two mebibytes of strings that are left open', '{\\"\n---\n'.repeat(2 ** 18), 413, 'TOO_MANY'],
    ['many documents', '---\n'.repeat(300), 413, 'TOO_MANY'],
    [
      'fields that are merged again and again',
      `a: &a {${Array.from({ length: 900 }, (_, i) => `k${i}: 1`).join(',')}}\n${Array.from({ length: 99 }, (_, i) => `b${i}: {<<: *a}\n`).join('')}`,
      413,
      'TOO_MANY',
    ],
    ['a document that is no object, beside one that is', `${one('{}')}---\n[1]\n`, 400, 'NOT_A_SEALED_SECRET'],
    ['a List with nothing in a place', '{"apiVersion":"v1","kind":"List","items":[null]}', 400, 'NOT_A_SEALED_SECRET'],
    [
      'a List in which one stands for another',
      `apiVersion: v1\nkind: List\nitems:\n- &a ${flow('{}')}\n- *a\n`,
      400,
      'INVALID_MANIFEST',
    ],
    [
      'one long value in many places',
      one(`{k: &v ${'A'.repeat(200_000)}, ${Array.from({ length: 20 }, (_, i) => `k${i}: *v`).join(', ')}}`),
      413,
      'TOO_MANY',
    ],
    [
      'a record of many lines',
      one('{}').replace('{name: a}', `{name: a, annotations: {sealwright.dev/sealed: "${'a\\n'.repeat(5000)}"}}`),
      413,
      'TOO_MANY',
    ],
    ['many empty lists', `[${'[],'.repeat(20_000)}1]`, 413, 'TOO_MANY'],
    ['many values in one', list(1, 257), 413, 'TOO_MANY'],
    ['many SealedSecrets without values', list(257, 0), 413, 'TOO_MANY'],
  ])('%s is refused with a code', async (_, body, status, code) => {
    const answer = await at.verify(body as string);
    expect([answer.status, await answer.json()]).toEqual([status, { error: { code, message: expect.any(String) } }]);
  });

  it('what is long to read is paid for as values are, before it is read', async () => {
    const pay = vi.spyOn(at.gate, 'pay');
    await at.verify(`# ${'x'.repeat(640 * 1024)}\n`);
    await at.verify(`[${'[],'.repeat(2000)}1]`);
    await at.verify(one('{}'));
    const costs = pay.mock.calls.map(([cost]) => Math.round(cost));
    pay.mockRestore();
    expect(costs).toEqual([10, 0, 0, 15, 0, 0]);
  });

  it('as many as there may be are answered', async () => {
    const answer = await at.verify(list(16, 16));
    const { results } = (await answer.json()) as { results: { items: Record<string, boolean> }[] };
    expect(results.flatMap(({ items }) => Object.values(items))).toEqual(Array.from({ length: 256 }, () => false));
  });

  it('of many at once all are answered or sent away with a time to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => at.verify(JSON.stringify(good))));
    const away = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(away).toHaveLength(35);
    for (const answer of away) {
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(await answer.json()).toEqual({ error: { code: 'BUSY', message: expect.any(String) } });
    }
  });
});

it('is told of for the log: how many values were opened, and no name', async () => {
  const { verify, rotate, opened } = await endpoints();
  const foreign = { ...good, metadata: { ...good.metadata, name: 'other' } };
  await verify(JSON.stringify(good));
  await rotate(`${JSON.stringify(good)}${JSON.stringify(foreign)}`);
  await verify('no SealedSecret');
  await verify(JSON.stringify(await sealedSecret({})));
  expect(opened).toEqual([
    { path: '/v1/verify', sealedSecrets: 1, values: 2, locked: 0 },
    { path: '/v1/rotate', sealedSecrets: 2, values: 4, locked: 2 },
  ]);
});

it('says neither yes nor no before the keys are read', async () => {
  const { verify } = await endpoints({ isReady: () => false });
  const answer = await verify(JSON.stringify(good));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
});

it('whatever is sent, there is an answer, and never that something went wrong inside', async () => {
  const whole = Buffer.from(stringify({ apiVersion: 'v1', kind: 'List', items: [good, good] }));
  const damaged = fc
    .record({ at: fc.nat(whole.length), length: fc.nat(40), by: fc.uint8Array({ maxLength: 12 }) })
    .map(({ at: from, length, by }) => Buffer.concat([whole.subarray(0, from), by, whole.subarray(from + length)]));
  const marks = fc
    .array(fc.constantFrom(...'{}[],:&*!|>-?"\'%@`#\n\t \u0000ae1'), { maxLength: 60 })
    .map((all) => Buffer.from(all.join('')));
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, marks, fc.uint8Array({ maxLength: 200 })), async (body) => {
      for (const ask of [at.verify, at.rotate]) {
        const answer = await ask(new Uint8Array(body));
        expect([200, 400, 409, 413]).toContain(answer.status);
        if (answer.status !== 200) expect(await answer.json()).toHaveProperty('error.code');
      }
    }),
    { numRuns: runs(200) },
  );
});
