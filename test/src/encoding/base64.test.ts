// Base64 with the strictness of Go's.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Decode, base64Encode, isBase64 } from '../../../src/encoding/base64.ts';
import { runs } from '../../support/property.ts';

describe('base64 as Go reads it', () => {
  test('every byte string comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(base64Encode(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(base64Decode(base64Encode(bytes))).toEqual(bytes);
      }),
      { numRuns: runs(100) },
    );
  });

  test.each([
    ['', []],
    ['\r\n', []],
    ['AgA=', [2, 0]],
    ['AgB=', [2, 0]],
    ['Ag==', [2]],
    ['Aj==', [2]],
    ['A\ng\r\nA\r=', [2, 0]],
    ['Ag=\n=\r\n', [2]],
    ['AgAB\n', [2, 0, 1]],
    ['+/+/', [251, 255, 191]],
  ])('%j is read', (text, bytes) => {
    expect([...base64Decode(text)]).toEqual(bytes);
  });

  test.each([
    'A',
    'AgA',
    'Ag',
    'A===',
    '=',
    '====',
    'AgA==',
    'AgAB=',
    'AgA=AgA=',
    'Ag=A',
    'Ag= =',
    ' AgA=',
    'AgA= ',
    'Ag\tA=',
    'A-_=',
    'A*A=',
    'AgAÄ',
    'AgA\u0141',
    'AgA=\0',
  ])('%j is refused', (text) => {
    expect(isBase64(text)).toBe(false);
    expect(() => base64Decode(text)).toThrow(expect.objectContaining({ code: 'NOT_BASE64' }));
  });

  test('an error never quotes the text', () => {
    expect(() => base64Decode('hunter2 hunter2')).toThrow(/^(?!.*hunter2)/);
  });

  test('a damaged digit anywhere is found', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.nat(),
        fc.constantFrom(' ', '-', '.', 'é'),
        (bytes, at, bad) => {
          const text = base64Encode(bytes);
          const position = at % text.length;
          expect(isBase64(text.slice(0, position) + bad + text.slice(position + 1))).toBe(false);
        },
      ),
      { numRuns: runs(100) },
    );
  });
});
