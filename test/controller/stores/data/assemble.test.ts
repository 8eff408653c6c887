// What an ExternalSecret gets out of what stores answered, told in cases; Go's own answers are in go-vectors.test.ts.

import { describe, expect, it } from 'vitest';
import {
  assembled,
  dataValue,
  extractValues,
  findValues,
  generatedValues,
} from '../../../../controller/stores/data/assemble.ts';
import { assemblyLimits } from '../../../../controller/stores/data/names.ts';
import type { RemoteValue, StoreError } from '../../../../controller/stores/store.ts';
import type { RemoteRef, Rewrite } from '../../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../../src/redact.ts';

const source = { provider: 'vault', entry: 'spec.dataFrom[0]', key: 'app/db' } as const;
const secret = (text: string | Uint8Array) => new SecretBytes(typeof text === 'string' ? Buffer.from(text) : text);
const vault = (json: string): RemoteValue => ({ bytes: secret(json), rules: 'vault' });
const aws = (text: string | Uint8Array): RemoteValue => ({ bytes: secret(text), rules: 'aws' });
const textOf = (value: SecretBytes) => Buffer.from(value.reveal()).toString();
const shown = (values: ReadonlyMap<string, SecretBytes>) =>
  Object.fromEntries(Array.from(values, ([name, value]) => [name, textOf(value)]));

const property = (value: RemoteValue, path: string) =>
  textOf(dataValue(value, { key: 'app/db', property: path }, { ...source, property: path }));
const whole = (value: RemoteValue, more: Partial<RemoteRef> = {}) =>
  textOf(dataValue(value, { key: 'app/db', ...more }, source));
const extract = async (value: RemoteValue, more: Partial<RemoteRef> = {}) =>
  shown(await extractValues(value, { extract: { key: 'app/db', ...more } }, source));
const rewritten = async (values: Record<string, string>, ...rewrite: Rewrite[]) =>
  shown(
    await findValues(
      Object.entries(values).map(([name, value]) => ({ name, value: vault(value) })),
      { find: {}, rewrite },
      source,
    ),
  );

/** The refusal of `attempt`: its class and message. */
async function refusal(attempt: () => unknown): Promise<[string, string]> {
  try {
    await attempt();
  } catch (error) {
    const { class: errorClass, message } = error as StoreError;
    return [errorClass, message];
  }
  throw new Error('it was not refused');
}

describe('an entry of data', () => {
  it('without a property is the whole value, byte for byte', () => {
    expect(whole(vault('{"b":1,"a":"\\u003c"}'))).toBe('{"b":1,"a":"\\u003c"}');
    const bytes = Uint8Array.from([0, 255, 10, 128]);
    expect(dataValue(aws(bytes), { key: 'k' }, source).reveal()).toEqual(bytes);
    expect(whole(aws('not JSON'))).toBe('not JSON');
  });

  it('with a property prefers the member of exactly that name to the path', () => {
    const value = '{"a.b":"exact","a":{"b":"inside"},"list.#":"sharp","*":"star"}';
    for (const of of [vault(value), aws(value)]) {
      expect(property(of, 'a.b')).toBe('exact');
      expect(property(of, 'a')).toBe('{"b":"inside"}');
      expect(property(of, 'list.#')).toBe('sharp');
      expect(property(of, '*')).toBe('star');
    }
  });

  it('looks into the JSON of the answer where the whole value is written differently', async () => {
    const value: RemoteValue = { bytes: secret('{"n":2}'), json: secret('{ "n": 2.0 }'), rules: 'vault' };
    expect(whole(value)).toBe('{"n":2}');
    expect(property(value, 'n')).toBe('2.0');
    expect(await extract(value)).toEqual({ n: '2.0' });
  });

  it.each([
    ['string', 'plain <&> é', 'plain <&> é'],
    ['big', '12345678901234567890', '12345678901234567890'],
    ['float', '1.10', '1.10'],
    ['exponent', '1e21', '1e21'],
    ['yes', 'true', 'true'],
    ['nothing', '', ''],
    ['object', '{"a":"\\u003c","z":[1.0,null]}', '{ "z": [1.0, null], "a": "<" }'],
    ['list', '["\\u0026",2.50]', '["&", 2.50]'],
  ])('%s: as Vault or as AWS hands it out', async (name, asVault, asAws) => {
    const value =
      '{"string":"plain <&> é","big":12345678901234567890,"float":1.10,"exponent":1e21,"yes":true,"nothing":null,"object":{ "z": [1.0, null], "a": "<" },"list":["&", 2.50]}';
    expect(property(vault(value), name)).toBe(asVault);
    expect(property(aws(value), name)).toBe(asAws);
    expect((await extract(vault(value)))[name]).toBe(asVault);
    expect((await extract(aws(value)))[name]).toBe(asAws);
  });

  it('whose property is not there is PropertyMissing, and says where', async () => {
    expect(await refusal(() => property(vault('{"user":"hunter2"}'), 'password'))).toEqual([
      'PropertyMissing',
      "spec.dataFrom[0]: 'app/db' has no property 'password'",
    ]);
    expect(await refusal(() => property(aws('hunter2'), 'password'))).toEqual([
      'PropertyMissing',
      "spec.dataFrom[0]: 'app/db' is not JSON, so it has no property 'password'",
    ]);
    // A string is not looked into, although what it holds is JSON.
    expect((await refusal(() => property(vault('{"json":"{\\"a\\":1}"}'), 'json.a')))[0]).toBe('PropertyMissing');
  });

  it.each([
    ['a.*', "uses '*'"],
    ['a|b', "uses '|'"],
    ['list.#(x=="y")', "uses '#('"],
    ['@reverse', "uses '@reverse'"],
    ['a.@keys', "uses '@keys'"],
    ['{a,b}', "uses '{'"],
    ['[a,b]', "uses '['"],
    ['..0', "begins with '..'"],
  ])('with the property %s is Invalid, and names what is not supported', async (path, why) => {
    expect(await refusal(() => property(vault('{"a":{"b":1}}'), path))).toEqual([
      'Invalid',
      `spec.dataFrom[0]: the property '${path}' ${why}, which is not supported`,
    ]);
  });
});

