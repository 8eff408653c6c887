// DER element by element, whole, cut short and absurd.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  derChildren,
  derContent,
  derElements,
  derEncode,
  derTime,
  integerBits,
  objectIdentifierText,
  tags,
} from '../../../src/encoding/der.ts';
import { runs } from '../../support/property.ts';

describe('DER', () => {
  test('an element of any length comes back', () => {
    fc.assert(
      fc.property(fc.nat({ max: 70_000 }), (length) => {
        const content = new Uint8Array(length).fill(7);
        const back = derContent(derEncode(tags.octetString, content), tags.octetString);
        // `toEqual` looks at one byte after the other, with much ado.
        expect(Buffer.compare(back, content)).toBe(0);
      }),
      { numRuns: runs(100), examples: [[0], [127], [128], [255], [256], [65_535], [65_536]] },
    );
  });

  test('cut short or run on, it is refused', () => {
    const element = derEncode(tags.sequence, derEncode(tags.integer, Uint8Array.of(5)));
    for (let length = 1; length < element.byteLength; length++) {
      expect(() => derChildren(element.subarray(0, length))).toThrow(expect.objectContaining({ code: 'DER_DAMAGED' }));
    }
    expect(() => derChildren(Uint8Array.from([...element, 0]))).toThrow(
      expect.objectContaining({ code: 'DER_DAMAGED' }),
    );
  });

  test('indefinite and absurd lengths are refused', () => {
    for (const bytes of [
      [0x30, 0x80, 0, 0],
      [0x30, 0x85, 1, 1, 1, 1, 1],
      [0x30, 0x84, 255, 255, 255, 255],
      [0x1f, 1, 0],
    ]) {
      expect(() => derElements(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'DER_DAMAGED' }));
    }
  });

  test('random bytes never do worse than a FormatError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          derElements(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'DER_DAMAGED' });
        }
      }),
      { numRuns: runs(100) },
    );
  });

  test('object identifiers are written with dots', () => {
    expect(objectIdentifierText(Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d))).toBe('1.2.840.113549');
    expect(objectIdentifierText(Uint8Array.of(0x55, 4, 3))).toBe('2.5.4.3');
    expect(objectIdentifierText(Uint8Array.of(0x88, 0x37, 3))).toBe('2.999.3');
  });

  test('bits of an integer do not count its leading zeros', () => {
    expect(integerBits(Uint8Array.of(0, 0x80, 0))).toBe(16);
    expect(integerBits(Uint8Array.of(1))).toBe(1);
    expect(integerBits(Uint8Array.of(0))).toBe(0);
  });

  test('times of both forms are read, in the right century', () => {
    const time = (tag: number, text: string) =>
      derTime(derElements(derEncode(tag, new TextEncoder().encode(text)))[0]!);
    expect(time(tags.utcTime, '261121070946Z')).toEqual(new Date('2026-11-21T07:09:46Z'));
    expect(time(tags.utcTime, '500101000000Z')).toEqual(new Date('1950-01-01T00:00:00Z'));
    expect(time(tags.generalizedTime, '20661121070946Z')).toEqual(new Date('2066-11-21T07:09:46Z'));
    for (const text of ['2611210709Z', '20261121070946Z', '261121070946+0100']) {
      expect(() => time(tags.utcTime, text)).toThrow(expect.objectContaining({ code: 'DER_DAMAGED' }));
    }
  });
});
