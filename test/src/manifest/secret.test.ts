// Reading plain Secrets strictly.

import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { findSecrets } from '../../../src/manifest/objects.ts';
import { readSecret } from '../../../src/manifest/secret.ts';

const head = 'apiVersion: v1\nkind: Secret\n';
function read(body: string) {
  const [object] = findSecrets(parseManifest(head + body, { file: 'f.yaml' })).secrets;
  return readSecret(object!);
}

describe('a Secret', () => {
  it('comes out as it was written, metadata whole', () => {
    expect(
      read(
        'metadata: {name: a, namespace: b, labels: {x: "1"}, finalizers: [f], creationTimestamp: null}\ntype: T\nimmutable: yes\ndata: {k: aGk=}\nstringData: {s: "on"}\n',
      ),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'b', labels: { x: '1' }, finalizers: ['f'] },
      type: 'T',
      immutable: true,
      data: { k: 'aGk=' },
      stringData: { s: 'on' },
    });
  });

  it('may lack metadata and values, and take null for empty, as kubectl does', () => {
    expect(read('')).toEqual({ apiVersion: 'v1', kind: 'Secret', metadata: {} });
    expect(read('metadata:\ndata:\nstringData: {a: , b: null}\ntype: null\n')).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {},
      stringData: { a: '', b: '' },
    });
  });

  it('may have its values in block scalars and by merge keys', () => {
    expect(read('metadata: {labels: &l {a: b}}\ndata:\n  k: |\n    aG\n    k=\nstringData:\n  <<: *l\n').data).toEqual({
      k: 'aG\nk=\n',
    });
    expect(read('metadata: {labels: &l {a: b}}\nstringData:\n  <<: *l\n').stringData).toEqual({ a: 'b' });
  });

  it('may name items by numbers and addresses that stay the same words', () => {
    expect(
      Object.keys(
        read('stringData: {1: a, 10.0.0.1: b, e: c, 1st: d, "on": e, 2026-01-01: f, true: g, 1.5: h, _1: i, yEs: j}\n')
          .stringData ?? {},
      ).sort(),
    ).toEqual(['1', '1.5', '10.0.0.1', '1st', '2026-01-01', '_1', 'e', 'on', 'true', 'yEs']);
  });
});

describe('what is wrong with a Secret', () => {
  // To Kubernetes, which reads YAML 1.1, some of them end a line, and the others are no YAML.
  it.each(['\u0085', '\u2028', '\u2029', '\u0000', '\f', '\u007f'])(
    'is the letter %j, wherever it stands',
    (letter) => {
      for (const body of [
        `stringData:\n  a: hunter2${letter}\n`,
        `stringData:\n  a: "hunter2${letter}"\n`,
        `stringData:\n  a: |\n    hunter2${letter}\n`,
        `stringData:\n  a: b # hidden${letter}  c: hunter2\n`,
        `metadata: {name: a, labels: {b: c${letter}}}\nstringData: {a: hunter2}\n`,
      ])
        expect(() => read(body)).toThrow(
          /^f\.yaml:\d+:\d+: (?:not valid YAML|Secret .*: the letter U\+[0-9A-F]{4} means)/,
        );
    },
  );

  it('is none of them in JSON or behind an escape', () => {
    const json = '{"apiVersion":"v1","kind":"Secret","stringData":{"a":"b\u2028c\u0085"}}';
    const [object] = findSecrets(parseManifest(json, { file: 'f.json' })).secrets;
    expect(readSecret(object!).stringData).toEqual({ a: 'b\u2028c\u0085' });
    expect(read('stringData: {a: "b\\Lc\\N\\u2029"}\n').stringData).toEqual({ a: 'b\u2028c\u0085\u2029' });
    const [other] = findSecrets(parseManifest(json.replace('"a":', '"a":\u2028'), { file: 'f.json' })).secrets;
    expect(() => readSecret(other!)).toThrow('f.json:1:');
  });

  it.each([
    [
      'a number in stringData',
      'metadata: {name: db}\nstringData:\n  port: 5432\n',
      'f.yaml:5:9: Secret db: stringData.port is a number, not text',
    ],
    [
      'a boolean in stringData',
      'stringData:\n  a: x\n  tls: yes\n',
      'f.yaml:5:8: Secret without a name: stringData.tls is a boolean, not text',
    ],
    ['a number in data', 'data: {a: 1234}\n', 'f.yaml:3:11: Secret without a name: data.a is a number, not text'],
    [
      'a mapping for a value',
      'stringData:\n  config:\n    a: b\n',
      'f.yaml:5:5: Secret without a name: stringData.config is a mapping, not text',
    ],
    [
      'a list for a value',
      'stringData: {a: [b]}\n',
      'f.yaml:3:17: Secret without a name: stringData.a is a list, not text',
    ],
    ['text for data', 'data: hunter2-hidden\n', 'f.yaml:3:7: Secret without a name: data is text, not a mapping'],
    [
      'text that is no base64',
      'data: {a: hunter2-hidden}\n',
      'f.yaml:3:11: Secret without a name: data.a is not standard base64',
    ],
    [
      'a label that is no text',
      'metadata: {name: db, labels: {on-call: yes}}\n',
      'f.yaml:3:40: Secret db: metadata.labels.on-call is a boolean, not text',
    ],
    [
      'a name that is no text',
      'metadata: {name: 1234}\n',
      'f.yaml:3:18: Secret without a name: metadata.name is a number, not text',
    ],
    ['a type that is no text', 'type: 1\n', 'f.yaml:3:7: Secret without a name: type is a number, not text'],
    [
      'immutable that is text',
      'immutable: "yes"\n',
      'f.yaml:3:12: Secret without a name: immutable is text, not true or false',
    ],
    [
      'metadata that is a list',
      'metadata: []\n',
      'f.yaml:3:11: Secret without a name: metadata is a list, not a mapping',
    ],
    [
      'a field that is misspelt',
      'stringdata: {a: hunter2-hidden}\n',
      'f.yaml:3:13: Secret without a name: stringdata is not a field of Secrets',
    ],
    [
      'items at the wrong column',
      'data:\npassword: hunter2-hidden\n',
      'f.yaml:4:11: Secret without a name: password is not a field of Secrets',
    ],
    [
      'a piece of a value as a field',
      'https://ann:hunter2@host: x\n',
      'f.yaml:3:27: Secret without a name: (an odd key) is not a field of Secrets',
    ],
    [
      'a key that is a boolean',
      'stringData:\n  on: hunter2-hidden\n',
      'f.yaml:4:3: Secret without a name: stringData.on has a key that YAML reads as a number, boolean or null',
    ],
    [
      'a key that is another number',
      'stringData: {010: hunter2-hidden}\n',
      'f.yaml:3:14: Secret without a name: stringData.010 has a key that YAML reads as a number, boolean or null',
    ],
  ])('%s', (_, body, message) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'NOT_A_SECRET', message }));
  });

  it('helps on: near field names, quotes, stringData', () => {
    const hints = (body: string) => {
      try {
        read(body);
      } catch (error) {
        return (error as { hints: string[] }).hints.join();
      }
    };
    expect(hints('stringdata: {}\n')).toBe('did you mean stringData?');
    expect(hints('stringData: {on: x}\n')).toBe('quote the key: "on":');
    expect(hints('data: {a: "!"}\n')).toContain('stringData');
  });
});
