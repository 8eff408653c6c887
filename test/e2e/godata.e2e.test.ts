// The recorded questions about Go's JSON, base64, regular expressions and gjson, asked once more: what the vectors say is still so.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run } from './support/real.ts';
import { part } from './tools/build.mjs';

test('the vectors are what Go and gjson answer', async () => {
  const recorded = readFileSync(new URL('../vectors/godata/cases.json', import.meta.url), 'utf8');
  const { stdout, code } = await run(await part('godata'), [], { input: recorded });
  expect(code).toBe(0);
  expect(stdout).toBe(recorded);
});