describe('decoding', () => {
  it.each([
    ['None', 'YQ==', 'YQ=='],
    ['Base64', 'YQ==', 'a'],
    ['Base64', 'Pz8/Pw==\n', '????'],
    ['Base64URL', 'Pz8_Pw==', '????'],
    ['Auto', 'Pz8/Pw==', '????'],
    ['Auto', 'Pz8_Pw==', '????'],
    ['Auto', 'no base64!', 'no base64!'],
    ['Auto', 'é', 'é'],
  ] as const)('%s of %s gives %s', (decodingStrategy, value, result) => {
    expect(whole(aws(value), { decodingStrategy })).toBe(result);
  });

  it('refuses what is not encoded, without a word of it', async () => {
    const [errorClass, message] = await refusal(() => whole(aws('hunter2?'), { decodingStrategy: 'Base64' }));
    expect([errorClass, message]).toEqual([
      'Invalid',
      "spec.dataFrom[0]: the value for 'app/db' is not Base64, as its decodingStrategy says",
    ]);
  });

  it('looks for zero bytes after decoding, and only when asked to', async () => {
    expect(whole(aws('a\0b'))).toBe('a\0b');
    expect(whole(aws('YQ=='), { decodingStrategy: 'Base64', nullBytePolicy: 'Fail' })).toBe('a');
    expect((await refusal(() => whole(aws('AA=='), { decodingStrategy: 'Base64', nullBytePolicy: 'Fail' })))[0]).toBe(
      'Invalid',
    );
    expect((await refusal(() => extract(vault('{"a":"\\u0000"}'), { nullBytePolicy: 'Fail' })))[1]).toContain("'a'");
  });
});

