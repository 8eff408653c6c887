// Which comments may stay beside a sealed value.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commentFilter } from '../../../src/manifest/comments.ts';
import { runs } from '../../support/property.ts';

const secret = {
  data: { a: btoa('hunter2!'), n: null, pin: btoa('123') },
  stringData: { key: 'first line\n  second line\n' },
};
const stays = (comment: string, afterValues = false) => commentFilter([secret])(comment, { afterValues });

describe('a comment', () => {
  it.each([
    ['# owner: team shop', true],
    ['# the password is hunter2!', false],
    [`# ${btoa('hunter2!')}`, false],
    ['# second line', false],
    [`# ${btoa('first line')}`, false],
    ['# pin 123 is too short to tell', true],
    ['#', true],
  ])('%s stays: %j', (comment, expected) => {
    expect(stays(comment)).toBe(expected);
  });

  it.each([
    ['# password: old', false],
    ['#password=old', false],
    ['## "a.b" : old', false],
    ['# the end', true],
    ['# see: nothing', false],
  ])('right after the values, %s stays: %j, for it may be an entry that was commented out', (comment, expected) => {
    expect(stays(comment, true)).toBe(expected);
  });

  it('never stays when it shows a value of four characters or more', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[!-~]{4,20}$/),
        fc.string(),
        fc.string(),
        fc.boolean(),
        (value, before, after, encoded) => {
          const filter = commentFilter([encoded ? { data: { a: btoa(value) } } : { stringData: { a: value } }]);
          expect(filter(`# ${before}${value}${after}`, { afterValues: false })).toBe(false);
          expect(filter(`# ${before}${btoa(`${value}\n`)}${after}`, { afterValues: false })).toBe(false);
        },
      ),
      { numRuns: runs(100) },
    );
  });
});
