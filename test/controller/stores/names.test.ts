// What a find's expression may be, and what it may cost.

import { describe, expect, it } from 'vitest';
import { nameMatcher } from '../../../controller/stores/names.ts';
import { storeError } from './support/backend.ts';

const matcherOf = (regexp: string | undefined) =>
  nameMatcher(regexp, (message) => Object.assign(storeError('Invalid'), { message }));

describe('names', () => {
  it('match anywhere, and all of them without an expression', async () => {
    expect(['team/db', 'db', 'cache'].filter(await matcherOf('db'))).toEqual(['team/db', 'db']);
    expect(['a', 'b'].filter(await matcherOf(undefined))).toEqual(['a', 'b']);
  });

  it.each(['(?=look)', '(', 'a'.repeat(4097)])('are not matched by what is no expression', async (regexp) => {
    await expect(matcherOf(regexp)).rejects.toThrow('no RE2 expression');
  });

  it('are matched by the hundred thousand, but not at any price', async () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `team-${index % 100}/service-${index}/database`);
    expect(names.filter(await matcherOf('^team-7/.*-[0-9]+/database$'))).toHaveLength(1000);
    const costly = await matcherOf('(?:a?){500}a{500}');
    expect(() => names.filter(costly)).toThrow('costs too much');
  });
});
