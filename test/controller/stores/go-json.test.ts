// JSON as Go's encoding/json writes it; the expected texts are what Go 1.26 printed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCodePoints, goJson, parseExactJson } from '../../../controller/stores/go-json.ts';
import { runs } from '../../support/property.ts';

const again = (text: string) => goJson(parseExactJson(text));

describe('JSON as Go writes it', () => {
  it('sorts keys and leaves no spaces', () => {
    expect(again('{ "b" : [ 1 , { "z": null, "a": true } ],\n "a": false }')).toBe(
      '{"a":false,"b":[1,{"a":true,"z":null}]}',
    );
  });

  it.each(['12345678901234567890', '2.0', '1.10', '1e21', '-0', '1E+2', '0.1e-7'])('keeps the number %s', (text) => {
    expect(again(`{"n":${text}}`)).toBe(`{"n":${text}}`);
  });

  it('escapes what would end a script, and the two line separators', () => {
    expect(again('"<a href=\\"x\\">&\u2028\u2029</a>"')).toBe(
      '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u2028\\u2029\\u003c/a\\u003e"',
    );
  });

  it('escapes control characters, and nothing beyond them', () => {
    expect(again('"\\u0000\\b\\t\\n\\f\\r\\u001f\\u007f\\/é😀"')).toBe('"\\u0000\\b\\t\\n\\f\\r\\u001f\u007f/é😀"');
  });

  it('puts the replacement character in place of a lone surrogate', () => {
    expect(again('"\\ud800x"')).toBe('"\ufffdx"');
  });

  it('orders keys by their UTF-8 bytes', () => {
    expect(again('{"😀":1,"\uff5e":2,"é":3,"z":4,"Z":5}')).toBe('{"Z":5,"z":4,"é":3,"\uff5e":2,"😀":1}');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
        expect(Math.sign(compareCodePoints(left, right))).toBe(bytes);
      }),
      { numRuns: runs(100) },
    );
  });

  it('takes the last of repeated keys', () => {
    expect(again('{"a":1,"a":2}')).toBe('{"a":2}');
  });

  it('keeps a key that JavaScript treats specially', () => {
    expect(again('{"__proto__":1,"constructor":2,"2":0,"10":0}')).toBe('{"10":0,"2":0,"__proto__":1,"constructor":2}');
  });

  it('says nothing of the text that it could not read', () => {
    for (const text of ['{"password":"hunter2"', 'hunter2', `${'['.repeat(200_000)}`]) {
      expect(() => parseExactJson(text)).toThrow(/^not JSON$/);
    }
  });
});
