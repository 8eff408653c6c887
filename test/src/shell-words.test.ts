// Commands that are told can be pasted: each word reaches the program as it was.

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellPath, shellWord } from '../../src/shell-words.ts';
import { runs } from '../support/property.ts';

/** What bash makes of the words. */
function taken(words: readonly string[]): string[] {
  // In C, every byte is a character: nothing may hang on the language of whoever pastes.
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
  const output = execFileSync('bash', ['--norc', '-c', `printf '%s\\0' ${words.join(' ')}`], { env, encoding: 'utf8' });
  return output.split('\0').slice(0, -1);
}

describe('a word', () => {
  test('that needs no quotes has none', () => {
    expect(['db.yaml', 'a/b-c_d', 'k=v', '@x:y,z%+'].map(shellWord)).toEqual(['db.yaml', 'a/b-c_d', 'k=v', '@x:y,z%+']);
    expect(shellPath('-n.yaml')).toBe('./-n.yaml');
  });

  test('is quoted as people would', () => {
    expect(shellWord("it's here")).toBe("'it'\\''s here'");
    expect(shellWord('')).toBe("''");
    expect(shellWord('a\nb')).toBe("$'a\\nb'");
    expect(shellWord('\u001b[1m\u00851')).toBe("$'\\033[1m\\302\\2051'");
  });

  test('reaches the program as it was, and stands on one line that steers nothing', () => {
    const odd = fc.constantFrom(...'\n\r\t\u001b\u007f\u0085\u2028\u2029\\\'"$`!*~ -=#0189aä€🔑');
    const texts = fc.array(odd, { maxLength: 12 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 50 }), (words) => {
        expect(taken(words.map(shellWord))).toEqual(words);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
        for (const word of words) expect(shellWord(word)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      }),
      { numRuns: runs(30) },
    );
  });
});
