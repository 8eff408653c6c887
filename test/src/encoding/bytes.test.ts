// Bytes and text, with all that is not Unicode refused.

import { describe, expect, test } from 'vitest';
import { concat, equalBytes, utf8Bytes, utf8Text } from '../../../src/encoding/bytes.ts';
import { hexEncode } from '../../../src/encoding/hex.ts';

describe('text and bytes', () => {
  test('text comes back through UTF-8, a byte order mark included', () => {
    for (const text of ['', 'plain', 'ключ', '🔑', '\uFEFFbom', 'a\0b']) expect(utf8Text(utf8Bytes(text))).toBe(text);
  });

  test('half a character cannot become bytes', () => {
    for (const text of ['\uD800', 'a\uDC00b'])
      expect(() => utf8Bytes(text)).toThrow(expect.objectContaining({ code: 'NOT_UNICODE' }));
  });

  test('bytes that are no UTF-8 cannot become text', () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      expect(() => utf8Text(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'NOT_UTF8' }));
    }
  });

  test('parts are joined in order', () => {
    expect(concat(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('equal means the same bytes and the same length', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
  });

  test('hexadecimal is lower-case, two digits a byte', () => {
    expect(hexEncode(Uint8Array.of(0, 15, 255))).toBe('000fff');
  });
});
