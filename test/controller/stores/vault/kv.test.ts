// Whatever a server answers, it becomes a value or a StoreError that repeats none of it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStoreError } from '../../../../controller/stores/store.ts';
import { metadataIn, namesIn, valueIn } from '../../../../controller/stores/vault/kv.ts';
import { utf8Text } from '../../../../src/encoding/bytes.ts';
import { runs } from '../../../support/property.ts';

const subject = { doing: "reading 'db'", key: 'db', path: 'secret/data/db', server: 'https://vault.test' };
const now = new Date('2026-01-01T00:00:00Z');
const answer = (status: number, text: string, headers = {}) => ({ status, text, headers });
const marker = 'v3ry-s3cr3t';

/** JSON that looks more or less like an answer of KV, with the marker as every text in it. */
const { body } = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.constant(marker), fc.integer(), fc.boolean(), fc.constant(null), fc.constant('')),
  body: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('body'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('data', 'metadata', 'errors', 'warnings', 'keys', 'custom_metadata', 'destroyed', 'version', 'x'),
      tie('body'),
      { maxKeys: 4 },
    ),
  ),
}));
const text = fc.oneof(
  body.map((value) => JSON.stringify(value)),
  fc.string(),
  fc.constant(`<html>${marker}</html>`),
);
const status = fc.constantFrom(200, 204, 302, 400, 403, 404, 405, 412, 429, 472, 500, 501, 503);

describe('any answer', () => {
  it('of too many parts is not read', () => {
    const reply = answer(200, `{"data":{"data":{"a":[${'0,'.repeat(1_500_000)}0]}}}`);
    expect(() => valueIn(reply, 'v2', subject, now)).toThrow('the answer has more than 1500000 parts');
    expect(() => valueIn({ ...reply, status: 404 }, 'v2', subject, now)).toThrow("is not Vault's");
  });

  it('becomes a value or an error that says nothing of it', () => {
    const readers = [
      (reply: ReturnType<typeof answer>) => valueIn(reply, 'v2', subject, now),
      (reply: ReturnType<typeof answer>) => valueIn(reply, 'v1', subject, now),
      (reply: ReturnType<typeof answer>) => metadataIn(reply, subject, now),
      (reply: ReturnType<typeof answer>) => namesIn(reply, subject, now),
    ];
    fc.assert(
      fc.property(status, text, fc.constantFrom(...readers), (code, content, read) => {
        try {
          read(answer(code, content));
        } catch (error) {
          if (!isStoreError(error)) throw error;
          expect(`${error.message} ${error.hints.join()} ${error.stack}`).not.toContain(marker);
        }
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('says no version that is no number', () => {
    const data = { data: null, metadata: { version: marker } };
    const read = () => valueIn(answer(404, JSON.stringify({ data })), 'v2', subject, now);
    expect(read).toThrow("vault: reading 'db': it is deleted");
  });

  it('too deep to read is no crash', () => {
    const deep = `{"data":{"data":${'['.repeat(300_000)}`;
    expect(() => valueIn(answer(200, deep), 'v2', subject, now)).toThrow("vault: reading 'db': the answer has no data");
  });
});

describe('metadata', () => {
  it('of the author wins over that of the server, and is text throughout', () => {
    const data = { created_time: 'T', current_version: 3, custom_metadata: { current_version: 'mine', n: 'x' } };
    expect(metadataIn(answer(200, JSON.stringify({ data })), subject, now)).toEqual({
      created_time: 'T',
      current_version: 'mine',
      n: 'x',
    });
  });
});

describe('a value', () => {
  it('is told to end when its version has a deadline', () => {
    const metadata = { version: 1, deletion_time: '2026-06-01T00:00:00Z' };
    const value = valueIn(answer(200, JSON.stringify({ data: { data: {}, metadata } })), 'v2', subject, now);
    expect(value.expires).toEqual(new Date('2026-06-01T00:00:00Z'));
    expect(utf8Text(value.bytes.reveal())).toBe('{}');
  });
});
