// The recorded template cases, once more through Go's text/template and sprig: what the vectors say is still what Go does.

import { expect, test } from 'vitest';
import vectors from '../vectors/templates/cases.json' with { type: 'json' };
import { run } from './support/real.ts';
import { part } from './tools/build.mjs';

test('the vectors are what Go and sprig make of the same templates', async () => {
  const program = await part('sprig');
  const input = JSON.stringify(vectors.cases.map(({ template }) => ({ template, data: vectors.data })));
  const { stdout, code } = await run(program, [], { input });
  expect(code).toBe(0);
  const outcomes: { output: string; error?: string }[] = JSON.parse(stdout);
  const recorded = vectors.cases.map(({ template, output }) => ({ template, output, fails: output === undefined }));
  const now = vectors.cases.map(({ template }, index) => {
    const { output, error } = outcomes[index] ?? { output: '', error: 'none' };
    return { template, output: error === undefined ? output : undefined, fails: error !== undefined };
  });
  expect(now).toEqual(recorded);
});
