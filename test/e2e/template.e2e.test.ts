// The recorded template cases, once more through Go's text/template and sprig: what the vectors say is still what Go does.

import { expect, test } from 'vitest';
import language from '../vectors/templates/cases.json' with { type: 'json' };
import functions from '../vectors/templates/sprig.json' with { type: 'json' };
import { run } from './support/real.ts';
import { part } from './tools/build.mjs';

interface Vectors {
  data: Record<string, string>;
  cases: { template: string; output?: string; fails?: boolean }[];
}

test.each<[string, Vectors, string]>([
  ['the language', language, 'default'],
  ['the functions', functions, 'error'],
])('the vectors of %s are what Go and sprig make of the same templates', async (_, { data, cases }, missingKey) => {
  const program = await part('sprig');
  const input = JSON.stringify(cases.map(({ template }) => ({ template, data, missingKey })));
  const { stdout, code } = await run(program, [], { input, env: { ...process.env, TZ: 'UTC' } });
  expect(code).toBe(0);
  const outcomes: { output: string; error?: string }[] = JSON.parse(stdout);
  const recorded = cases.map(({ template, output }) => ({ template, output, fails: output === undefined }));
  const now = cases.map(({ template }, index) => {
    const { output, error } = outcomes[index] ?? { output: '', error: 'none' };
    return { template, output: error === undefined ? output : undefined, fails: error !== undefined };
  });
  expect(now).toEqual(recorded);
});
