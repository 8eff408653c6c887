// The search for leaks finds what it is there to find: without this, tests that see none would say nothing.

import { expect, it } from 'vitest';
import { leaksIn } from './leaks.ts';

const marker = 'mk7Value0Q';
const hidden: [form: string, text: string][] = [
  ['as it stands', `error at ${marker}!`],
  ['in upper case', `ERROR AT ${marker.toUpperCase()}!`],
  ...['', 'x', 'xy', 'xyz'].flatMap((before) =>
    ['', 'x', 'xy'].map((after): [string, string] => [
      `in base64 between "${before}" and "${after}"`,
      `"data": "${Buffer.from(`${before}${marker}${after}`).toString('base64')}"`,
    ]),
  ),
  ['in base64url', Buffer.from(`??>${marker}`).toString('base64url')],
  ['in hex', Buffer.from(marker).toString('hex')],
  ['percent-encoded', encodeURIComponent(`ü${marker}`)],
  ['as Go prints bytes', `[${[...Buffer.from(marker)].join(' ')}]`],
  ['as JSON of bytes', JSON.stringify([...Buffer.from(marker)])],
];

it.each(hidden)('%s', (_, text) => {
  expect(leaksIn([{ from: 'log', text }], [marker])).not.toEqual([]);
});

it('finds nothing where nothing is', () => {
  expect(leaksIn([{ from: 'log', text: 'mk7 Value 0Q' }], [marker])).toEqual([]);
});
