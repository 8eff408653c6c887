// Plain Secrets with and without values.

import { describe, expect, it } from 'vitest';
import { checkPlainSecret } from '../../../../src/repository/check/plain-secret.ts';
import { findings, subjects } from './subjects.ts';

const secret = (fields: string) =>
  `# first\napiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n${fields}\n`;

describe('a plain Secret', () => {
  it.each([
    ['data', 'data: {a: eA==, b: eA==}', 'the Secret shop/db holds plain values (a and b)'],
    ['stringData', 'stringData: {a: x}', 'the Secret shop/db holds plain values (a)'],
    ['values that are no text', 'stringData: {a: 5, b: {c: d}}', 'the Secret shop/db holds plain values (a and b)'],
    [
      'values that only look like variables',
      `stringData: {a: 'x$\{', b: 'y$(z'}`,
      'the Secret shop/db holds plain values (a and b)',
    ],
    ['many', 'stringData: {a: x, b: x, c: x, d: x, e: x}', 'the Secret shop/db holds plain values (a, b and 3 more)'],
    [
      'a key that is a piece of a value',
      'stringData: {"s3cret pass": x}',
      'the Secret shop/db holds plain values ((an odd key))',
    ],
    [
      'parts beside a variable',
      `stringData: {a: "postgres://u:s3cret@$\{HOST}/db", b: "pre-$\{B}", c: "{{ .c }}s3cret", d: "<path:kv#d>x", e: "ENC[x"}`,
      'the Secret shop/db holds plain values (a, b and 3 more)',
    ],
    [
      'lines of settings with a password',
      `stringData: {a: "user: $\{USER}\\npassword: s3cret\\n", b: "host=$(H)\\nurl=redis://:s3cret@$(H)/0\\n"}`,
      'the Secret shop/db holds plain values (a and b)',
    ],
    [
      'items that SOPS left as they were',
      'data: {a: "ENC[AES256_GCM,data:x]", b: eA==, c_plain: eA==}\nsops: {mac: "ENC[x]", unencrypted_suffix: _plain}',
      'the Secret shop/db holds plain values (b)',
    ],
    [
      'one value beside others that are filled in',
      'stringData: {a: "{{ .a }}", b: x}',
      'the Secret shop/db holds plain values (b)',
    ],
  ])('is found by its %s', (_, fields, message) => {
    expect(findings(checkPlainSecret, secret(fields))).toEqual([
      `SW101 at "apiVersion: v1": ${message}, which base64 does not hide`,
    ]);
  });

  it('is found without a name, and in a List', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Secret, data: {a: eA==}}\n`;
    expect(findings(checkPlainSecret, list)).toEqual([
      'SW101 at "- {apiVersion: v1, kind: Secret, data: {": a Secret without a name holds plain values (a), which base64 does not hide',
    ]);
  });

  it.each([
    ['holds nothing', 'data: {}\nstringData: null'],
    ['holds empty values', 'data: {a: "", b: null}'],
    ['is filled in later', `stringData: {a: "{{ .Values.a }}", b: "\${B}", c: "$(C)", d: "<path:kv#d>"}`],
    [
      'has logins that are filled in',
      `stringData: {a: "postgres://u:$\{P}@$\{HOST}/db?x=1", b: "Bearer $\{B}", c: "$\{A}$\{B}", d: "amqp://<path:kv#u>:<path:kv#p>@mq"}`,
    ],
    ['has settings that are filled in', `stringData: {a: "host: db\\npassword: \\"$\{P}\\"\\nurl: x://u:$\{P}@h\\n"}`],
    ['was encrypted by SOPS', 'data: {a: "ENC[AES256_GCM,data:x]"}\nsops: {mac: "ENC[x]"}'],
    ['has fields of other types', 'data: text\nstringData: [a]'],
  ])('is no finding where it %s', (_, fields) => {
    expect(findings(checkPlainSecret, secret(fields))).toEqual([]);
  });

  it.each(['{{', '{', '${a', '$(a', '<path:', 'a://b:', 'password', 'x', '}}{{'])(
    'is told in no time where a value is %j over and over',
    (part) => {
      // Where the work grew with the square of the length, this would take minutes.
      const long = part.repeat(200_000);
      const values = JSON.stringify({ a: `\${V}${long}`, b: `\${V}\n${long}` });
      expect(findings(checkPlainSecret, secret(`stringData: ${values}`)).length).toBeLessThanOrEqual(1);
    },
  );

  it('is sealed by the command in the hint, whatever the file is called', () => {
    const hints = subjects(secret('data: {a: eA==}'), { file: "it's a file.yaml" }).flatMap(checkPlainSecret);
    expect(hints.map(({ hint }) => hint)).toEqual([`seal -i 'it'\\''s a file.yaml'`]);
  });
});