describe('extract', () => {
  it('gives every member, of a property too, and of a string that holds JSON', async () => {
    expect(await extract(vault('{"a":1,"b":"x"}'))).toEqual({ a: '1', b: 'x' });
    expect(await extract(aws('{"in":{"a":1},"a":2}'), { property: 'in' })).toEqual({ a: '1' });
    expect(await extract(aws('{"json":"{\\"a\\":1}"}'), { property: 'json' })).toEqual({ a: '1' });
    expect(await extract(vault('{}'))).toEqual({});
    expect(await extract(vault('null'))).toEqual({});
  });

  it('refuses what is not a JSON object', async () => {
    for (const text of ['hunter2', '[1]', '"x"', '{"a":1', '']) {
      const [errorClass, message] = await refusal(() => extract(aws(text)));
      expect([errorClass, message]).toEqual([
        'Invalid',
        expect.stringMatching(/'app\/db' is (not JSON|JSON but not an object)/),
      ]);
    }
  });

  it('converts names, and refuses two that become one', async () => {
    expect(await extract(vault('{"a b":1,"c/d":2,"é":3}'))).toEqual({ a_b: '1', c_d: '2', é: '3' });
    expect(await extract(vault('{"a b":1,"😀":2}'), { conversionStrategy: 'Unicode' })).toEqual({
      a_U0020_b: '1',
      _U1f600_: '2',
    });
    expect(await refusal(() => extract(vault('{"a b":1,"a/b":2}')))).toEqual([
      'Invalid',
      "spec.dataFrom[0]: two names become 'a_b' when their characters are converted",
    ]);
  });

  it('drops empty names and refuses those that are too long', async () => {
    expect(await extract(vault('{"":1,"a":2}'))).toEqual({ a: '2' });
    expect(await extract(vault(`{"${'x'.repeat(253)}":1}`))).toHaveProperty('x'.repeat(253));
    expect((await refusal(() => extract(vault(`{"${'é'.repeat(127)}":1}`))))[1]).toContain('longer than 253 bytes');
  });

  it('keeps names that JavaScript has its own ideas about', async () => {
    const values = await extractValues(vault('{"__proto__":"a","constructor":"b"}'), { extract: { key: 'k' } }, source);
    expect([...values.keys()].sort()).toEqual(['__proto__', 'constructor']);
  });
});

describe('rewriting', () => {
  it('takes the place of conversion', async () => {
    expect(
      await rewritten({ 'db/user': 'x', 'db/password': 'y' }, { regexp: { source: 'db/(.*)', target: '$1' } }),
    ).toEqual({
      user: 'x',
      password: 'y',
    });
    expect((await refusal(() => rewritten({ 'a/b': 'x' }, { regexp: { source: 'z', target: '' } })))[1]).toContain(
      "the name 'a/b' holds a character that item names may not have",
    );
  });

  it('works from first to last', async () => {
    const first: Rewrite = { regexp: { source: '^', target: 'x-' } };
    const second: Rewrite = { transform: { template: '{{ .value | upper }}' } };
    expect(await rewritten({ a: '1' }, first, second)).toEqual({ 'X-A': '1' });
    expect(await rewritten({ a: '1' }, second, first)).toEqual({ 'x-A': '1' });
  });

  it('lets the later name in byte order win where two become one, every time', async () => {
    const all: Rewrite = { regexp: { source: '.*', target: 'one' } };
    expect(await rewritten({ b: '2', a: '1', Z: '0' }, all)).toEqual({ one: '2' });
    expect(await rewritten({ '\uffee': '1', '\u{10000}': '2' }, all)).toEqual({ one: '2' });
  });

  it('names the operation that is wrong', async () => {
    const fine: Rewrite = { regexp: { source: 'a', target: 'b' } };
    expect(await refusal(() => rewritten({ a: '1' }, fine, { regexp: { source: '(?=a)', target: '' } }))).toEqual([
      'Invalid',
      'spec.dataFrom[0].rewrite[1]: regexp.source is not a regular expression in RE2 syntax',
    ]);
    await expect(rewritten({ a: '1' }, { transform: { template: '{{ nope }}' } })).rejects.toThrow(
      /rewrite\[0\]\.transform/,
    );
  });
});

