// What a find's expression may be, and what it may cost.

import { describe, expect, it } from 'vitest';
import { nameMatcher } from '../../../controller/stores/names.ts';
import { storeError } from './support/backend.ts';

const matcherOf = (regexp: string | undefined) =>
  nameMatcher(regexp, (message) => Object.assign(storeError('Invalid'), { message }));

describe('names', () => {
  it('match anywhere, and all of them without an expression', () => {
    expect(['team/db', 'db', 'cache'].filter(matcherOf('db'))).toEqual(['team/db', 'db']);
    expect(['a', 'b'].filter(matcherOf(undefined))).toEqual(['a', 'b']);
  });

  it.each(['(?=look)', '(', 'a'.repeat(4097)])('are not matched by what is no expression', (regexp) => {
    expect(() => matcherOf(regexp)).toThrow('no RE2 expression');
  });

  it('are matched by the hundred thousand, but not at any price', () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `team-${index % 100}/service-${index}/database`);
    expect(names.filter(matcherOf('^team-7/.*-[0-9]+/database$'))).toHaveLength(1000);
    expect(() => names.filter(matcherOf('(?:a?){500}a{500}'))).toThrow('costs too much');
  });
});
