// The bytes of a sealed value, whole and cut anywhere.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEnvelope, serializeEnvelope } from '../../../src/seal/envelope.ts';
import { runs } from '../../support/property.ts';

const envelope = fc.record({
  wrappedKey: fc.uint8Array({ minLength: 64, maxLength: 600 }),
  ciphertext: fc.uint8Array({ minLength: 16, maxLength: 200 }),
});

describe('the envelope of a sealed value', () => {
  test('what is put together comes apart again', () => {
    fc.assert(
      fc.property(envelope, (parts) => {
        expect(parseEnvelope(serializeEnvelope(parts))).toEqual(parts);
      }),
      { numRuns: runs(100) },
    );
  });

  test('the length of the wrapped key stands first, high byte first', () => {
    const bytes = serializeEnvelope({ wrappedKey: new Uint8Array(512).fill(9), ciphertext: new Uint8Array(16) });
    expect([...bytes.subarray(0, 3)]).toEqual([2, 0, 9]);
    expect(bytes.byteLength).toBe(2 + 512 + 16);
  });

  test('every cut that leaves no room for the tag is refused', () => {
    const bytes = serializeEnvelope({ wrappedKey: new Uint8Array(256), ciphertext: new Uint8Array(16) });
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(() => parseEnvelope(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'ENVELOPE_DAMAGED' }),
      );
    }
  });

  test('a wrapped key too short for any RSA key is refused', () => {
    for (const length of [0, 1, 63]) {
      const bytes = new Uint8Array(400);
      bytes[1] = length;
      expect(() => parseEnvelope(bytes)).toThrow(expect.objectContaining({ code: 'ENVELOPE_DAMAGED' }));
    }
  });

  test('parts that no cipher makes are our own mistake', () => {
    const tag = new Uint8Array(16);
    expect(() => serializeEnvelope({ wrappedKey: new Uint8Array(63), ciphertext: tag })).toThrow(TypeError);
    expect(() => serializeEnvelope({ wrappedKey: new Uint8Array(65_536), ciphertext: tag })).toThrow(TypeError);
    expect(() => serializeEnvelope({ wrappedKey: new Uint8Array(256), ciphertext: tag.subarray(1) })).toThrow(
      TypeError,
    );
  });
});
