// Holds this room, and the marks of the reference, against what Go's own libraries and gjson say (test/e2e/tools/godata).

import { describe, expect, it } from 'vitest';
import { createdBy, dataHash, metaHash, objectHash } from '../../../../controller/secret/eso.ts';
import { Cost } from '../../../../controller/stores/cost.ts';
import { decoded } from '../../../../controller/stores/data/decode.ts';
import { converted } from '../../../../controller/stores/data/names.ts';
import { replaceAll } from '../../../../controller/stores/data/replace.ts';
import { membersOf, partOf } from '../../../../controller/stores/data/value.ts';
import { goJson, parseExactJson } from '../../../../controller/stores/go-json.ts';
import type { RemoteValue } from '../../../../controller/stores/store.ts';
import type { DecodingStrategy } from '../../../../src/kube/external-secrets.ts';
import { SecretBytes } from '../../../../src/redact.ts';
import { compileRe2 } from '../../../../src/template/re2.ts';
import recorded from '../../../vectors/godata/cases.json' with { type: 'json' };

interface Question {
  op: string;
  json?: string;
  path?: string;
  source?: string;
  target?: string;
  text?: string;
  bytes?: string;
  data?: Record<string, string>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  out: { bytes?: string; text?: string; members?: Record<string, string> };
}

const questions = recorded as Question[];
const source = { provider: 'aws-secrets-manager', entry: 'spec.data[0]', key: 'k' } as const;
const bytes = (base64 = '') => Uint8Array.from(Buffer.from(base64, 'base64'));
const base64 = (value: SecretBytes) => Buffer.from(value.reveal()).toString('base64');
const remote = (json = ''): RemoteValue => ({ bytes: new SecretBytes(bytes(json)), rules: 'aws' });

/** What `attempt` gives, or nothing where it is refused. */
function orNothing<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

const decode = (decodingStrategy: DecodingStrategy, question: Question) => ({
  bytes: orNothing(() => base64(decoded(new SecretBytes(bytes(question.bytes)), { decodingStrategy }, 'x', source))),
});

const rewrite = (json = '', escapeHtml: boolean) => ({
  bytes: orNothing(() => {
    const exact = parseExactJson(Buffer.from(json, 'base64').toString());
    return Buffer.from(goJson(exact, { escapeHtml })).toString('base64');
  }),
});

const answers: Record<string, (question: Question) => unknown> = {
  path: ({ json, path = '' }) => ({
    bytes: orNothing(() => base64(partOf(remote(json), { key: 'k', property: path }, source))),
  }),
  members: ({ json }) => ({
    members: orNothing(() =>
      Object.fromEntries(
        Array.from(membersOf(remote(json), { key: 'k' }, source), ([name, one]) => [name, base64(one)]),
      ),
    ),
  }),
  replace: ({ source: pattern = '', target = '', text = '' }) => {
    const expression = compileRe2(pattern);
    return { text: expression && replaceAll(expression, text, target, new Cost()) };
  },
  marshal: ({ json }) => rewrite(json, true),
  encode: ({ json }) => rewrite(json, false),
  base64: (question) => decode('Base64', question),
  base64url: (question) => decode('Base64URL', question),
  convert: ({ text = '', target }) => {
    const values = new Map([[text, new SecretBytes(new Uint8Array())]]);
    return { text: [...converted(values, target as 'Default' | 'Unicode', source).keys()][0] };
  },
  dataHash: ({ data = {} }) => ({
    text: dataHash(new Map(Object.entries(data).map(([item, value]) => [item, bytes(value)]))),
  }),
  textHash: ({ text = '' }) => ({ text: objectHash(text) }),
  metaHash: ({ labels = {}, annotations = {} }) => ({ text: metaHash({ labels, annotations }) }),
};

describe.each(Object.entries(answers))('%s: the same as Go', (op, answer) => {
  const cases = questions.filter((question) => question.op === op);
  it('has cases', () => expect(cases.length).toBeGreaterThan(2));
  it.each(cases.map((question) => [nameOf(question), question] as const))('%s', (_, question) => {
    expect(answer(question)).toEqual(question.out);
  });
});

function nameOf({ out: _, op: __, json, bytes: encoded, ...rest }: Question): string {
  const text = json ?? encoded;
  return `${text === undefined ? '' : JSON.stringify(Buffer.from(text, 'base64').toString()).slice(0, 60)} ${JSON.stringify(rest)}`;
}

it('created-by hashes namespace and name', () => {
  expect(createdBy({ namespace: 'default', name: 'db' })).toBe(
    questions.find(({ op, text }) => op === 'textHash' && text === 'default/db')?.out.text,
  );
});
