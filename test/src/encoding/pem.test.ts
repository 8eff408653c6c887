// PEM blocks among other lines, and broken ones.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePem, serializePem } from '../../../src/encoding/pem.ts';
import { runs } from '../../support/property.ts';

const block = serializePem('CERTIFICATE', Uint8Array.of(1, 2, 3));

describe('PEM', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(parsePem(serializePem('RSA PRIVATE KEY', bytes))).toEqual([
          { label: 'RSA PRIVATE KEY', headers: [], bytes },
        ]);
      }),
      { numRuns: runs(100) },
    );
  });

  test('text around blocks, CRLF, indentation and a byte order mark do not matter', () => {
    const text = `\uFEFF${block}subject=\n  some text\n${block.replace(/^/gm, '  ')}`.replaceAll('\n', '\r\n');
    expect(parsePem(text).map(({ label, bytes }) => [label, [...bytes]])).toEqual([
      ['CERTIFICATE', [1, 2, 3]],
      ['CERTIFICATE', [1, 2, 3]],
    ]);
  });

  test('header lines are kept apart from the body', () => {
    const text = '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END RSA PRIVATE KEY-----';
    expect(parsePem(text)).toEqual([
      { label: 'RSA PRIVATE KEY', headers: ['Proc-Type: 4,ENCRYPTED'], bytes: Uint8Array.of(1, 2, 3) },
    ]);
  });

  test('no block is no error', () => {
    expect(parsePem('')).toEqual([]);
    expect(parsePem('hello\n-----END CERTIFICATE-----')).toEqual([]);
  });

  test.each([
    ['no end', block.replace(/-----END.*/s, '')],
    ['the end of another block', block.replace('END CERTIFICATE', 'END PUBLIC KEY')],
    ['a second begin before its end', `-----BEGIN CERTIFICATE-----\n${block}`],
    ['a body that is not base64', block.replace('AQID', 'AQ*D')],
    ['a cut line', block.replace('AQID', 'AQI')],
  ])('a block with %s is refused', (_, text) => {
    expect(() => parsePem(text)).toThrow(expect.objectContaining({ code: 'PEM_DAMAGED' }));
  });
});
