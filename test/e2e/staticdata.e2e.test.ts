// The recorded questions about the items of VaultStaticSecrets, asked once more: what the vectors say is still what Go answers.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run } from './support/real.ts';
import { part } from './tools/build.mjs';

test('the vectors are what Go and sprig answer', async () => {
  const recorded = readFileSync(new URL('../vectors/staticdata/cases.json', import.meta.url), 'utf8');
  const { stdout, code } = await run(await part('staticdata'), [], {
    input: recorded,
    env: { ...process.env, TZ: 'UTC' },
  });
  expect(code).toBe(0);
  expect(stdout).toBe(recorded);
});
