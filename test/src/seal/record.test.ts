// The seal record: written, read, edited, and damaged by hand.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editRecord, parseRecord, recordLine, serializeRecord } from '../../../src/seal/record.ts';
import { runs } from '../../support/property.ts';

const keyId = '9f2c66d0e1a4b7c8d35e0f1122334455';
const now = new Date('2026-11-21T23:59:59Z');

describe('the seal record', () => {
  test('a line says item, key, place and day', () => {
    const line = recordLine({
      item: 'password',
      keyId,
      sealedFor: { scope: 'strict', namespace: 'shop', name: 'db' },
      now,
    });
    expect(serializeRecord([line])).toBe(`password ${keyId} shop/db 2026-11-21\n`);
  });

  test('a cluster-wide value is recorded for *', () => {
    const line = recordLine({
      item: 'a',
      keyId,
      sealedFor: { scope: 'cluster-wide', namespace: 'shop', name: 'db' },
      now,
    });
    expect(line.sealedFor).toBe('*');
  });

  test('what is written is read, in the same order', () => {
    const lines = ['b', 'a.c', '_'].map((item) => ({ item, keyId, sealedFor: 'shop', day: '2026-11-21' }));
    expect([...parseRecord(serializeRecord(lines)).values()]).toEqual(lines);
  });

  test('nothing to record is an empty text', () => {
    expect(serializeRecord([])).toBe('');
    expect(parseRecord('').size).toBe(0);
    expect(parseRecord(undefined).size).toBe(0);
    expect(parseRecord(7).size).toBe(0);
  });

  test('lines of another shape are skipped, the others stay', () => {
    const text = [
      'garbage',
      `  password ${keyId} shop/db 2026-11-21  `,
      `short ${keyId.slice(1)} shop/db 2026-11-21`,
      `upper ${keyId.toUpperCase()} shop/db 2026-11-21`,
      `more ${keyId} shop/db 2026-11-21 and so on`,
      `user ${keyId} * 2026-03-02\r`,
    ].join('\n');
    expect([...parseRecord(text).keys()]).toEqual(['password', 'user']);
  });

  test('of two lines for one item the last counts, as after a merge', () => {
    const text = `a ${keyId} shop 2026-01-01\na ${keyId} shop 2026-02-02\n`;
    expect(parseRecord(text).get('a')?.day).toBe('2026-02-02');
  });

  test('an item may have any name that a Secret allows', () => {
    expect(parseRecord(`__proto__ ${keyId} shop 2026-01-01\n`).get('__proto__')?.keyId).toBe(keyId);
  });

  test('no text at all breaks it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseRecord(text)).toBeInstanceOf(Map);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('an edit of the record', () => {
  const line = (item: string) => ({ item, keyId: 'f'.repeat(32), sealedFor: '*', day: '2026-12-01' });
  const words = (item: string) => `${item} ${'f'.repeat(32)} * 2026-12-01\n`;

  test('puts a new line behind the nearest item before it', () => {
    const edits = { set: [line('b'), line('z'), line('0')], drop: [], order: ['0', 'a', 'b', 'c', 'z'] };
    expect(editRecord('a old\nc old\n', edits)).toBe(`${words('0')}a old\n${words('b')}c old\n${words('z')}`);
  });

  test('replaces a line where it stands, drops others, and keeps what it does not understand', () => {
    const edits = { set: [line('b')], drop: ['a'], order: ['b'] };
    expect(editRecord('x y z\na old\nb old\n', edits)).toBe(`x y z\n${words('b')}`);
    expect(editRecord('a old\n', { set: [], drop: ['a'], order: [] })).toBe('');
    expect(editRecord(undefined, edits)).toBe(words('b'));
  });

  test('of a Secret with thousands of items begins a record or replaces it in a moment', () => {
    const items = Array.from({ length: 20_000 }, (_, at) => `item-${at}`);
    const edits = { set: items.map(line).toReversed(), drop: [], order: items };
    const expected = items.map(words).join('');
    expect(editRecord(undefined, edits)).toBe(expected);
    expect(editRecord(items.map((item) => `${item} old\n`).join(''), edits)).toBe(expected);
  });
});