describe('merging', () => {
  const values = { b: '{"x":2.0,"only":"b"}', a: '{"x":1,"n":null,"o":{"z":1,"a":"<"}}', c: '{"y":true}' };
  const merge = (options: Rewrite['merge'], of: Record<string, string> = values) =>
    rewritten(of, { merge: options ?? {} });

  it('refuses members that stand in more than one value, by name', async () => {
    expect(await refusal(() => merge({}))).toEqual([
      'Invalid',
      "spec.dataFrom[0].rewrite[0]: merge: more than one value has 'x'",
    ]);
  });

  it('names some of many, and none at a length that hides the rest', async () => {
    const long = `${'😀'.repeat(150)}\n`;
    const members = JSON.stringify(
      Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', long].map((name) => [name, 1])),
    );
    const [, message] = await refusal(() => merge({}, { one: members, two: members }));
    expect(message).toMatch(/has 'a', 'b', 'c', 'd', 'e' and 3 more$/);
    const [, tooLong] = await refusal(() => merge({}, { [`${long}\ud800`]: '1' }));
    expect(tooLong).toContain(`the value of '${'😀'.repeat(100)}…' is not`);
    expect((await refusal(() => merge({}, { 'a\n\ud800': '1' })))[1]).toContain("the value of 'a\ufffd\ufffd' is not");
  });

  it('makes one value of each member, the last in byte order winning', async () => {
    expect(await merge({ conflictPolicy: 'Ignore' })).toEqual({
      x: '2.0',
      only: 'b',
      n: '',
      o: '{"a":"\\u003c","z":1}',
      y: 'true',
    });
  });

  it('merges what has priority last', async () => {
    expect((await merge({ conflictPolicy: 'Ignore', priority: ['b', 'a'] })).x).toBe('1');
    expect((await refusal(() => merge({ priority: ['gone'] })))[1]).toContain("priority names 'gone'");
    expect(
      await merge({ priority: ['gone'], priorityPolicy: 'IgnoreNotFound', conflictPolicy: 'Ignore' }),
    ).toHaveProperty('y');
  });

  it('keeps the values beside the merged JSON with strategy JSON', async () => {
    expect(await merge({ strategy: 'JSON', into: 'all', conflictPolicy: 'Ignore' })).toEqual({
      ...values,
      all: '{"n":null,"o":{"a":"<","z":1},"only":"b","x":2.0,"y":true}',
    });
    expect((await refusal(() => merge({ strategy: 'JSON', conflictPolicy: 'Ignore' })))[1]).toContain(
      'needs the name to merge into',
    );
  });

  it('refuses values that are no JSON objects, by name', async () => {
    expect((await refusal(() => merge({}, { a: 'hunter2' })))[1]).toContain("the value of 'a' is not a JSON object");
    expect((await refusal(() => merge({}, { a: '[]' })))[1]).toContain("the value of 'a' is not a JSON object");
    expect(await merge({}, { a: 'null' })).toEqual({});
  });
});

describe('a whole ExternalSecret', () => {
  it('has dataFrom in its order, and data over it', () => {
    const values = (all: Record<string, string>) =>
      new Map(Object.entries(all).map(([name, value]) => [name, secret(value)]));
    const result = assembled(
      [values({ a: '1', b: '1', c: '1' }), values({ b: '2', c: '2' })],
      [
        ['c', secret('3')],
        ['d', secret('4')],
        ['d', secret('5')],
      ],
    );
    expect(shown(result)).toEqual({ a: '1', b: '2', c: '3', d: '5' });
  });

  it('takes generated values under their names, neither converted nor decoded', async () => {
    const made = new Map([['password', secret('YQ==')]]);
    const at = { provider: 'generator', entry: 'spec.dataFrom[0]' } as const;
    expect(shown(await generatedValues(made, [{ transform: { template: 'db-{{ .value }}' } }], at))).toEqual({
      'db-password': 'YQ==',
    });
    expect((await refusal(() => generatedValues(new Map([['a b', secret('x')]]), undefined, at)))[0]).toBe('Invalid');
  });

  it('refuses more than it may gather', async () => {
    const many = Array.from({ length: assemblyLimits.names + 1 }, (_, index) => ({
      name: `n${index}`,
      value: aws('x'),
    }));
    expect((await refusal(() => findValues(many, { find: {} }, source)))[1]).toContain(
      '10001 values are more than the 10000',
    );
    const big = aws(new Uint8Array(assemblyLimits.bytes + 1));
    expect((await refusal(() => findValues([{ name: 'a', value: big }], { find: {} }, source)))[0]).toBe('Invalid');
  });

  it('refuses rewriting that would take the controller’s time', async () => {
    const names = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`${index}-${'ab'.repeat(120)}`, 'x']));
    const costly: Rewrite[] = [
      { regexp: { source: '(?:a?){500}a{500}', target: '' } },
      { regexp: { source: '', target: 'x'.repeat(100_000) } },
      { transform: { template: `{{/* ${'x'.repeat(100_000)} */}}{{ .value }}` } },
    ];
    for (const rewrite of costly) {
      expect((await refusal(() => rewritten(names, rewrite)))[1]).toMatch(/costs too much|longer than 4096 characters/);
    }
    expect(Object.keys(await rewritten(names, { regexp: { source: '[^0-9]+', target: '_' } }))).toHaveLength(2000);
    expect(
      Object.keys(await rewritten(names, { transform: { template: '{{ .value | upper | replace "A" "-" }}' } })),
    ).toHaveLength(2000);
  });
});
