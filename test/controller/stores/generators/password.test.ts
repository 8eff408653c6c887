// Passwords have the mix that was asked for, and no two are alike.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatePasswords } from '../../../../controller/stores/generators/password.ts';
import type { PasswordSpec } from '../../../../src/kube/generators.ts';
import { runs } from '../../../support/property.ts';

const passwords = (spec: PasswordSpec) =>
  Array.from(generatePasswords(spec), ([name, value]) => [name, Buffer.from(value.reveal()).toString()] as const);
const password = (spec: PasswordSpec) => passwords(spec)[0]?.[1] ?? '';
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe('a password', () => {
  it('has 24 characters, a quarter digits, a quarter symbols, when nothing is asked for', () => {
    const made = password({});
    expect([made.length, count(made, /[0-9]/g), count(made, /[a-zA-Z]/g)]).toEqual([24, 6, 12]);
    expect(new Set(made).size).toBe(24);
    expect(password({})).not.toBe(made);
  });

  it('has what is asked for, whatever that is', () => {
    const spec = fc.record({
      length: fc.integer({ min: 1, max: 40 }),
      digits: fc.integer({ min: 0, max: 5 }),
      symbols: fc.integer({ min: 0, max: 5 }),
      symbolCharacters: fc.constantFrom('!@', '#', 'é😀!'),
      noUpper: fc.boolean(),
    });
    fc.assert(
      fc.property(spec, (one) => {
        fc.pre(one.digits + one.symbols <= one.length);
        const made = password({ ...one, allowRepeat: true });
        expect([...made]).toHaveLength(one.length);
        expect(count(made, /[0-9]/g)).toBe(one.digits);
        expect([...made].filter((character) => one.symbolCharacters.includes(character))).toHaveLength(one.symbols);
        if (one.noUpper) expect(made).not.toMatch(/[A-Z]/);
      }),
      { numRuns: runs(100) },
    );
  });

  it('puts every kind of character in every place', () => {
    const firsts = Array.from({ length: 300 }, () => password({ length: 4, digits: 1, symbols: 1 })[0] ?? '');
    expect(firsts.some((character) => /[0-9]/.test(character))).toBe(true);
    expect(firsts.some((character) => /[a-zA-Z]/.test(character))).toBe(true);
    expect(firsts.some((character) => /[^a-zA-Z0-9]/.test(character))).toBe(true);
  });

  it.each([
    ['raw', /^[a-z]{5}$/],
    ['base64', /^[A-Za-z0-9+/]{7}=$/],
    ['base64url', /^[A-Za-z0-9_-]{7}=$/],
    ['base32', /^[A-Z2-7]{8}$/],
    ['hex', /^[0-9a-f]{10}$/],
  ] as const)('can be written as %s', (encoding, pattern) => {
    expect(password({ length: 5, digits: 0, symbols: 0, noUpper: true, encoding })).toMatch(pattern);
  });

  it('is made for every name, each another', () => {
    const made = passwords({ secretKeys: ['admin', 'user'] });
    expect(made.map(([name]) => name)).toEqual(['admin', 'user']);
    expect(made[0]?.[1]).not.toBe(made[1]?.[1]);
  });

  it.each([
    [{ length: 4, digits: 3, symbols: 3 }, 'digits and symbols do not fit into length'],
    [{ digits: -1 }, 'digits and symbols do not fit into length'],
    [{ length: 50, digits: 11, symbols: 0 }, 'there are only 10 different digits, and 11 are asked for'],
    [{ length: 60, digits: 0, symbols: 0 }, 'there are only 52 different letters, and 60 are asked for'],
    [{ symbols: 3, symbolCharacters: '!!!' }, 'there are only 1 different symbols, and 3 are asked for'],
    [{ length: 5000, allowRepeat: true }, 'length is more than 4096'],
    [{ secretKeys: ['a', 'a'] }, 'secretKeys must be names, each of them once'],
  ] satisfies [PasswordSpec, string][])('%j is refused', (spec, why) => {
    expect(() => generatePasswords(spec)).toThrow(`the Password generator: ${why}`);
  });
});
